/** VP8 payload descriptors. */
import { expect, test } from "vitest";
import { hex } from "./testing.ts";
import { Vp8Descriptor } from "./vp8.ts";

function parse(text: string): Vp8Descriptor | undefined {
  const bytes = hex(text);
  const descriptor = new Vp8Descriptor();
  return descriptor.parse(bytes, 0, bytes.length) ? descriptor : undefined;
}

test("one byte, first packet of a key frame", () => {
  expect(parse("10 50")).toMatchObject({
    startsFrame: true,
    keyframe: true,
    nonReference: false,
    pictureId: -1,
    tl0PicIdx: -1,
    temporalId: -1,
    keyIdx: -1,
    dataOffset: 1,
  });
});

test.each([
  ["a delta frame", "10 51", true, false],
  ["a later packet of a partition", "00 50", false, false],
  ["a later partition", "12 50", false, false],
])("%s", (_, bytes, startsFrame, keyframe) => {
  expect(parse(bytes)).toMatchObject({ startsFrame, keyframe });
});

test("all fields, picture id of 15 bits", () => {
  // X N S; I L T K; M 0x1234; TL0PICIDX 0xab; TID 2, Y, KEYIDX 9.
  expect(parse("b0 f0 9234 ab a9 50")).toMatchObject({
    nonReference: true,
    keyframe: true,
    pictureId: 0x1234,
    pictureIdBits: 15,
    pictureIdOffset: 2,
    tl0PicIdx: 0xab,
    tl0PicIdxOffset: 4,
    temporalId: 2,
    layerSync: true,
    keyIdx: 9,
    keyIdxOffset: 5,
    dataOffset: 6,
  });
});

test("picture id of 7 bits alone, key index alone, temporal id alone", () => {
  expect(parse("80 80 7f 00")).toMatchObject({ pictureId: 0x7f, pictureIdBits: 7, tl0PicIdx: -1, dataOffset: 3 });
  expect(parse("80 10 c5 00")).toMatchObject({ pictureId: -1, temporalId: -1, layerSync: false, keyIdx: 5 });
  expect(parse("80 20 45 00")).toMatchObject({ temporalId: 1, layerSync: false, keyIdx: -1 });
});

test.each(["", "10", "90 80", "90 80 81", "90 f0 9234 ab", "90 f0 9234 ab a9"])("%s has no VP8 data", (bytes) => {
  expect(parse(bytes)).toBeUndefined();
});

test("a descriptor is used again without traces of the one before", () => {
  const descriptor = new Vp8Descriptor();
  descriptor.parse(hex("b0 f0 9234 ab a9 50"), 0, 7);
  expect(descriptor.parse(hex("ffff 00 01"), 2, 4)).toBe(true);
  expect(descriptor).toMatchObject({ pictureId: -1, tl0PicIdx: -1, temporalId: -1, keyIdx: -1, keyframe: false });
  expect(descriptor.dataOffset).toBe(3);
});
