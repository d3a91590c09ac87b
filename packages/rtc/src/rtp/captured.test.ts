/** Packets as a browser writes them (fixtures/README.md). */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  EXTENSION_URIS,
  extensionIds,
  readAbsSendTime,
  readAudioLevel,
  readText,
  readTransportSequence,
} from "./extensions.ts";
import { H264Samples } from "./h264-samples.ts";
import { KeyframeDetector } from "./keyframe.ts";
import { isOpusStereo, mapOpus } from "./opus.ts";
import { isRtcp, RtpView } from "./packet.ts";
import { PacketTemplate } from "./packet-template.ts";
import { joinRtcp, parseRtcp, type RtcpPacket } from "./rtcp.ts";
import { serializeNack, serializeRemb } from "./rtcp-feedback.ts";
import { serializeReceiverReport, serializeSenderReport, serializeSourceDescription } from "./rtcp-reports.ts";
import { unwrapRtx } from "./rtx.ts";
import { StreamRewriter } from "./stream-rewriter.ts";
import { framed, toHex, viewOf } from "./testing.ts";
import { TrackReceiver } from "./track-receiver.ts";
import { serializeTransportFeedback } from "./transport-feedback.ts";
import { Vp8Descriptor } from "./vp8.ts";

const IDS = extensionIds([
  { id: 9, uri: EXTENSION_URIS.mid },
  { id: 10, uri: EXTENSION_URIS.rid },
  { id: 11, uri: EXTENSION_URIS.repairedRid },
  { id: 2, uri: EXTENSION_URIS.absSendTime },
  { id: 4, uri: EXTENSION_URIS.transportSequence },
  { id: 14, uri: EXTENSION_URIS.audioLevel },
]);

const read = (name: string): Uint8Array[] =>
  framed(new Uint8Array(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url))));
const views = (name: string): RtpView[] => read(name).map(viewOf);

test("layers are told by their rid, repairs by the rid of what they repair", () => {
  const layers = new Map<string, Set<number>>();
  for (const view of views("chromium-vp8-simulcast.rtp")) {
    expect(readText(view, IDS.mid)).toBe("0");
    expect(readAbsSendTime(view, IDS.absSendTime)).toBeGreaterThanOrEqual(0);
    const rid = readText(view, IDS.rid) ?? `repair of ${readText(view, IDS.repairedRid)}`;
    layers.set(rid, (layers.get(rid) ?? new Set()).add(view.ssrc));
  }
  expect([...layers.keys()].toSorted()).toEqual(["h", "q", "repair of f", "repair of q"]);
  for (const ssrcs of layers.values()) expect(ssrcs.size).toBe(1);
});

test("what comes as retransmission is the packet that was sent, or padding", () => {
  const sent = new Map<number, RtpView>();
  const counts = { padding: 0, repeated: 0 };
  for (const view of views("chromium-vp8-simulcast.rtp")) {
    if (readText(view, IDS.rid) === "q") sent.set(view.sequence, view);
    if (readText(view, IDS.repairedRid) === undefined) continue;
    if (!unwrapRtx(view, 1, 96)) counts.padding += 1;
    else {
      const original = sent.get(view.sequence)!;
      expect(toHex(view.payload())).toBe(toHex(original.payload()));
      expect(view).toMatchObject({ timestamp: original.timestamp, marker: original.marker });
      counts.repeated += 1;
    }
  }
  expect(counts).toEqual({ padding: 5, repeated: 35 });
});

