/** The measured side of `sfu-core`: the forwarding core between real connections, one publisher's and many subscribers'. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Pipe } from "@rostrum/rtc/pipe";
import { openUdpMux } from "@rostrum/rtc/pipe/mux";
import { offerOf } from "@rostrum/rtc/pipe/testing/peer";
import { NO_EXTENSIONS } from "@rostrum/rtc/rtp/extensions";
import { setU32 } from "@rostrum/rtc/rtp/octets";
import { isRtcp } from "@rostrum/rtc/rtp/packet";
import { parseSdp } from "@rostrum/rtc/sdp/parse";
import { serializeSdp } from "@rostrum/rtc/sdp/serialize";
import { MediaLink } from "@rostrum/rtc/sfu/media/media-link";
import { type Defer, Publication } from "@rostrum/rtc/sfu/media/publication";
import { createCounters } from "@rostrum/rtc/sfu/media/types";
import { BARE_SSRC, type FromForwarder, SECTION, type ToForwarder } from "./sfu-core-messages.ts";

const ADDRESS = "127.0.0.1";
const TICK_MS = 20;
const FIRST_SSRC = 1_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const counters = createCounters();
const mux = await openUdpMux(0, ADDRESS);
const pipes = new Map<number, Pipe>();
const links: MediaLink[] = [];
let isBare = false;
const extensions = { ...NO_EXTENSIONS, transportSequence: SECTION.transportSequenceId };
const defer: Defer = (flush, waitMs) => {
  const run = (): void => flush(performance.now());
  if (waitMs > 0) setTimeout(run, waitMs);
  else setImmediate(run);
};
const publication = new Publication(
  { id: "TR", kind: "video", source: "camera", codec: "VP8", clockRateHz: 90_000, layers: [], counters, defer },
  performance.now(),
);

function tell(message: FromForwarder): void {
  process.send?.(message);
}

function open(id: number, role: "publisher" | "subscriber"): void {
  const pipe = new Pipe(
    { name: `${role} ${id}`, bindAddress: ADDRESS, udpPort: mux.port },
    {
      onPacket: (packet) => (isBare ? passOn(id, packet) : link.receive(packet, performance.now())),
      onCandidate: (candidate) => candidate !== undefined && tell({ type: "candidate", id, candidate }),
      onState: (state) => state === "connected" && begin(id, role, link),
    },
  );
  const link = new MediaLink({ ssrc: FIRST_SSRC + id, counters, send: (packet) => pipe.send(packet) });
  links.push(link);
  pipes.set(id, pipe);
  tell({ type: "offer", id, sdp: serializeSdp(offerOf(pipe.offer(), false)) });
}

function begin(id: number, role: "publisher" | "subscriber", link: MediaLink): void {
  const { mid, payloadType, rtxPayloadType, ssrc, rtxSsrc } = SECTION;
  if (role === "publisher") {
    const codec = { mid, payloadType, rtxPayloadType, clockRate: 90_000, nack: true, extensions };
    link.publish(publication, { ...codec, congestion: "transport-cc", ssrcs: [{ ssrc, rtxSsrc }] }, performance.now());
  } else {
    const section = { mid, payloadType, rtxPayloadType, ssrc, rtxSsrc, nack: true, extensions };
    link.subscribe(publication, section, performance.now());
  }
  tell({ type: "connected", id });
}

/** What encryption and sockets cost without us. */
function passOn(from: number, packet: Uint8Array): void {
  if (from !== 0 || isRtcp(packet)) return;
  setU32(packet, 8, BARE_SSRC);
  for (const [id, pipe] of pipes) {
    if (id === 0 || !pipe.send(packet)) continue;
    counters.packetsOut += 1;
    counters.bytesOut += packet.length;
  }
}

process.on("message", (message: ToForwarder) => {
  switch (message.type) {
    case "open":
      open(message.id, message.role);
      return;
    case "answer":
      pipes.get(message.id)?.complete(parseSdp(message.sdp));
      return;
    case "candidate":
      pipes.get(message.id)?.addCandidate(message.candidate);
      return;
    case "mode":
      isBare = message.bare;
      return;
    case "count":
      tell({ type: "counts", ...counters });
      return;
    case "collect":
      collect();
      tell({ type: "collected" });
      return;
    default:
      message satisfies never;
  }
});

setInterval(() => {
  const nowMs = performance.now();
  for (const link of links) link.tick(nowMs);
}, TICK_MS);

// The parent is done, or gone.
process.on("disconnect", () => process.exit());
