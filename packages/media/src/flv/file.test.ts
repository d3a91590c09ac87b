/** FLV byte streams in cuts of any size. */
import { expect, test } from "vitest";
import { MalformedError, ProtocolViolation } from "../errors.ts";
import { concat } from "../bytes.ts";
import { type FlvTag, FlvReader, serializeFlvHeader, serializeFlvTag } from "./file.ts";

const TAGS: readonly FlvTag[] = [
  { typeId: 18, timestampMs: 0, payload: Uint8Array.of(2, 0, 0) },
  { typeId: 9, timestampMs: 40, payload: Uint8Array.from({ length: 5_000 }, (_, i) => i % 251) },
  { typeId: 8, timestampMs: 0xffff_fff0, payload: new Uint8Array(0) },
  { typeId: 9, timestampMs: 80, payload: Uint8Array.of(0x17, 1, 0, 0, 0) },
];
const FILE = concat([serializeFlvHeader({ video: true, audio: true }), ...TAGS.map(serializeFlvTag)]);

function read(bytes: Uint8Array, cutBytes: number, maxTagBytes?: number): FlvTag[] {
  const reader = new FlvReader(maxTagBytes);
  const tags: FlvTag[] = [];
  for (let at = 0; at < bytes.length; at += cutBytes) tags.push(...reader.push(bytes.subarray(at, at + cutBytes)));
  return tags;
}

test.each([1, 2, 7, 13, 4_096, FILE.length])("cuts of %i bytes give the same tags", (cutBytes) => {
  expect(read(FILE, cutBytes)).toEqual(TAGS);
});

test("a tag comes as soon as its last byte does, without the size field behind it", () => {
  const reader = new FlvReader();
  const lastByte = FILE.length - 5;
  expect(reader.push(FILE.subarray(0, lastByte))).toHaveLength(3);
  expect(reader.push(FILE.subarray(lastByte, lastByte + 1))).toEqual([TAGS[3]]);
});

test("payloads do not change when the received block is used again", () => {
  const block = new Uint8Array(FILE);
  const tags = new FlvReader().push(block);
  block.fill(0);
  expect(tags).toEqual(TAGS);
});

test("another signature and an encrypted tag are malformed, a tag over the limit is a violation", () => {
  expect(() => read(Uint8Array.from(Buffer.from("FLX\x01\x05\0\0\0\x09\0\0\0\0", "latin1")), 1)).toThrow(
    MalformedError,
  );
  const encrypted = new Uint8Array(FILE);
  encrypted[13] = 0x29;
  expect(() => read(encrypted, 3)).toThrow(MalformedError);
  expect(() => read(FILE, 100, 4_999)).toThrow(ProtocolViolation);
});
