/** H.264 payloads, byte by byte and both ways. */
import { expect, test } from "vitest";
import { depacketizeH264, packetizeH264 } from "./h264.ts";
import { hex, randomFrom, toHex } from "./testing.ts";

const packetize = (nals: readonly string[], maxPayloadBytes: number): string[] =>
  packetizeH264(nals.map(hex), maxPayloadBytes).map(toHex);
const depacketize = (...payloads: readonly string[]): string[] | undefined =>
  depacketizeH264(payloads.map(hex))?.map(toHex);

test("small units share a packet, a large one is cut into even pieces", () => {
  const idr = `65${"00112233445566778899".repeat(3)}`;
  const payloads = packetize(["6742", "68ce", idr], 16);
  expect(payloads).toEqual([
    "78" + "0002" + "6742" + "0002" + "68ce",
    "7c85" + "00112233445566778899",
    "7c05" + "00112233445566778899",
    "7c45" + "00112233445566778899",
  ]);
  expect(depacketize(...payloads)).toEqual(["6742", "68ce", idr]);
});

test("a unit that fits goes as it is, up to the last byte", () => {
  const unit = `41${"ab".repeat(15)}`;
  expect(packetize([unit], 16)).toEqual([unit]);
  expect(packetize([`${unit}ab`], 16)).toHaveLength(2);
  expect(packetize(["", "4101", ""], 16)).toEqual(["4101"]);
  expect(packetize([], 16)).toEqual([]);
});

test("an aggregate is no larger than a packet, and as important as its most important unit", () => {
  // 1 + 2 + 5 + 2 + 6 = 16 bytes; one more does not fit.
  expect(packetize(["0601020304", "410102030405"], 16)).toEqual([
    "58" + "0005" + "0601020304" + "0006" + "410102030405",
  ]);
  expect(packetize(["0601020304", "41010203040506"], 16)).toEqual(["0601020304", "41010203040506"]);
});

test.each([
  ["nothing", []],
  ["an empty payload", [""]],
  ["a reserved type", ["00"]],
  ["packetization-mode 2", ["79 0001 0002 6742"]],
  ["FU-B", ["7d 85 0001 88"]],
  ["an aggregate without units", ["78"]],
  ["an aggregate with an empty unit", ["78 0000"]],
  ["an aggregate with a unit past the end", ["78 0003 6742"]],
  ["an aggregate with bytes left over", ["78 0002 6742 00"]],
  ["a piece without data", ["7c c5"]],
  ["a first piece alone", ["7c 85 88"]],
  ["a last piece alone", ["7c 45 88"]],
  ["two first pieces", ["7c 85 88", "7c 85 88"]],
  ["pieces of two units", ["7c 85 88", "7c 41 88"]],
  ["a unit between two pieces", ["7c 85 88", "41 9a", "7c 45 88"]],
])("%s is no access unit", (_, payloads) => {
  expect(depacketize(...payloads)).toBeUndefined();
});

test("a unit in one piece is a unit", () => {
  expect(depacketize("7cc5 88")).toEqual(["6588"]);
});

test("more than 8 MiB are not put together", () => {
  const piece = new Uint8Array(60_000);
  expect(depacketizeH264(Array.from({ length: 140 }, () => piece))).toBeUndefined();
});

test("any units come back as they went, whatever fits a packet", () => {
  const random = randomFrom(7);
  for (let run = 0; run < 200; run++) {
    const nals = Array.from({ length: 1 + random(8) }, () => {
      const nal = Uint8Array.from({ length: 1 + random(random(3) === 0 ? 3_000 : 40) }, () => random(256));
      nal[0] = (random(4) << 5) | (1 + random(12));
      return nal;
    });
    const maxPayloadBytes = 16 + random(1_200);
    const payloads = packetizeH264(nals, maxPayloadBytes);
    expect(Math.max(...payloads.map((payload) => payload.length))).toBeLessThanOrEqual(maxPayloadBytes);
    expect(depacketizeH264(payloads)).toEqual(nals);
  }
});
