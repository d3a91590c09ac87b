import { expect, test } from "vitest";
import { type AmfObject, type AmfValue, decodeAmf0, encodeAmf0, encodeAmf0EcmaArray, isAmfObject } from "./amf0.ts";
import { MalformedError, UnsupportedError } from "./errors.ts";

const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.replaceAll(" ", "").match(/../g) ?? [], (b) => parseInt(b, 16));

test.each([
  ["a number cut off", "00 3f f0", /8 bytes needed, 2 left/],
  ["a string longer than the input", "02 00 05 61", /5 bytes needed, 1 left/],
  ["a long string of 4 GB", "0c ff ff ff ff 61", /4294967295 bytes needed/],
  ["a strict array of 4 billion values", "0a ff ff ff ff 05", /1 bytes needed, 0 left/],
  ["an object without end", "03 00 01 61 05", /2 bytes needed, 0 left/],
  ["an empty key without end marker", "03 00 00 05", /empty key without object end/],
  ["an unknown marker", "42", /unknown marker 0x42/],
  ["a movie clip, which is reserved", "04", /unknown marker 0x04/],
])("%s is malformed", (_, input, message) => {
  expect(() => decodeAmf0(hex(input))).toThrow(MalformedError);
  expect(() => decodeAmf0(hex(input))).toThrow(message);
});

test.each([
  ["an AMF3 value", "11 0a 0b 01", /AMF3 values are not accepted/],
  ["a reference", "07 00 00", /references are not accepted/],
])("%s is refused in words", (_, input, message) => {
  expect(() => decodeAmf0(hex(input))).toThrow(UnsupportedError);
  expect(() => decodeAmf0(hex(input))).toThrow(message);
});

test("nesting and the number of values are limited, the limit itself is allowed", () => {
  const nested = (depth: number): Uint8Array => hex("0a 00000001".repeat(depth) + "05");
  expect(decodeAmf0(nested(3), { maxDepth: 3 })).toEqual([[[[null]]]]);
  expect(() => decodeAmf0(nested(4), { maxDepth: 3 })).toThrow(/nested deeper than 3/);
  expect(() => decodeAmf0(nested(100_000))).toThrow(/nested deeper than 32/);
  expect(decodeAmf0(hex("05 05 05"), { maxValues: 3 })).toEqual([null, null, null]);
  expect(() => decodeAmf0(hex("05 05 05 05"), { maxValues: 3 })).toThrow(/over 3 values/);
});

test("a cyclic value cannot be encoded", () => {
  const cyclic: AmfObject = {};
  cyclic["self"] = cyclic;
  expect(() => encodeAmf0([cyclic])).toThrow(RangeError);
  expect(() => encodeAmf0([{ "": 1 }])).toThrow(/key of 0 bytes/);
});

test("every marker has its value", () => {
  const input = `
    00 4037f9db22d0e560  01 01  02 0002 c3a9  05  06  0d
    0b 42763f1d84b00000 0000  0c 00000002 6869  0f 00000003 3c612f
    10 0003 466f6f 0001 61 01 00 0000 09
    08 00000063 0001 6b 05 0000 09  0a 00000002 05 06`;
  expect(decodeAmf0(hex(input.replaceAll(/\s/g, "")))).toEqual([
    23.976,
    true,
    "é",
    null,
    undefined,
    undefined,
    new Date(1528770874112),
    "hi",
    "<a/",
    { a: false },
    { k: null },
    [null, undefined],
  ]);
});

test("a key that JavaScript treats specially stays a key", () => {
  const [object] = decodeAmf0(hex("03 0009 5f5f70726f746f5f5f 02 0001 78 0000 09"));
  if (object === undefined || !isAmfObject(object)) throw new Error("not an object");
  expect(Object.keys(object)).toEqual(["__proto__"]);
  expect(Object.getPrototypeOf(object)).toBeNull();
});

test("what is encoded is decoded again", () => {
  const values: AmfValue[] = [
    "connect",
    1,
    { app: "live", nested: { list: [1, "two", null, undefined, false] }, at: new Date(1_700_000_000_000) },
    "ż".repeat(40_000),
    -0.5,
    [],
    {},
  ];
  expect(decodeAmf0(encodeAmf0(values))).toEqual(values);
  expect(decodeAmf0(encodeAmf0EcmaArray({ width: 1280, stereo: true }))).toEqual([{ width: 1280, stereo: true }]);
  expect(encodeAmf0EcmaArray({ a: true })).toEqual(hex("08 00000001 0001 61 01 01 0000 09"));
});
