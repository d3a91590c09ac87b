import { expect, test } from "vitest";
import { AttemptLimiter, tooMany } from "./rate-limit.ts";

const MINUTE_MS = 60_000;
function limiter(part: Partial<ConstructorParameters<typeof AttemptLimiter>[0]> = {}) {
  const clock = { nowMs: 0 };
  const options = {
    max: 3,
    windowMs: MINUTE_MS,
    maxWaitMs: 5 * MINUTE_MS,
    maxKeys: 100,
    now: () => clock.nowMs,
    ...part,
  };
  return { clock, attempts: new AttemptLimiter(options) };
}
const failTimes = (attempts: AttemptLimiter, key: string, times: number): void => {
  for (let n = 0; n < times; n += 1) attempts.fail(key);
};

test("the last allowed failure closes the door for that key only", () => {
  const { attempts } = limiter();
  expect([attempts.fail("a"), attempts.fail("a"), attempts.fail("a")]).toEqual([false, false, true]);
  expect([attempts.waitMs("a"), attempts.waitMs("b")]).toEqual([MINUTE_MS, 0]);
  expect(() => attempts.admit("a")).toThrow("Too many attempts. Try again in 60 seconds.");
  attempts.admit("b");
});

test("each further wait is twice as long, up to the longest", () => {
  const { attempts, clock } = limiter();
  const waits = [];
  for (let n = 0; n < 5; n += 1) {
    failTimes(attempts, "a", 3);
    waits.push(attempts.waitMs("a") / MINUTE_MS);
    clock.nowMs += attempts.waitMs("a");
  }
  expect(waits).toEqual([1, 2, 4, 5, 5]);
});

test("failures far apart do not add up, and a success forgets them", () => {
  const { attempts, clock } = limiter();
  failTimes(attempts, "a", 2);
  clock.nowMs += MINUTE_MS;
  failTimes(attempts, "a", 2);
  expect(attempts.waitMs("a")).toBe(0);
  attempts.succeed("a");
  failTimes(attempts, "a", 2);
  expect(attempts.waitMs("a")).toBe(0);
});

test("beyond its capacity it forgets the key that was quiet for longest", () => {
  const { attempts } = limiter({ max: 1, maxKeys: 2 });
  for (const key of ["a", "b", "c"]) attempts.fail(key);
  expect(["a", "b", "c"].map((key) => attempts.waitMs(key))).toEqual([0, MINUTE_MS, MINUTE_MS]);
});

test("the refusal says when to come back, never in zero seconds", () => {
  expect(tooMany(1)).toMatchObject({ code: "rate_limited", details: { retryAfterSec: 1 } });
  expect(tooMany(61_001).details).toEqual({ retryAfterSec: 62 });
});
