/** Fuzz targets of RTP and RTCP: what a peer can send through an established connection. */
import { concat, equalBytes } from "@rostrum/media/bytes";
import { MalformedError } from "@rostrum/media/errors";
import type { FixtureReader, FuzzTarget } from "@rostrum/media/fuzz/target";
import { NO_EXTENSIONS, readText } from "../rtp/extensions.ts";
import { FrameBuffer } from "../rtp/frame-buffer.ts";
import { depacketizeH264, packetizeH264 } from "../rtp/h264.ts";
import { H264Samples } from "../rtp/h264-samples.ts";
import { KeyframeDetector, type VideoCodec } from "../rtp/keyframe.ts";
import { NackList, VIDEO_NACK_LIMITS } from "../rtp/nack-list.ts";
import { mapOpus } from "../rtp/opus.ts";
import { isRtcp, RtpView } from "../rtp/packet.ts";
import { PacketTemplate } from "../rtp/packet-template.ts";
import { splitRed } from "../rtp/red.ts";
import { ReceiveStats } from "../rtp/receive-stats.ts";
import { parseRtcp, type RtcpPacket } from "../rtp/rtcp.ts";
import {
  serializeBye,
  serializeReceiverReport,
  serializeSenderReport,
  serializeSourceDescription,
} from "../rtp/rtcp-reports.ts";
import { serializeFir, serializeNack, serializePli, serializeRemb } from "../rtp/rtcp-feedback.ts";
import { StreamRewriter } from "../rtp/stream-rewriter.ts";
import { NOT_RECEIVED, serializeTransportFeedback } from "../rtp/transport-feedback.ts";
import { Vp8Descriptor } from "../rtp/vp8.ts";
import { RTCP_SEEDS, RTP_SEEDS, STREAM_SEED, VIDEO_SEEDS } from "./seeds-rtp.ts";

const CODECS: readonly VideoCodec[] = ["VP8", "VP9", "H264", "AV1"];

/** Run by scripts/fuzz.ts. */
export const rtpTargets: readonly FuzzTarget[] = [
  {
    name: "rtp-packet",
    seeds: (fixture) => [...RTP_SEEDS, ...captured(fixture, "vp8-simulcast.rtp")],
    run: readPacket,
  },
  { name: "rtp-video", seeds: (fixture) => [...VIDEO_SEEDS, ...payloads(fixture)], run: readVideo },
  { name: "rtp-stream", seeds: (fixture) => [STREAM_SEED, fixture("rtc/chromium-h264.rtp")], run: readStream },
  { name: "rtcp", seeds: (fixture) => [...RTCP_SEEDS, ...split(fixture("rtc/chromium.rtcp"))], run: readRtcp },
  { name: "rtp-red", seeds: () => [RED_SEED], run: readRed },
];

/** Two copies before the newest block. RFC 2198 §4. */
const RED_SEED = Uint8Array.of(0xef, 0x1e, 0, 3, 0xef, 0x0f, 0, 2, 0x6f, 1, 2, 3, 4, 5, 6, 7);

/** The blocks lie one behind the other and fill the packet. */
function readRed(bytes: Uint8Array): void {
  const blocks = splitRed(bytes);
  if (blocks === undefined) throw refused("no RED");
  const sum = blocks.reduce((total, { payload }) => total + payload.length, blocks.length * 4 - 3);
  if (sum !== bytes.length) throw new Error(`${sum} of ${bytes.length} bytes in ${blocks.length} blocks`);
}

function captured(fixture: FixtureReader, name: string): Uint8Array[] {
  return [...split(fixture(`rtc/chromium-${name}`))];
}

function payloads(fixture: FixtureReader): Uint8Array[] {
  const packets = ["vp8-simulcast.rtp", "h264.rtp", "opus.rtp"].flatMap((name) => captured(fixture, name));
  return packets.flatMap((packet) => {
    const view = new RtpView();
    return view.parse(packet) && view.payloadBytes > 0 ? [view.payload()] : [];
  });
}

/** Whatever is taken for a packet can be sent on, and reads back as the same. */
function readPacket(bytes: Uint8Array): void {
  const view = new RtpView();
  if (!view.parse(bytes)) throw refused("no RTP");
  for (let id = 1; id < 16; id++) readText(view, id);
  const sent = new PacketTemplate({ ssrc: 1, payloadType: 96 }).forward(
    view,
    NO_EXTENSIONS,
    view.sequence,
    view.timestamp,
  );
  const again = new RtpView();
  if (!again.parse(sent)) throw new Error("a forwarded packet is no RTP");
  if (!equalBytes(again.payload(), view.payload())) throw new Error("the payload came back changed");
}

/** The bytes are one payload of each codec. */
function readVideo(bytes: Uint8Array): void {
  const view = new RtpView();
  const template = new PacketTemplate({ ssrc: 1, payloadType: 96 });
  if (!view.parse(template.build(bytes, 1, 1, true))) throw refused("longer than a packet can be");
  for (const codec of CODECS) new KeyframeDetector(codec).mark(view);
  mapOpus(view.payload(), 0);
  rewriteVp8(view, template);
  new H264Samples().map([view.payload()], 0);
  const nals = depacketizeH264([view.payload()]);
  if (nals === undefined) throw refused("no H.264");
  const found = depacketizeH264(packetizeH264(nals, 100));
  if (found === undefined || !equalBytes(concat(found), concat(nals))) throw new Error("the units came back changed");
}

