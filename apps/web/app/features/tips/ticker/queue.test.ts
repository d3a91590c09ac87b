import type { ShownTip } from "@rostrum/contract/tips";
import { expect, test } from "vitest";
import { advance, EMPTY_QUEUE, enqueue, MAX_WAITING, nextAtMs, reword, type TickerQueue, withdraw } from "./queue.ts";

const tip = (id: string, amountMinor = 500): ShownTip => ({
  ...{ id, amountMinor, currency: "EUR", name: `giver ${id}`, anonymous: false, message: null },
  ...{ mediaTimeMs: null, at: "2026-01-01T00:00:00.000Z", notice: null },
});
const tips = (count: number, from = 0) => Array.from({ length: count }, (_, n) => tip(`t${from + n}`));
const shownAt = (queue: TickerQueue): string | null => queue.shown?.tip.id ?? null;

test("one after the other, eight seconds each, in the order they came", () => {
  let queue = advance(enqueue(EMPTY_QUEUE, [tip("a"), tip("b")]), 1000);
  expect([shownAt(queue), nextAtMs(queue)]).toEqual(["a", 9000]);
  queue = enqueue(queue, [tip("c")]);
  expect(advance(queue, 8999)).toBe(queue);
  queue = advance(queue, 9000);
  expect([shownAt(queue), nextAtMs(queue)]).toEqual(["b", 17_000]);
  queue = advance(queue, 17_000);
  expect(shownAt(queue)).toBe("c");
  queue = advance(queue, 25_000);
  expect([shownAt(queue), nextAtMs(queue)]).toEqual([null, null]);
  expect(advance(queue, 99_000)).toBe(queue);
});

test("a page that slept shows the next one for its whole time", () => {
  const queue = advance(enqueue(EMPTY_QUEUE, [tip("a"), tip("b")]), 0);
  expect(nextAtMs(advance(queue, 3_600_000))).toBe(3_608_000);
});

test("the same tip is shown once, also when it comes again later", () => {
  let queue = enqueue(EMPTY_QUEUE, [tip("a"), tip("a")]);
  expect(queue.waiting).toHaveLength(1);
  queue = advance(advance(queue, 0), 8000);
  expect(enqueue(queue, [tip("a")])).toBe(queue);
});

test("of too many the smallest does not wait, and it is counted", () => {
  const many = [tip("small", 100), ...tips(MAX_WAITING - 1), tip("large", 9000)];
  const queue = enqueue(EMPTY_QUEUE, many);
  expect(queue.waiting).toHaveLength(MAX_WAITING);
  expect(queue.waiting.map(({ id }) => id)).not.toContain("small");
  expect(queue.skipped).toBe(1);
  const flood = Array.from({ length: 100 }).reduce<TickerQueue>((q, _, n) => enqueue(q, tips(50, n * 50)), queue);
  expect([flood.waiting.length, flood.seen.length]).toEqual([MAX_WAITING, 500]);
  expect(flood.waiting.map(({ id }) => id)).toContain("large");
});

test("a tip that was paid back goes, from the screen and from the queue", () => {
  const queue = advance(enqueue(EMPTY_QUEUE, [tip("a"), tip("b"), tip("c")]), 0);
  const without = advance(withdraw(withdraw(queue, "a"), "b"), 1000);
  expect([shownAt(without), without.waiting]).toEqual(["c", []]);
  expect(withdraw(queue, "unknown")).toBe(queue);
});

test("words that come later are shown, and taken back, without another turn", () => {
  const queue = advance(enqueue(EMPTY_QUEUE, [tip("a"), tip("b")]), 0);
  const worded = reword(reword(queue, "a", "Hello"), "b", "You");
  expect([worded.shown?.tip.message, worded.waiting[0]?.message, nextAtMs(worded)]).toEqual(["Hello", "You", 8000]);
  expect(reword(worded, "a", "").shown?.tip.message).toBeNull();
  expect(reword(queue, "unknown", "x")).toBe(queue);
});
