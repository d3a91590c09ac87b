/** A sender and a receiver with a network of ours between them. */
import { expect, test } from "vitest";
import { EXTENSION_URIS, extensionIds } from "./extensions.ts";
import type { FrameEvent } from "./frame-buffer.ts";
import { depacketizeH264, packetizeH264 } from "./h264.ts";
import { ntpFromUnixMs } from "./ntp.ts";
import { RtpView } from "./packet.ts";
import { parseRtcp } from "./rtcp.ts";
import { hex, randomFrom, toHex } from "./testing.ts";
import { TrackReceiver } from "./track-receiver.ts";
import { TrackSender } from "./track-sender.ts";

const SPS = hex("6742c01e");
const PPS = hex("68ce3c80");
const MEDIA = { ssrc: 11, payloadType: 96 };
const RTX = { ssrc: 12, payloadType: 97 };
const IDS = extensionIds([{ id: 1, uri: EXTENSION_URIS.mid }]);
const TICK_MS = 10;
const FRAME_TICKS = 3_000;

type Network = Readonly<{ loss: number; delayMs: number; jitterMs: number; rtx: boolean; seed: number }>;

/** NAL units of frame `index`: a key frame each 30, else a slice of some packets. */
function frameOf(index: number): Uint8Array[] {
  const size = 200 + ((index * 977) % 5_000);
  const slice = new Uint8Array(size).fill(index & 0xff);
  slice[0] = index % 30 === 0 ? 0x65 : 0x41;
  return index % 30 === 0 ? [SPS, PPS, slice] : [slice];
}

/** Sends 310 frames, the first one without loss, through the network; what came out, and how often a key frame was asked for. */
function run(network: Network): { events: FrameEvent[]; plis: number; sent: number; lossTold: number } {
  const random = randomFrom(network.seed);
  const link: { atMs: number; bytes: Uint8Array }[] = [];
  const put = (bytes: Uint8Array, nowMs: number): void => {
    if (nowMs === 0 || random(1_000) >= network.loss * 1_000)
      link.push({ atMs: nowMs + network.delayMs + random(network.jitterMs + 1), bytes });
  };
  const repair = network.rtx ? { rtx: RTX } : {};
  const sender = new TrackSender({
    ...MEDIA,
    ...repair,
    ids: IDS,
    mid: "0",
    firstSequence: 65_000,
    firstTimestamp: 0xffff_0000,
  });
  const receiver = new TrackReceiver({
    ...MEDIA,
    ...repair,
    codec: "H264",
    clockRateHz: 90_000,
    nack: network.rtx,
    senderSsrc: 1,
  });
  const events: FrameEvent[] = [];
  const view = new RtpView();
  let plis = 0;
  let sent = 0;
  for (let nowMs = 0; nowMs < 12_000; nowMs += TICK_MS) {
    if (nowMs % 30 === 0 && nowMs < 9_300) {
      const index = nowMs / 30;
      for (const packet of sender.send(packetizeH264(frameOf(index), 1_000), index * FRAME_TICKS, true, nowMs)) {
        sent += 1;
        put(packet, nowMs);
      }
    }
    link.sort((a, b) => a.atMs - b.atMs);
    while (link[0] !== undefined && link[0].atMs <= nowMs) {
      expect(view.parse(link.shift()!.bytes)).toBe(true);
      receiver.receive(view, nowMs);
    }
    for (let event = receiver.pop(nowMs); event !== undefined; event = receiver.pop(nowMs)) events.push(event);
    for (const feedback of receiver.takeFeedback(nowMs)) {
      for (const packet of parseRtcp(feedback)!) {
        if (packet.type === "pli") plis += 1;
        if (packet.type === "nack") for (const again of sender.resend(packet.sequences, 100, nowMs)) put(again, nowMs);
      }
    }
  }
  return { events, plis, sent, lossTold: receiver.takeReport(12_000).cumulativeLost };
}

/** All came, in order. Of the last ten some may be missing: nothing behind them tells that they are. */
function expectAllFrames(events: readonly FrameEvent[]): void {
  const first = events.slice(0, 300);
  const indexes = first.map((event) => (event.type === "frame" ? (event.ticks - 0xffff_0000) / FRAME_TICKS : "hole"));
  expect(indexes).toEqual(Array.from({ length: 300 }, (_, i) => i));
  for (const [i, event] of first.entries()) {
    if (event.type === "frame") expect(depacketizeH264(event.payloads)).toEqual(frameOf(i));
  }
}

test("without loss all frames come, in order, over the wraps", () => {
  const { events, plis, lossTold } = run({ loss: 0, delayMs: 20, jitterMs: 0, rtx: true, seed: 1 });
  expectAllFrames(events);
  expect([plis, lossTold]).toEqual([0, 0]);
});

test("reordering by the network is undone", () => {
  const { events, plis } = run({ loss: 0, delayMs: 20, jitterMs: 30, rtx: true, seed: 2 });
  expectAllFrames(events);
  expect(plis).toBe(0);
});

test.each([3, 4, 5])("seed %i: of one lost packet in twenty nothing is missing after retransmission", (seed) => {
  const { events, plis, sent, lossTold } = run({ loss: 0.05, delayMs: 20, jitterMs: 5, rtx: true, seed });
  expectAllFrames(events);
  expect(plis).toBe(0);
  // The sender is told the real loss all the same.
  expect(lossTold / sent).toBeGreaterThan(0.03);
  expect(lossTold / sent).toBeLessThan(0.07);
});

