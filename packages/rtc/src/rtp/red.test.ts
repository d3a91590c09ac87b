/** Copies of sound in later packets. */
import { expect, test } from "vitest";
import { splitRed } from "./red.ts";
import { hex } from "./testing.ts";

test("a packet with two copies is taken apart (RFC 2198 §4)", () => {
  // Copies of 3 and 2 bytes, 1,920 and 960 ticks older, then the newest.
  expect(splitRed(hex("ef 1e0003 ef 0f0002 6f aabbcc ddee 0102"))).toEqual([
    { payloadType: 111, offsetTicks: 1_920, payload: hex("aabbcc") },
    { payloadType: 111, offsetTicks: 960, payload: hex("ddee") },
    { payloadType: 111, offsetTicks: 0, payload: hex("0102") },
  ]);
});

test("a packet without a copy is its newest block; a copy may be empty", () => {
  expect(splitRed(hex("6f 0102"))).toEqual([{ payloadType: 111, offsetTicks: 0, payload: hex("0102") }]);
  expect(splitRed(hex("ef 0f0000 6f 01"))?.map(({ payload }) => payload.length)).toEqual([0, 1]);
});

test.each([
  ["nothing", ""],
  ["a copy's header without a last one", "ef0f0002"],
  ["a cut header", "ef0f"],
  ["a copy longer than the packet", "ef0f0009 6f 0102"],
  ["more copies than anybody sends", "ef0f0000".repeat(9) + "6f01"],
])("%s is no such packet", (_, text) => {
  expect(splitRed(hex(text))).toBeUndefined();
});
