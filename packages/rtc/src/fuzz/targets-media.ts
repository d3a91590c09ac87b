/** Fuzz target of the forwarding core: what a peer may send on a connection, packet after packet. */
import { ByteReader, ByteWriter } from "@rostrum/media/bytes";
import type { FuzzTarget } from "@rostrum/media/fuzz/target";
import { serializeFir, serializeNack, serializePli, serializeRemb } from "../rtp/rtcp-feedback.ts";
import { serializeBye, serializeReceiverReport } from "../rtp/rtcp-reports.ts";
import { serializeTransportFeedback } from "../rtp/transport-feedback.ts";
import { MediaLink } from "../sfu/media/media-link.ts";
import { Publication } from "../sfu/media/publication.ts";
import { CAMERA, PublisherPeer } from "../sfu/media/testing/publisher-peer.ts";
import { Simulation } from "../sfu/media/testing/simulation.ts";
import { SUBSCRIBER_IDS } from "../sfu/media/testing/subscriber-peer.ts";
import { createCounters } from "../sfu/media/types.ts";

const FRAMING = "fuzz input: 16 bits of length before each packet";
const STEP_MS = 7;
const MAX_PACKETS = 400;
const PUBLISHER_SSRC = 100;
const SUBSCRIBER_SSRC = 5_000;
const SOURCE = { mid: "v", codec: "VP8", firstSsrc: PUBLISHER_SSRC, layers: CAMERA } as const;

/** What comes in on a connection on which the peer publishes a camera and is sent the same camera back. */
export const mediaTargets: readonly FuzzTarget[] = [
  { name: "media-link", seeds: () => [recording()], run: (bytes) => play(bytes) },
];

/** Pictures with reports, and every kind of RTCP, as one input. */
function recording(): Uint8Array {
  const simulation = new Simulation();
  const writer = new ByteWriter();
  const record = (packet: Uint8Array): void => void writer.u16(packet.length).bytes(packet);
  const publisher = new PublisherPeer({ ...SOURCE, simulation, send: (packet) => record(packet.slice(0, 300)) });
  publisher.start();
  simulation.runFor(120);
  for (const packet of rtcp()) record(packet);
  simulation.runFor(60);
  return writer.finish();
}

function rtcp(): Uint8Array[] {
  const arrivals = Int32Array.from({ length: 20 }, (_, i) => i * 12);
  const block = {
    ssrc: SUBSCRIBER_SSRC,
    fractionLost: 20,
    cumulativeLost: 3,
    extendedHighest: 200,
    jitter: 4,
    lastReport: 1,
    delaySinceLastReport: 2,
  };
  return [
    serializeReceiverReport(7, [block]),
    serializeNack(7, SUBSCRIBER_SSRC, [0, 1, 2, 3, 17]),
    serializePli(7, SUBSCRIBER_SSRC),
    serializeFir(7, [{ ssrc: SUBSCRIBER_SSRC, sequence: 1 }]),
    serializeRemb(7, 400_000, [SUBSCRIBER_SSRC]),
    serializeTransportFeedback({
      senderSsrc: 7,
      mediaSsrc: SUBSCRIBER_SSRC,
      feedbackCount: 0,
      baseSequence: 0,
      referenceTime: 5,
      arrivals,
    }),
    serializeBye([PUBLISHER_SSRC]),
  ];
}

function play(bytes: Uint8Array): void {
  const counters = createCounters();
  let nowMs = 10_000;
  const link = new MediaLink({ ssrc: 1, counters, random: () => 0, send: () => true });
  const layers = CAMERA.map(({ info }) => info);
  const track = { id: "TR", kind: "video", source: "camera", codec: "VP8", clockRateHz: 90_000 } as const;
  const waiting: ((nowMs: number) => void)[] = [];
  const defer = (flush: (nowMs: number) => void): void => void waiting.push(flush);
  const publication = new Publication({ ...track, layers, counters, onWantedQuality: () => undefined, defer }, nowMs);
  const { section } = new PublisherPeer({ ...SOURCE, simulation: new Simulation(), send: () => undefined });
  link.publish(publication, section, nowMs);
  const sent = { mid: "0", payloadType: 45, rtxPayloadType: 46, rtxSsrc: SUBSCRIBER_SSRC + 1, nack: true };
  link.subscribe(publication, { ...sent, ssrc: SUBSCRIBER_SSRC, extensions: SUBSCRIBER_IDS }, nowMs);
  const reader = new ByteReader(bytes, FRAMING);
  for (let packets = 0; packets < MAX_PACKETS && reader.remaining > 0; packets++) {
    link.receive(reader.bytes(reader.u16()), nowMs);
    // As much goes out together as came in two steps.
    if (packets % 2 === 1) for (const flush of waiting.splice(0)) flush(nowMs);
    nowMs += STEP_MS;
    link.tick(nowMs);
  }
  link.takeGrade();
  publication.close();
  link.close(nowMs);
}
