import { expect, test } from "vitest";
import { createPoller, type PollOptions, retryDelayMs } from "./polling.ts";

/** A clock moved by hand: `next` runs what was asked for and says how long it would have taken. */
function handClock() {
  let waiting: { delayMs: number; ring: () => void } | null = null;
  return {
    after: (delayMs: number, ring: () => void) => {
      const mine = { delayMs, ring };
      waiting = mine;
      return () => {
        if (waiting === mine) waiting = null;
      };
    },
    pending: () => waiting?.delayMs ?? null,
    next: async () => {
      const due = waiting;
      waiting = null;
      due?.ring();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function setUp(answers: readonly (string | Error)[], more: Partial<PollOptions<string>> = {}) {
  const clock = handClock();
  const left = [...answers];
  const poller = createPoller<string>({
    load: async () => {
      const answer = left.shift() ?? "no more";
      if (answer instanceof Error) throw answer;
      return answer;
    },
    initial: "first",
    intervalMs: 3000,
    isFinal: (error) => error instanceof RangeError,
    random: () => 0,
    after: clock.after,
    now: () => 1000,
    ...more,
  });
  return { clock, poller };
}

test("failures wait longer and longer, with jitter, never over 30 s", () => {
  expect([1, 2, 3, 4, 5, 9].map((failures) => retryDelayMs(failures, 3000, 0))).toEqual([
    3000, 6000, 12_000, 24_000, 30_000, 30_000,
  ]);
  expect(retryDelayMs(1, 4000, 1)).toBe(3000);
});

test("nobody is asked before somebody listens, nor after the last has left", async () => {
  const { clock, poller } = setUp(["second"]);
  expect(clock.pending()).toBe(null);
  const leave = poller.subscribe(() => undefined);
  expect(clock.pending()).toBe(3000);
  leave();
  expect(clock.pending()).toBe(null);
});

test("an outage keeps the last data and names the next try; an answer ends it", async () => {
  const { clock, poller } = setUp(["second", new Error("down"), new Error("down"), "third"]);
  poller.subscribe(() => undefined);
  await clock.next();
  expect(poller.state()).toEqual({ data: "second", failure: null, retryAt: null });
  await clock.next();
  expect(poller.state()).toMatchObject({ data: "second", retryAt: 4000 });
  await clock.next();
  expect(poller.state()).toMatchObject({ data: "second", retryAt: 7000 });
  await clock.next();
  expect(poller.state()).toEqual({ data: "third", failure: null, retryAt: null });
  expect(clock.pending()).toBe(3000);
});

test("a refusal is not asked again until somebody wants it", async () => {
  const refusal = new RangeError("not yours");
  const { clock, poller } = setUp([refusal, "again"]);
  poller.subscribe(() => undefined);
  await clock.next();
  expect(poller.state()).toEqual({ data: "first", failure: refusal, retryAt: null });
  expect(clock.pending()).toBe(null);
  poller.refresh();
  await new Promise((resolve) => setImmediate(resolve));
  expect(poller.state().data).toBe("again");
});

test("an answer that was under way does not undo what was put in", async () => {
  let answer: (text: string) => void = () => undefined;
  const { clock, poller } = setUp([], {
    load: () =>
      new Promise<string>((resolve) => {
        answer = resolve;
      }),
  });
  poller.subscribe(() => undefined);
  await clock.next();
  poller.set("from the action");
  answer("older");
  await new Promise((resolve) => setImmediate(resolve));
  expect(poller.state().data).toBe("from the action");
});