test("without retransmission a loss costs the frames up to the next key frame, and one is asked for", () => {
  const { events, plis } = run({ loss: 0.01, delayMs: 20, jitterMs: 5, rtx: false, seed: 6 });
  const frames = events.filter((event) => event.type === "frame");
  expect(plis).toBeGreaterThan(0);
  expect(events.some((event) => event.type === "hole")).toBe(true);
  expect(frames.length).toBeGreaterThan(60);
  for (const [i, event] of events.entries()) {
    const next = events[i + 1];
    if (event.type === "hole" && next?.type === "frame") expect(next.mark).toBe("start");
  }
  for (const frame of frames)
    expect(depacketizeH264(frame.payloads)).toEqual(frameOf((frame.ticks - 0xffff_0000) / FRAME_TICKS));
});

test("a packet is sent again once for each round, as it was or as retransmission, and only as long as it is known", () => {
  const plain = new TrackSender({ ...MEDIA, firstSequence: 10, firstTimestamp: 0 });
  const [first] = plain.send([hex("01")], 0, false, 0);
  expect(plain.resend([10], 10, 5)).toEqual([]);
  expect(plain.resend([10], 10, 20)).toEqual([first]);
  expect(plain.resend([10, 11, 9], 10, 25)).toEqual([]);
  expect(plain.resend([10], 0, 50)).toEqual([]);
  for (let i = 1; i <= 512; i++) plain.send([hex("02")], i, false, 60);
  expect(plain.resend([10, 11], 10, 100).map(toHex)).toEqual([toHex(hex("8060000b 00000001 0000000b 02"))]);
  const repaired = new TrackSender({ ...MEDIA, rtx: RTX, firstSequence: 10, firstTimestamp: 0 });
  repaired.send([hex("0304")], 0, true, 0);
  expect(repaired.resend([10], 10, 20).map(toHex)).toEqual([toHex(hex("80e1000a 00000000 0000000c 000a 0304"))]);
});

test("times before the first one and after the last one of 32 bits are in bounds", () => {
  const sender = new TrackSender({ ...MEDIA, firstSequence: 0, firstTimestamp: 10 });
  expect([-11, 2 ** 32 - 10, 2 ** 33].map((ticks) => sender.timestampOf(ticks))).toEqual([0xffff_ffff, 0, 10]);
});

test("reports count packets and octets, on the clock of the track", () => {
  const sender = new TrackSender({ ...MEDIA, firstSequence: 0, firstTimestamp: 0xffff_ffff });
  sender.send([hex("0102"), hex("03")], 0, true, 0);
  const ntp = ntpFromUnixMs(1_000);
  expect(parseRtcp(sender.report(ntp, 90_000))).toEqual([
    { type: "senderReport", ssrc: 11, ntp, rtpTimestamp: 89_999, packetCount: 2, octetCount: 3, reports: [] },
  ]);
});

test("sound goes on behind a loss, without asking for anything", () => {
  const sender = new TrackSender({ ssrc: 1, payloadType: 111, firstSequence: 0, firstTimestamp: 0 });
  const receiver = new TrackReceiver({
    ssrc: 1,
    payloadType: 111,
    codec: "opus",
    clockRateHz: 48_000,
    nack: false,
    senderSsrc: 2,
  });
  const view = new RtpView();
  const heard: (number | string)[] = [];
  for (let i = 0; i < 20; i++) {
    const [packet] = sender.send([hex("fcfffe")], i * 960, false, i * 20);
    if (i !== 7 && view.parse(packet!)) receiver.receive(view, i * 20);
    expect(receiver.takeFeedback(i * 20)).toEqual([]);
    for (let event = receiver.pop(i * 20); event !== undefined; event = receiver.pop(i * 20)) {
      heard.push(event.type === "frame" ? event.ticks / 960 : "hole");
    }
  }
  expect(heard).toEqual([0, 1, 2, 3, 4, 5, 6, "hole", ...Array.from({ length: 12 }, (_, i) => i + 8)]);
});

test("packets of others are ignored, a restart begins anew", () => {
  const receiver = new TrackReceiver({
    ...MEDIA,
    rtx: RTX,
    codec: "VP8",
    clockRateHz: 90_000,
    nack: true,
    senderSsrc: 1,
  });
  const view = new RtpView();
  const other = new TrackSender({ ssrc: 99, payloadType: 96, firstSequence: 0, firstTimestamp: 0 });
  const key = hex("10 50 00 00");
  const feed = (sender: TrackSender, ticks: number, nowMs: number): void => {
    for (const packet of sender.send([key], ticks, true, nowMs)) if (view.parse(packet)) receiver.receive(view, nowMs);
  };
  feed(other, 0, 0);
  expect(receiver.pop(0)).toBeUndefined();
  expect(receiver.takeFeedback(0)).toEqual([]);
  feed(new TrackSender({ ...MEDIA, firstSequence: 5, firstTimestamp: 0 }), 0, 0);
  expect(receiver.pop(0)).toMatchObject({ type: "frame", ticks: 0 });
  const again = new TrackSender({ ...MEDIA, firstSequence: 30_000, firstTimestamp: 0 });
  feed(again, 3_000, 10);
  expect(receiver.pop(10)).toBeUndefined();
  feed(again, 6_000, 20);
  expect(receiver.pop(20)).toMatchObject({ type: "frame", ticks: 6_000 });
});
