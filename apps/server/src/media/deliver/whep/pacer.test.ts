import { expect, test } from "vitest";
import { Pacer } from "./pacer.ts";

/** Bytes of packets of 1,000 that go out until `untilMs`, asked every 5 ms. */
function sentUntil(pacer: Pacer, untilMs: number): number {
  let bytes = 0;
  for (let nowMs = 0; nowMs <= untilMs; nowMs += 5) {
    while (pacer.maySend(nowMs)) {
      pacer.sent(1_000);
      bytes += 1_000;
    }
  }
  return bytes;
}

test("a burst goes out at once, the rest at four times the speed of the show", () => {
  const pacer = new Pacer(0);
  pacer.setRates(10_000_000, undefined);
  expect(sentUntil(pacer, 0)).toBe(40_000);
  expect(sentUntil(pacer, 100)).toBeCloseTo(500_000, -4);
});

test("what the viewer believes to get through counts, but never less than the show needs", () => {
  const narrow = new Pacer(0);
  narrow.setRates(2_000_000, 4_000_000);
  expect(sentUntil(narrow, 1000)).toBeCloseTo(1_040_000, -4);
  const hopeless = new Pacer(0);
  hopeless.setRates(2_000_000, 100_000);
  expect(sentUntil(hopeless, 1000)).toBeCloseTo(415_000, -4);
});
