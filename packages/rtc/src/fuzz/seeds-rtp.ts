/** Valid packets that the fuzzer damages: together they hold every form that the parsers know. */
import { concat } from "@rostrum/media/bytes";
import { NO_EXTENSIONS } from "../rtp/extensions.ts";
import { packetizeH264 } from "../rtp/h264.ts";
import { PacketTemplate } from "../rtp/packet-template.ts";
import { serializeFir, serializeNack, serializePli, serializeRemb } from "../rtp/rtcp-feedback.ts";
import {
  type ReportBlock,
  serializeBye,
  serializeReceiverReport,
  serializeSenderReport,
  serializeSourceDescription,
} from "../rtp/rtcp-reports.ts";
import { NOT_RECEIVED, serializeTransportFeedback } from "../rtp/transport-feedback.ts";

const bytes = (text: string): Uint8Array =>
  Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));

const SPS = bytes("6764000aacd9447f9f0110000003001000000303c0f1225960");
const PPS = bytes("68ebe3cb22c0");
const IDR = Uint8Array.from({ length: 300 }, (_, i) => (i === 0 ? 0x65 : i & 0xff));
const SLICE = bytes("419a0102030405");

const BLOCK: ReportBlock = {
  ssrc: 7,
  fractionLost: 3,
  cumulativeLost: 9,
  extendedHighest: 70_000,
  jitter: 12,
  lastReport: 0x1234_5678,
  delaySinceLastReport: 65_536,
};

const IDS = { ...NO_EXTENSIONS, mid: 4, absSendTime: 2, transportSequence: 3, audioLevel: 1 };
const ONE_BYTE = new PacketTemplate({ ssrc: 5, payloadType: 96, ids: IDS, mid: "0" });
const TWO_BYTE = new PacketTemplate({ ssrc: 5, payloadType: 96, ids: { ...IDS, mid: 20 }, mid: "1" });

/** Both forms of extensions, contributing sources, padding. */
export const RTP_SEEDS: readonly Uint8Array[] = [
  ONE_BYTE.build(SLICE, 1, 2, true),
  TWO_BYTE.build(SLICE, 1, 2, false),
  ONE_BYTE.padding(9, 9, 20),
  bytes("b260000100000001ffffffff0000001180000022bede00021061908500000000990203"),
];

/** One payload each: VP8, VP9, H.264 in its three forms, AV1, Opus. */
export const VIDEO_SEEDS: readonly Uint8Array[] = [
  bytes("90f0923405205010000000"),
  bytes("9080051000000000"),
  bytes("a88005000000aabb"),
  ...packetizeH264([SPS, PPS, IDR, SLICE], 120),
  bytes("180a0b00000024cfbf"),
  bytes("fcfffe"),
];

/** A receiver's whole life in short: frames of several packets, a hole, a restart; each packet with its length in front. */
export const STREAM_SEED: Uint8Array = concat(
  streamPackets().flatMap((packet) => [Uint8Array.of(packet.length >> 8, packet.length & 0xff), packet]),
);

/** Each kind alone, and a compound. */
export const RTCP_SEEDS: readonly Uint8Array[] = rtcpSeeds();

function streamPackets(): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let frame = 0; frame < 12; frame++) {
    const payloads = packetizeH264(frame % 6 === 0 ? [SPS, PPS, IDR] : [SLICE], 120);
    for (const [index, payload] of payloads.entries()) {
      const sequence = (frame < 9 ? 65_520 : 20_000) + packets.length;
      packets.push(ONE_BYTE.build(payload, sequence, frame * 3_000, index === payloads.length - 1));
    }
  }
  return packets.filter((_, index) => index !== 5);
}

function rtcpSeeds(): Uint8Array[] {
  const ntp = { seconds: 0xe000_0000, fraction: 0x8000_0000 };
  const reports = [BLOCK];
  const arrivals = Int32Array.from({ length: 60 }, (_, i) => (i % 7 === 3 ? NOT_RECEIVED : i * (i > 40 ? 300 : 5)));
  const runs = new Int32Array(500).fill(NOT_RECEIVED);
  runs[499] = 8;
  const head = { senderSsrc: 1, mediaSsrc: 2, feedbackCount: 1, baseSequence: 65_500, referenceTime: 77 };
  const alone = [
    serializeSenderReport({ ssrc: 1, ntp, rtpTimestamp: 3, packetCount: 4, octetCount: 5, reports }),
    serializeReceiverReport(1, [BLOCK, BLOCK]),
    serializeSourceDescription([
      { ssrc: 1, cname: "someone" },
      { ssrc: 2, cname: "" },
    ]),
    serializeNack(1, 2, [65_530, 3, 4, 9, 200]),
    serializePli(1, 2),
    serializeFir(1, [{ ssrc: 2, sequence: 3 }]),
    serializeRemb(1, 1_200_000, [2, 3]),
    serializeTransportFeedback({ ...head, arrivals }),
    serializeTransportFeedback({ ...head, arrivals: runs }),
    serializeBye([1, 2]),
  ];
  return [...alone, concat(alone.slice(0, 7))];
}
