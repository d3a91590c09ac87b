/** VP8's numbers over changing sources and left-out layers. */
import { expect, test } from "vitest";
import { hex, toHex } from "./testing.ts";
import { Vp8Descriptor } from "./vp8.ts";
import { Vp8Rewriter } from "./vp8-rewriter.ts";

type Frame = Readonly<{
  id: number;
  tl0?: number;
  layer?: number;
  sync?: boolean;
  key?: boolean;
  keyIdx?: number;
  bits?: 7 | 15;
}>;

/** One packet that is a whole frame: descriptor with all fields, then two bytes of VP8. */
function payload({ id, tl0 = 0, layer = 0, sync = false, key = false, keyIdx = 0, bits = 15 }: Frame): Uint8Array {
  const pictureId = bits === 15 ? [0x80 | (id >> 8), id & 0xff] : [id];
  return Uint8Array.of(0x90, 0xf0, ...pictureId, tl0, (layer << 6) | (sync ? 0x20 : 0) | keyIdx, key ? 0x50 : 0x51, 0);
}

function describe(frame: Frame): { bytes: Uint8Array; descriptor: Vp8Descriptor } {
  const bytes = payload(frame);
  const descriptor = new Vp8Descriptor();
  expect(descriptor.parse(bytes, 0, bytes.length)).toBe(true);
  return { bytes, descriptor };
}

/** What goes out: picture id, TL0PICIDX, KEYIDX; undefined when the frame is left out. */
function send(rewriter: Vp8Rewriter, frame: Frame, start = false): [number, number, number] | undefined {
  const { bytes, descriptor } = describe(frame);
  if (start) rewriter.start(descriptor);
  if (!rewriter.accept(descriptor)) return undefined;
  const packet = new Uint8Array([0, 0, 0, ...bytes]);
  rewriter.write(packet, descriptor, 3);
  const written = new Vp8Descriptor();
  expect(written.parse(packet, 3, packet.length)).toBe(true);
  expect(written.temporalId).toBe(descriptor.temporalId);
  expect(written.layerSync).toBe(descriptor.layerSync);
  return [written.pictureId, written.tl0PicIdx, written.keyIdx];
}

test("the first source keeps its numbers", () => {
  const rewriter = new Vp8Rewriter();
  expect(send(rewriter, { id: 0x7fff, tl0: 255, keyIdx: 31, key: true }, true)).toEqual([0x7fff, 255, 31]);
  expect(send(rewriter, { id: 0, tl0: 0, keyIdx: 31 })).toEqual([0, 0, 31]);
});

test("another source goes on where the last one was", () => {
  const rewriter = new Vp8Rewriter();
  send(rewriter, { id: 100, tl0: 10, keyIdx: 3, key: true }, true);
  send(rewriter, { id: 101, tl0: 11, keyIdx: 3 });
  expect(send(rewriter, { id: 5_000, tl0: 200, keyIdx: 20, key: true }, true)).toEqual([102, 12, 4]);
  expect(send(rewriter, { id: 5_001, tl0: 201, keyIdx: 20 })).toEqual([103, 13, 4]);
  // One of the source before, or from before the start.
  expect(send(rewriter, { id: 4_999, tl0: 199 })).toBeUndefined();
});

test("a lost frame leaves a hole and may come late, a left-out one leaves none", () => {
  const rewriter = new Vp8Rewriter();
  rewriter.temporalLimit = 0;
  expect(send(rewriter, { id: 10, key: true }, true)).toEqual([10, 0, 0]);
  expect(send(rewriter, { id: 11, layer: 1 })).toBeUndefined();
  expect(send(rewriter, { id: 13, tl0: 2 })).toEqual([12, 2, 0]);
  expect(send(rewriter, { id: 12, tl0: 1 })).toEqual([11, 1, 0]);
  // More packets of frames that are decided.
  expect(send(rewriter, { id: 11, layer: 1 })).toBeUndefined();
  expect(send(rewriter, { id: 12, tl0: 1 })).toEqual([11, 1, 0]);
});

