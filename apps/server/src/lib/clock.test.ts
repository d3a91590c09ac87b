import { expect, test } from "vitest";
import { createManualClock } from "./clock.ts";

test("timers run in order of their due times, at their due times, and not after they were cancelled", () => {
  const clock = createManualClock(1_000_000);
  const seen: string[] = [];
  const note = (name: string) => () => seen.push(`${name}@${clock.monotonicMs()}`);
  const stop = clock.every(40, note("every"));
  clock.after(100, note("once"));
  const never = clock.after(50, note("never"));
  never();
  clock.advance(100);
  stop();
  clock.advance(1000);
  expect(seen).toEqual(["every@40", "every@80", "once@100"]);
  expect(clock.wallMs()).toBe(1_001_100);
});
