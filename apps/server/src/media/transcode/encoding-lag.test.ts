import { expect, test } from "vitest";
import { EncodingLag } from "./encoding-lag.ts";

/** Pictures of 30 a second from `fromMs` on. */
function feed(lag: EncodingLag, fromMs: number, lateMs: readonly number[]): void {
  for (const [n, late] of lateMs.entries()) lag.came(late, fromMs + n * 33);
}

test("it is what pictures take, not what the first ones waited for", () => {
  const lag = new EncodingLag();
  lag.begin();
  expect(lag.ms).toBe(200);
  feed(
    lag,
    1000,
    Array.from({ length: 30 }, (_, n) => 2000 - n * 50),
  );
  expect(lag.ms).toBe(200);
  feed(lag, 3000, new Array<number>(61).fill(620));
  expect(lag.ms).toBe(620);
});

test("single late pictures change nothing, and a faster encoder is noticed", () => {
  const lag = new EncodingLag();
  lag.begin();
  feed(lag, 2000, new Array<number>(30).fill(150));
  feed(
    lag,
    3000,
    Array.from({ length: 61 }, (_, n) => (n % 10 === 0 ? 900 : 150)),
  );
  expect(lag.ms).toBe(150);
  feed(lag, 6000, new Array<number>(31).fill(90));
  expect(lag.ms).toBe(90);
  lag.begin();
  expect(lag.ms).toBe(200);
});

test.each([
  ["begins late", 5000, 12],
  ["catches up slowly", 500, 4],
])("an encoder that %s tells nothing before it is at its usual pace", (_, fromMs, catchesUpMs) => {
  const lag = new EncodingLag();
  lag.begin();
  const burst = Array.from({ length: 2400 / catchesUpMs }, (_unused, n) => 2500 - n * catchesUpMs);
  feed(lag, fromMs, burst);
  expect(lag.ms).toBe(200);
  feed(lag, fromMs + burst.length * 33, new Array<number>(100).fill(100));
  expect(lag.ms).toBe(100);
});