test("a late frame of a layer that is not sent is left out", () => {
  const rewriter = new Vp8Rewriter();
  rewriter.temporalLimit = 0;
  send(rewriter, { id: 10, key: true }, true);
  send(rewriter, { id: 12, tl0: 1 });
  expect(send(rewriter, { id: 11, layer: 2 })).toBeUndefined();
  expect(send(rewriter, { id: 11, layer: 2 })).toBeUndefined();
});

test("layers go down at once and up where the stream allows it, one at a time", () => {
  const rewriter = new Vp8Rewriter();
  send(rewriter, { id: 1, key: true }, true);
  expect(send(rewriter, { id: 2, layer: 2 })).toEqual([2, 0, 0]);
  rewriter.temporalLimit = 0;
  expect(rewriter.temporalLayer).toBe(0);
  expect(send(rewriter, { id: 3, layer: 2, sync: true })).toBeUndefined();
  rewriter.temporalLimit = 2;
  expect(send(rewriter, { id: 4, layer: 1 })).toBeUndefined();
  expect(send(rewriter, { id: 5, layer: 2, sync: true })).toBeUndefined();
  expect(send(rewriter, { id: 6, layer: 1, sync: true })).toEqual([3, 0, 0]);
  expect(send(rewriter, { id: 7, layer: 2 })).toBeUndefined();
  expect(send(rewriter, { id: 8, layer: 2, sync: true })).toEqual([4, 0, 0]);
  expect(rewriter.temporalLayer).toBe(2);
});

test("a key frame brings all layers back", () => {
  const rewriter = new Vp8Rewriter();
  send(rewriter, { id: 1, key: true }, true);
  rewriter.temporalLimit = 0;
  rewriter.temporalLimit = 1;
  expect(send(rewriter, { id: 2, key: true })).toEqual([2, 0, 0]);
  expect(send(rewriter, { id: 3, layer: 1 })).toEqual([3, 0, 0]);
});

test("picture ids of 7 bits wrap at 128", () => {
  const rewriter = new Vp8Rewriter();
  expect(send(rewriter, { id: 126, bits: 7, key: true }, true)).toEqual([126, 0, 0]);
  expect(send(rewriter, { id: 127, bits: 7 })).toEqual([127, 0, 0]);
  expect(send(rewriter, { id: 0, bits: 7 })).toEqual([0, 0, 0]);
  expect(send(rewriter, { id: 3, bits: 7 })).toEqual([3, 0, 0]);
  expect(send(rewriter, { id: 90, bits: 7, key: true }, true)).toEqual([4, 1, 1]);
  for (let id = 91; id < 600; id++) {
    expect(send(rewriter, { id: id & 127, bits: 7 })).toEqual([(id - 86) & 127, 1, 1]);
  }
});

test("frames without these numbers are sent as they are", () => {
  const rewriter = new Vp8Rewriter();
  const bytes = hex("10 50 00");
  const descriptor = new Vp8Descriptor();
  descriptor.parse(bytes, 0, 3);
  rewriter.start(descriptor);
  expect(rewriter.accept(descriptor)).toBe(true);
  rewriter.write(bytes, descriptor, 0);
  expect(toHex(bytes)).toBe("105000");
});

test("a frame much older than the newest is left out", () => {
  const rewriter = new Vp8Rewriter();
  send(rewriter, { id: 1_000, key: true }, true);
  for (let id = 1_001; id < 1_100; id++) send(rewriter, { id });
  expect(send(rewriter, { id: 1_010 })).toBeUndefined();
  // A jump over all that is remembered.
  expect(send(rewriter, { id: 2_000 })).toEqual([2_000, 0, 0]);
  expect(send(rewriter, { id: 1_950 })).toEqual([1_950, 0, 0]);
  expect(send(rewriter, { id: 1_900 })).toBeUndefined();
});
