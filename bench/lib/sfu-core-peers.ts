/** The far ends of `sfu-core`: one connection publishes pictures, all others receive them and send transport-wide feedback. */
import { Pipe } from "@rostrum/rtc/pipe";
import { answerOf } from "@rostrum/rtc/pipe/testing/peer";
import { NO_EXTENSIONS, readTransportSequence } from "@rostrum/rtc/rtp/extensions";
import { isRtcp, RtpView } from "@rostrum/rtc/rtp/packet";
import { PacketTemplate } from "@rostrum/rtc/rtp/packet-template";
import { TransportArrivals } from "@rostrum/rtc/rtp/transport-arrivals";
import { parseSdp } from "@rostrum/rtc/sdp/parse";
import { serializeSdp } from "@rostrum/rtc/sdp/serialize";
import { BARE_SSRC, type FromPeers, SECTION, type ToPeers } from "./sfu-core-messages.ts";
import { Pictures } from "./sfu-pictures.ts";

const FEEDBACK_MS = 100;

const pipes = new Map<number, Pipe>();
const view = new RtpView();
/** What each subscriber was sent, by the core and around it: each has a numbering of its own. */
type Arrivals = Readonly<{ core: TransportArrivals; bare: TransportArrivals }>;
const arrivalsOf = new Map<number, Arrivals>();
let packets = 0;

function tell(message: FromPeers): void {
  process.send?.(message);
}

function answer(id: number, sdp: string): void {
  const arrivals: Arrivals = { core: new TransportArrivals(), bare: new TransportArrivals() };
  const pipe = new Pipe(
    { name: `peer ${id}`, bindAddress: "127.0.0.1" },
    {
      onPacket: (packet) => receive(packet, arrivals),
      onCandidate: (candidate) => candidate !== undefined && tell({ type: "candidate", id, candidate }),
    },
  );
  pipes.set(id, pipe);
  if (id > 0) arrivalsOf.set(id, arrivals);
  const offered = parseSdp(sdp);
  tell({ type: "answer", id, sdp: serializeSdp(answerOf(offered, pipe.accept(offered))) });
}

function receive(packet: Uint8Array, arrivals: Arrivals): void {
  if (isRtcp(packet) || !view.parse(packet)) return;
  packets += 1;
  const sequence = readTransportSequence(view, SECTION.transportSequenceId);
  if (sequence >= 0) arrivals[view.ssrc === BARE_SSRC ? "bare" : "core"].received(sequence, performance.now());
}

/** Pictures at `kbps`, from the first connection, their packets so many ms apart. */
function publish(kbps: number, gapMs: number): void {
  const ids = { ...NO_EXTENSIONS, transportSequence: SECTION.transportSequenceId };
  const template = new PacketTemplate({ ssrc: SECTION.ssrc, payloadType: SECTION.payloadType, ids });
  new Pictures(template, kbps, (packet) => pipes.get(0)?.send(packet)).start(gapMs);
}

process.on("message", (message: ToPeers) => {
  switch (message.type) {
    case "offer":
      answer(message.id, message.sdp);
      return;
    case "candidate":
      pipes.get(message.id)?.addCandidate(message.candidate);
      return;
    case "publish":
      publish(message.kbps, message.gapMs);
      return;
    case "count":
      tell({ type: "received", packets });
      return;
    default:
      message satisfies never;
  }
});

setInterval(() => {
  for (const [id, { core, bare }] of arrivalsOf) {
    for (const packet of core.takeFeedback(id, SECTION.ssrc)) pipes.get(id)?.send(packet);
    for (const packet of bare.takeFeedback(id, BARE_SSRC)) pipes.get(id)?.send(packet);
  }
}, FEEDBACK_MS);

// The parent is done, or gone.
process.on("disconnect", () => process.exit());
