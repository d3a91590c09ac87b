/** What a switching sender does to packets. */
import { expect, test } from "vitest";
import { NO_EXTENSIONS } from "./extensions.ts";
import { ntpFromUnixMs, projectTimestamp } from "./ntp.ts";
import type { RtpView } from "./packet.ts";
import { PacketTemplate } from "./packet-template.ts";
import { StreamRewriter } from "./stream-rewriter.ts";
import { hex, viewOf } from "./testing.ts";
import { Vp8Descriptor } from "./vp8.ts";

const VIDEO = { clockRateHz: 90_000, firstSequence: 1_000, firstTimestamp: 500_000 };

const packet = (sequence: number, timestamp: number): RtpView => viewOf({ sequence, timestamp, payload: hex("41 9a") });
const padding = (sequence: number, timestamp: number): RtpView => {
  const view = viewOf({ sequence, timestamp });
  expect(view.payloadBytes).toBe(0);
  return view;
};

function rewrite(rewriter: StreamRewriter, view: RtpView, nowMs: number): [string, number, number] {
  return [rewriter.rewrite(view, undefined, nowMs), rewriter.sequence, rewriter.timestamp];
}

test("the first source begins with the first numbers; order, holes and distances stay", () => {
  const rewriter = new StreamRewriter(VIDEO);
  expect(rewriter.started).toBe(false);
  expect(rewrite(rewriter, packet(7, 90_000), 0)).toEqual(["send", 1_000, 500_000]);
  expect(rewrite(rewriter, packet(9, 93_000), 33)).toEqual(["send", 1_002, 503_000]);
  expect(rewrite(rewriter, packet(8, 90_000), 40)).toEqual(["send", 1_001, 500_000]);
  expect(rewriter.rewrite(packet(8, 90_000), undefined, 41)).toBe("skip");
  expect(rewriter.rewrite(packet(6, 87_000), undefined, 41)).toBe("skip");
  expect(rewriter).toMatchObject({ started: true, lastSequence: 1_002, lastTimestamp: 503_000 });
});

test("padding is not sent and not missed; a number kept for it is filled", () => {
  const rewriter = new StreamRewriter(VIDEO);
  rewrite(rewriter, packet(1, 0), 0);
  expect(rewriter.rewrite(padding(2, 0), undefined, 1)).toBe("skip");
  expect(rewrite(rewriter, packet(3, 3_000), 33)).toEqual(["send", 1_001, 503_000]);
  expect(rewrite(rewriter, packet(5, 6_000), 66)).toEqual(["send", 1_003, 506_000]);
  expect(rewrite(rewriter, padding(4, 3_000), 70)).toEqual(["fill", 1_002, 506_000]);
});

test("another source goes on by the time that went by when nothing else is known", () => {
  const rewriter = new StreamRewriter(VIDEO);
  rewrite(rewriter, packet(1, 0), 1_000);
  const first = packet(40_000, 0xffff_ff00);
  rewriter.switchTo(first, undefined, 1_100);
  expect(rewrite(rewriter, first, 1_100)).toEqual(["send", 1_001, 509_000]);
  expect(rewrite(rewriter, packet(40_001, 0xffff_ff00 + 3_000), 1_133)).toEqual(["send", 1_002, 512_000]);
  expect(rewriter.mapTimestamp(0xffff_ff00)).toBe(509_000);
});

test("two sources within one millisecond do not share a timestamp", () => {
  const rewriter = new StreamRewriter(VIDEO);
  rewrite(rewriter, packet(1, 0), 1_000);
  rewriter.switchTo(packet(5, 5), undefined, 1_000);
  expect(rewrite(rewriter, packet(5, 5), 1_000)).toEqual(["send", 1_001, 500_001]);
});

test("layers of one camera keep its time: their clocks are laid over each other", () => {
  const small = { ntp: ntpFromUnixMs(5_000), rtpTimestamp: 1_000 };
  const large = { ntp: ntpFromUnixMs(5_010), rtpTimestamp: 70_000 };
  const rewriter = new StreamRewriter(VIDEO);
  rewrite(rewriter, packet(1, 1_000), 100);
  // 100 ms after the small layer's report, but it took 130 ms to come.
  const first = packet(9, 70_000 + 90 * 90);
  const projected = rewriter.mapTimestamp(projectTimestamp(first.timestamp, large, small, 90_000));
  rewriter.switchTo(first, undefined, 230, projected);
  expect(rewrite(rewriter, first, 230)).toEqual(["send", 1_001, 500_000 + 100 * 90]);
});

