import { expect, test } from "vitest";
import { ByteReader, ByteWriter, concat, equalBytes } from "./bytes.ts";
import { MalformedError } from "./errors.ts";

test.each([
  ["u32 of 3 bytes", (r: ByteReader) => r.u32()],
  ["a negative length", (r: ByteReader) => r.bytes(-1)],
  ["a length that is no number", (r: ByteReader) => r.bytes(Number.NaN)],
  ["more than is left", (r: ByteReader) => r.skip(4)],
])("%s is refused and names the spec", (_, read) => {
  const reader = new ByteReader(new Uint8Array(3), "Test 1.2");
  expect(() => read(reader)).toThrow(MalformedError);
  expect(() => read(reader)).toThrow(/at byte 0, Test 1\.2/);
  expect(reader.remaining).toBe(3);
});

test("a 64 bit value that a number cannot hold is refused", () => {
  const reader = new ByteReader(new Uint8Array(8).fill(0xff), "Test 1.2");
  expect(() => reader.u64()).toThrow(MalformedError);
});

test("what is written is read back, across growth of the buffer", () => {
  const written = new ByteWriter(16)
    .u8(0xab)
    .u16(0xcdef)
    .u24(0x800001)
    .u32(0xfffffffe)
    .u32le(0x01020304)
    .u64(Number.MAX_SAFE_INTEGER)
    .f64(23.976)
    .ascii("hvc1")
    .utf8("zażółć")
    .u24(-2)
    .zeros(2)
    .patchU32(0, 0x01020304)
    .finish();
  const reader = new ByteReader(written.subarray(4), "Test");
  expect([...written.subarray(0, 4)]).toEqual([1, 2, 3, 4]);
  expect([reader.u8(), reader.u8()]).toEqual([0x00, 0x01]);
  expect(reader.u32()).toBe(0xfffffffe);
  expect(reader.u32le()).toBe(0x01020304);
  expect(reader.u64()).toBe(Number.MAX_SAFE_INTEGER);
  expect(reader.f64()).toBe(23.976);
  expect(reader.fourCc()).toBe("hvc1");
  expect(reader.utf8(10)).toBe("zażółć");
  expect(reader.i24()).toBe(-2);
  expect([...reader.rest()]).toEqual([0, 0]);
  expect(() => new ByteWriter().u16(1).patchU32(0, 1)).toThrow(RangeError);
});

test("joining keeps the order and equality looks at content", () => {
  const joined = concat([Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)]);
  expect(joined).toEqual(Uint8Array.of(1, 2, 3));
  expect(equalBytes(joined, Uint8Array.of(1, 2, 3))).toBe(true);
  expect(equalBytes(joined, Uint8Array.of(1, 2, 4))).toBe(false);
  expect(equalBytes(joined, Uint8Array.of(1, 2))).toBe(false);
});