function rewriteVp8(view: RtpView, template: PacketTemplate): void {
  const descriptor = new Vp8Descriptor();
  if (!descriptor.parse(view.bytes, view.payloadOffset, view.payloadEnd)) return;
  const rewriter = new StreamRewriter({ clockRateHz: 90_000, firstSequence: 1, firstTimestamp: 1 });
  if (rewriter.rewrite(view, descriptor, 0) !== "send") return;
  const packet = template.forward(view, NO_EXTENSIONS, rewriter.sequence, rewriter.timestamp);
  rewriter.writeVp8(packet, template.headerBytes, view, descriptor);
  if (packet.length !== template.headerBytes + view.payloadBytes) throw new Error("the packet changed its size");
}

/** Packets with two bytes of length in front of each go through everything that a receiver has. */
function readStream(bytes: Uint8Array): void {
  const view = new RtpView();
  const stats = new ReceiveStats(90_000);
  const nacks = new NackList(VIDEO_NACK_LIMITS);
  const frames = new FrameBuffer({ kind: "video" });
  const samples = new H264Samples();
  const detector = new KeyframeDetector("H264");
  const rewriter = new StreamRewriter({ clockRateHz: 90_000, firstSequence: 1, firstTimestamp: 1 });
  let nowMs = 0;
  for (const packet of split(bytes)) {
    nowMs += 10;
    if (!view.parse(packet)) continue;
    if (stats.update(view.sequence, view.timestamp, nowMs) === "stray") continue;
    nacks.received(view.sequence, nowMs);
    if (nacks.takeDue(nowMs, 30).length > 250) throw new Error("too much is asked for at once");
    rewriter.rewrite(view, undefined, nowMs);
    frames.push(view, detector.mark(view), nowMs);
    for (let event = frames.pop(nowMs, 50); event !== undefined; event = frames.pop(nowMs, 50)) {
      if (event.type === "frame") samples.map(event.payloads, event.ticks);
    }
  }
  stats.takeReport(1, nowMs);
  if (stats.received === 0) throw refused("no packet");
}

function* split(bytes: Uint8Array): Generator<Uint8Array> {
  let at = 0;
  while (at + 2 <= bytes.length) {
    const end = at + 2 + (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    yield bytes.subarray(at + 2, end);
    at = end;
  }
}

/** What was understood can be written, and is understood as the same. */
function readRtcp(bytes: Uint8Array): void {
  const packets = isRtcp(bytes) ? parseRtcp(bytes) : undefined;
  if (packets === undefined) throw refused("no RTCP");
  for (const packet of packets) {
    const written = write(packet);
    if (written === undefined) continue;
    const [again] = parseRtcp(written) ?? [];
    if (again === undefined || !isSame(packet, again)) throw new Error(`${packet.type} came back as something else`);
  }
}

function isSame(a: RtcpPacket, b: RtcpPacket): boolean {
  if (a.type !== "transportFeedback" || b.type !== "transportFeedback") return JSON.stringify(a) === JSON.stringify(b);
  const sameArrivals =
    a.arrivals.length === b.arrivals.length && a.arrivals.every((ticks, i) => ticks === b.arrivals[i]);
  return sameArrivals && JSON.stringify({ ...a, arrivals: 0 }) === JSON.stringify({ ...b, arrivals: 0 });
}

/** Undefined for what needs not to come back the same: several names of one source, a rounded bandwidth, no or repeated numbers. */
function write(packet: RtcpPacket): Uint8Array | undefined {
  switch (packet.type) {
    case "senderReport":
      return serializeSenderReport(packet);
    case "receiverReport":
      return serializeReceiverReport(packet.ssrc, packet.reports);
    case "sourceDescription":
      return isPlainText(packet.sources) ? serializeSourceDescription(packet.sources) : undefined;
    case "bye":
      return serializeBye(packet.ssrcs);
    case "nack":
      return isAscending(packet.sequences)
        ? serializeNack(packet.senderSsrc, packet.mediaSsrc, packet.sequences)
        : undefined;
    case "pli":
      return serializePli(packet.senderSsrc, packet.mediaSsrc);
    case "fir":
      return serializeFir(packet.senderSsrc, packet.requests);
    case "remb":
      return packet.bitrateBps < Number.MAX_SAFE_INTEGER
        ? serializeRemb(packet.senderSsrc, packet.bitrateBps, packet.ssrcs)
        : undefined;
    case "transportFeedback":
      return hasPlainArrivals(packet.arrivals) ? serializeTransportFeedback(packet) : undefined;
    default:
      return packet satisfies never;
  }
}

/** Not ASCII may be invalid UTF-8, which is read as something longer. */
function isPlainText(sources: readonly Readonly<{ cname: string }>[]): boolean {
  return sources.length < 32 && sources.every(({ cname }) => /^[\x20-\x7e]*$/.test(cname));
}

function isAscending(sequences: readonly number[]): boolean {
  return (
    sequences.every((sequence, i) => i === 0 || ((sequence - (sequences[i - 1] ?? 0)) & 0xffff) < 0x8000) &&
    new Set(sequences).size === sequences.length
  );
}

function hasPlainArrivals(arrivals: Int32Array): boolean {
  return arrivals.length > 0 && arrivals.every((arrival) => arrival === NOT_RECEIVED || Math.abs(arrival) < 2 ** 30);
}

function refused(why: string): MalformedError {
  return new MalformedError(why, 0, "fuzz");
}
