/** Frames out of packets in any order, with holes. */
import { expect, test } from "vitest";
import { FrameBuffer, type FrameEvent, type FrameBufferOptions } from "./frame-buffer.ts";
import type { KeyframeMark } from "./keyframe.ts";
import { toHex, viewOf } from "./testing.ts";

const HOLD_MS = 100;

type Step = Readonly<{
  sequence: number;
  at?: number;
  marker?: boolean;
  mark?: KeyframeMark;
  empty?: boolean;
  time?: number;
}>;

/** Packet n carries the byte n and the timestamp `time`. */
function push(
  buffer: FrameBuffer,
  { sequence, at = 0, marker = false, mark = "none", empty = false, time = 0 }: Step,
): void {
  const payload = empty ? new Uint8Array() : Uint8Array.of(sequence & 0xff);
  buffer.push(viewOf({ sequence: sequence & 0xffff, timestamp: time, marker, payload }), mark, at);
}

/** What comes out, as text: `ticks:payloads` or `hole n`. */
function popAll(buffer: FrameBuffer, nowMs = 0): string[] {
  const found: string[] = [];
  for (let event = buffer.pop(nowMs, HOLD_MS); event !== undefined; event = buffer.pop(nowMs, HOLD_MS))
    found.push(show(event));
  return found;
}

function show(event: FrameEvent): string {
  if (event.type === "hole") return `hole ${event.packets}`;
  return `${event.ticks}:${event.payloads.map(toHex).join()}${event.mark === "start" ? " key" : ""}`;
}

/** A buffer into which these packets went. */
function bufferOf(steps: readonly Step[], options: FrameBufferOptions = { kind: "video" }): FrameBuffer {
  const buffer = new FrameBuffer(options);
  for (const step of steps) push(buffer, step);
  return buffer;
}

const KEY = { sequence: 1, mark: "start", marker: true, time: 0 } as const;

test("a frame of several packets comes out when its last packet is there", () => {
  const buffer = bufferOf([{ sequence: 1, mark: "start" }, { sequence: 2 }]);
  expect(popAll(buffer)).toEqual([]);
  push(buffer, { sequence: 3, marker: true });
  expect(popAll(buffer)).toEqual(["0:01,02,03 key"]);
});

test("a new timestamp ends a frame too", () => {
  const buffer = bufferOf([{ sequence: 1, mark: "start" }, { sequence: 2 }, { sequence: 3, time: 3_000 }]);
  expect(popAll(buffer)).toEqual(["0:01,02 key"]);
});

test("order is restored, over both wraps", () => {
  const time = 0xffff_f448; // 3,000 ticks before the wrap
  const buffer = bufferOf([
    { sequence: 65_534, mark: "start", marker: true, time },
    { sequence: 0, marker: true, time: 3_000 },
    { sequence: 65_535, marker: true, time: 0 },
  ]);
  expect(popAll(buffer)).toEqual([`${time}:fe key`, `${2 ** 32}:ff`, `${2 ** 32 + 3_000}:00`]);
});

test("nothing comes out before a key frame, and it is asked for", () => {
  const buffer = bufferOf([
    { sequence: 1, marker: true, time: 0 },
    { sequence: 2, marker: true, time: 3_000 },
  ]);
  expect(popAll(buffer)).toEqual([]);
  expect(buffer.needsKeyframe).toBe(true);
  push(buffer, { sequence: 3, marker: true, time: 6_000, mark: "start" });
  expect(buffer.needsKeyframe).toBe(false);
  expect(popAll(buffer)).toEqual(["6000:03 key"]);
});

test("a slice mark is enough only when parameter sets came out of band", () => {
  const step: Step = { sequence: 1, marker: true, mark: "slice" };
  expect(popAll(bufferOf([step]))).toEqual([]);
  expect(popAll(bufferOf([step], { kind: "video", sliceIsEnough: true }))).toEqual(["0:01"]);
});

test("a retransmission in time leaves no hole", () => {
  const buffer = bufferOf([KEY, { sequence: 3, marker: true, time: 6_000, at: 10 }]);
  expect(popAll(buffer, 10)).toEqual(["0:01 key"]);
  expect(popAll(buffer, 109)).toEqual([]);
  push(buffer, { sequence: 2, marker: true, time: 3_000, at: 109 });
  expect(popAll(buffer, 110)).toEqual(["3000:02", "6000:03"]);
});

test("a hole is told when it was waited for, then a video waits for a key frame", () => {
  const buffer = bufferOf([KEY, { sequence: 4, marker: true, time: 6_000, at: 10 }]);
  popAll(buffer, 10);
  expect(buffer.needsKeyframe).toBe(false);
  expect(popAll(buffer, 110)).toEqual(["hole 2"]);
  expect(buffer.needsKeyframe).toBe(true);
  push(buffer, { sequence: 2, marker: true, time: 3_000, at: 111 });
  push(buffer, { sequence: 5, marker: true, time: 9_000, at: 112, mark: "start" });
  expect(popAll(buffer, 112)).toEqual(["9000:05 key"]);
});