test.each([
  ["the same moment as the last frame", 500_000, 500_001],
  ["earlier than the last frame", 499_000, 500_001],
  ["a broken report, far ahead", 500_000 + 90_000 * 30, 504_500],
  ["a broken report, far behind", 500_000 - 90_000 * 30, 504_500],
])("projected to %s", (_, projected, timestamp) => {
  const rewriter = new StreamRewriter(VIDEO);
  rewrite(rewriter, packet(1, 0), 0);
  const first = packet(9, 9);
  rewriter.switchTo(first, undefined, 50, projected);
  expect(rewrite(rewriter, first, 50)).toEqual(["send", 1_001, timestamp]);
});

test("the same source after a pause keeps its clock", () => {
  const rewriter = new StreamRewriter(VIDEO);
  rewrite(rewriter, packet(1, 0), 0);
  const again = packet(300, 450_000);
  rewriter.switchTo(again, undefined, 5_200, rewriter.mapTimestamp(again.timestamp));
  expect(rewrite(rewriter, again, 5_200)).toEqual(["send", 1_001, 950_000]);
});

test("timestamps wrap", () => {
  const rewriter = new StreamRewriter({ ...VIDEO, firstTimestamp: 0xffff_ffff });
  expect(rewrite(rewriter, packet(1, 0), 0)).toEqual(["send", 1_000, 0xffff_ffff]);
  expect(rewrite(rewriter, packet(2, 3_000), 33)).toEqual(["send", 1_001, 2_999]);
  const other = packet(9, 9);
  rewriter.switchTo(other, undefined, 66);
  expect(rewrite(rewriter, other, 66)).toEqual(["send", 1_002, 2_999 + 33 * 90]);
});

test("a number of our own goes between frames", () => {
  const rewriter = new StreamRewriter(VIDEO);
  rewrite(rewriter, packet(1, 0), 0);
  expect(rewriter.insert()).toBe(1_001);
  expect(rewrite(rewriter, packet(2, 3_000), 33)).toEqual(["send", 1_002, 503_000]);
});

/** One VP8 frame in one packet, with all numbers. */
function vp8(sequence: number, id: number, layer: number, key = false): { view: RtpView; descriptor: Vp8Descriptor } {
  const payload = Uint8Array.of(0x90, 0xf0, 0x80 | (id >> 8), id & 0xff, id & 0xff, layer << 6, key ? 0x50 : 0x51, 1);
  const view = viewOf({ sequence, timestamp: id * 3_000, payload });
  const descriptor = new Vp8Descriptor();
  descriptor.parse(view.bytes, view.payloadOffset, view.payloadEnd);
  return { view, descriptor };
}

test("a VP8 layer that is left out is missing in no number", () => {
  const template = new PacketTemplate({ ssrc: 1, payloadType: 96 });
  const rewriter = new StreamRewriter(VIDEO);
  rewriter.temporalLimit = 0;
  const sent: [sequence: number, pictureId: number][] = [];
  const first = vp8(50, 10, 0, true);
  rewriter.switchTo(first.view, first.descriptor, 0);
  for (let i = 0; i < 8; i++) {
    const { view, descriptor } = vp8(50 + i, 10 + i, i % 2, i === 0);
    if (rewriter.rewrite(view, descriptor, i * 33) !== "send") continue;
    const out = template.forward(view, NO_EXTENSIONS, rewriter.sequence, rewriter.timestamp);
    rewriter.writeVp8(out, template.headerBytes, view, descriptor);
    const written = viewOf(out);
    const check = new Vp8Descriptor();
    check.parse(written.bytes, written.payloadOffset, written.payloadEnd);
    sent.push([written.sequence, check.pictureId]);
    expect(view.bytes[view.payloadOffset + 3]).toBe(10 + i);
  }
  expect(sent).toEqual([
    [1_000, 10],
    [1_001, 11],
    [1_002, 12],
    [1_003, 13],
  ]);
  expect(rewriter.temporalLayer).toBe(0);
});

test("a late packet of a VP8 layer that is left out is filled", () => {
  const rewriter = new StreamRewriter(VIDEO);
  rewriter.temporalLimit = 0;
  for (const { view, descriptor } of [vp8(1, 1, 0, true), vp8(3, 3, 0)]) rewriter.rewrite(view, descriptor, 0);
  const late = vp8(2, 2, 1);
  expect(rewriter.rewrite(late.view, late.descriptor, 1)).toBe("fill");
  expect(rewriter.sequence).toBe(1_001);
});