test("of a VP8 layer the lower temporal layer can be sent alone, without a gap in any number", () => {
  const rewriter = new StreamRewriter({ clockRateHz: 90_000, firstSequence: 1, firstTimestamp: 0 });
  rewriter.temporalLimit = 0;
  const template = new PacketTemplate({ ssrc: 1, payloadType: 96, ids: IDS, mid: "0" });
  const detector = new KeyframeDetector("VP8");
  const descriptor = new Vp8Descriptor();
  const sent: Vp8Descriptor[] = [];
  let all = 0;
  for (const view of views("chromium-vp8-simulcast.rtp").filter((each) => readText(each, IDS.rid) === "h")) {
    expect(detector.mark(view)).toBe(all === 0 ? "start" : "none");
    all += 1;
    expect(descriptor.parse(view.bytes, view.payloadOffset, view.payloadEnd)).toBe(true);
    if (rewriter.rewrite(view, descriptor, all) !== "send") continue;
    const packet = template.forward(view, IDS, rewriter.sequence, rewriter.timestamp);
    rewriter.writeVp8(packet, template.headerBytes, view, descriptor);
    const out = viewOf(packet);
    const written = new Vp8Descriptor();
    written.parse(out.bytes, out.payloadOffset, out.payloadEnd);
    sent.push(written);
    expect(out.sequence).toBe(sent.length);
  }
  expect([all, sent.length]).toEqual([12, 6]);
  const first = sent[0]!;
  expect(sent.map(({ pictureId }) => pictureId - first.pictureId)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(sent.map(({ tl0PicIdx }) => tl0PicIdx - first.tl0PicIdx)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(sent.map(({ temporalId }) => temporalId)).toEqual([0, 0, 0, 0, 0, 0]);
});

test("H.264 becomes a track and samples, repeated packets are no second ones", () => {
  const packets = views("chromium-h264.rtp");
  const media = packets.find(({ payloadType }) => payloadType === 108)!;
  const repair = packets.find(({ payloadType }) => payloadType === 109)!;
  const receiver = new TrackReceiver({
    ...{ ssrc: media.ssrc, payloadType: 108, rtx: { ssrc: repair.ssrc, payloadType: 109 } },
    ...{ codec: "H264", clockRateHz: 90_000, nack: true, senderSsrc: 1 },
  });
  const samples = new H264Samples();
  const found: string[] = [];
  for (const view of packets) {
    expect(readTransportSequence(view, IDS.transportSequence)).toBeGreaterThanOrEqual(0);
    receiver.receive(view, 0);
    for (let event = receiver.pop(0); event?.type === "frame"; event = receiver.pop(0)) {
      const { track, sample, dropped } = samples.map(event.payloads, event.ticks);
      if (track !== undefined) found.push(`${track.codecs} ${track.widthPx}x${track.heightPx}`);
      found.push(dropped ?? (sample?.keyframe === true ? "key" : "delta"));
    }
  }
  expect(found).toEqual(["avc1.42c015 320x180", "key", ...Array.from({ length: 8 }, () => "delta"), "key", "delta"]);
  expect(receiver.takeReport(0)).toMatchObject({ cumulativeLost: 0 });
});

test("Opus packets last 20 ms each, by their content and by the clock, and tell how loud they are", () => {
  const packets = views("chromium-opus.rtp");
  const samples = packets.map((view) => mapOpus(view.payload(), view.timestamp)!);
  expect(samples.map(({ duration }) => duration)).toEqual(packets.map(() => 960));
  expect(samples.map(({ pts }, i) => pts - i * 960)).toEqual(packets.map(() => samples[0]!.pts));
  const levels = packets.map((view) => readAudioLevel(view, IDS.audioLevel));
  expect(Math.min(...levels)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...levels)).toBeLessThanOrEqual(127);
  expect(new Set(samples.map(({ data }) => isOpusStereo(data))).size).toBe(1);
});

test("each RTCP packet is understood, and written again byte by byte", () => {
  const types = new Map<string, number>();
  for (const bytes of read("chromium.rtcp")) {
    expect(isRtcp(bytes)).toBe(true);
    const packets = parseRtcp(bytes)!;
    expect(packets.length).toBeGreaterThan(0);
    for (const { type } of packets) types.set(type, (types.get(type) ?? 0) + 1);
    const written = joinRtcp(packets.map(write));
    // Statuses of packets can be said in several ways: Chromium prefers two bits each.
    if (packets[0]?.type === "transportFeedback") expect(parseRtcp(written)).toEqual(packets);
    else expect(toHex(written)).toBe(toHex(bytes));
  }
  expect(Object.fromEntries(types)).toEqual({
    transportFeedback: 14,
    receiverReport: 53,
    nack: 49,
    remb: 12,
    senderReport: 12,
    sourceDescription: 12,
  });
});

function write(packet: RtcpPacket): Uint8Array {
  switch (packet.type) {
    case "senderReport":
      return serializeSenderReport(packet);
    case "receiverReport":
      return serializeReceiverReport(packet.ssrc, packet.reports);
    case "sourceDescription":
      return serializeSourceDescription(packet.sources);
    case "nack":
      return serializeNack(packet.senderSsrc, packet.mediaSsrc, packet.sequences);
    case "remb":
      return serializeRemb(packet.senderSsrc, packet.bitrateBps, packet.ssrcs);
    case "transportFeedback":
      return serializeTransportFeedback(packet);
    case "bye":
    case "fir":
    case "pli":
      throw new Error(`${packet.type} was not captured`);
    default:
      return packet satisfies never;
  }
}