test("a key frame that came while a hole was waited for is where it goes on", () => {
  const buffer = bufferOf([
    KEY,
    { sequence: 3, marker: true, time: 3_000, at: 10 },
    { sequence: 4, mark: "start", time: 6_000, at: 20 },
    { sequence: 5, marker: true, time: 6_000, at: 20 },
  ]);
  expect(popAll(buffer, 110)).toEqual(["0:01 key", "hole 1", "6000:04,05 key"]);
});

test("a hole inside of a frame takes the whole frame with it", () => {
  const buffer = bufferOf([
    KEY,
    { sequence: 2, time: 3_000, at: 10 },
    { sequence: 4, marker: true, time: 3_000, at: 10 },
    { sequence: 5, marker: true, time: 6_000, at: 20 },
  ]);
  expect(popAll(buffer, 110)).toEqual(["0:01 key", "hole 1"]);
  expect(buffer.needsKeyframe).toBe(true);
});

test("sound goes on behind a hole", () => {
  const buffer = bufferOf(
    [
      { sequence: 1, time: 0 },
      { sequence: 2, time: 960 },
      { sequence: 5, time: 3_840, at: 10 },
    ],
    { kind: "audio" },
  );
  expect(buffer.needsKeyframe).toBe(false);
  expect(popAll(buffer, 10)).toEqual(["0:01 key", "960:02 key"]);
  expect(popAll(buffer, 110)).toEqual(["hole 2", "3840:05 key"]);
});

test("padding is no part of a frame, but fills its number", () => {
  const buffer = bufferOf([
    KEY,
    { sequence: 2, empty: true, time: 0 },
    { sequence: 3, time: 3_000 },
    { sequence: 4, empty: true, time: 0 },
    { sequence: 5, marker: true, time: 3_000 },
  ]);
  expect(popAll(buffer)).toEqual(["0:01 key", "3000:03,05"]);
});

test("duplicates and packets that come too late change nothing", () => {
  const buffer = bufferOf([KEY, KEY]);
  expect(popAll(buffer)).toEqual(["0:01 key"]);
  push(buffer, KEY);
  expect(popAll(buffer, 1_000)).toEqual([]);
});

test("the first packet to come need not be the first one sent", () => {
  const buffer = bufferOf([{ sequence: 0 }, { sequence: 1, marker: true }]);
  expect(popAll(buffer)).toEqual([]);
  push(buffer, { sequence: 65_535, mark: "start" });
  expect(popAll(buffer)).toEqual(["0:ff,00,01 key"]);
  push(buffer, { sequence: 65_534, mark: "start", marker: true });
  expect(popAll(buffer)).toEqual([]);
});

test("more than the buffer holds is given up without waiting", () => {
  const buffer = bufferOf([KEY]);
  popAll(buffer);
  for (let sequence = 3; sequence <= 2_049; sequence++) push(buffer, { sequence, marker: true, time: sequence });
  expect(popAll(buffer)).toEqual([]);
  push(buffer, { sequence: 2_050, marker: true, time: 2_050, mark: "start" });
  expect(popAll(buffer)).toEqual(["hole 1", "2050:02 key"]);
});

test("a jump over all of the buffer is one hole", () => {
  const buffer = bufferOf([{ sequence: 1, time: 0 }], { kind: "audio" });
  expect(popAll(buffer)).toEqual(["0:01 key"]);
  push(buffer, { sequence: 10_001, time: 10_000, at: 5 });
  expect(popAll(buffer, 5).join()).toMatch(/^hole \d+$/);
  expect(popAll(buffer, 200)).toEqual(["hole 2047", "10000:11 key"]);
});

test("without a key frame it never grows", () => {
  const buffer = bufferOf([]);
  for (let sequence = 0; sequence < 10_000; sequence++) {
    push(buffer, { sequence, marker: true, time: sequence });
    expect(buffer.pop(sequence, HOLD_MS)).toBeUndefined();
  }
  push(buffer, { sequence: 10_000, marker: true, time: 10_000, mark: "start" });
  expect(popAll(buffer)).toEqual(["10000:10 key"]);
});

test("a source that begins anew waits for a key frame again", () => {
  const buffer = bufferOf([KEY]);
  expect(popAll(buffer)).toEqual(["0:01 key"]);
  buffer.reset();
  push(buffer, { sequence: 50_000, marker: true, time: 77 });
  expect(popAll(buffer)).toEqual([]);
  push(buffer, { sequence: 50_001, marker: true, time: 80, mark: "start" });
  expect(popAll(buffer)).toEqual(["80:51 key"]);
});

test("a frame says when it was complete", () => {
  const buffer = bufferOf([
    { sequence: 1, mark: "start", at: 30 },
    { sequence: 2, marker: true, at: 20 },
  ]);
  expect(buffer.pop(40, HOLD_MS)).toMatchObject({ type: "frame", completeAtMs: 30 });
});
