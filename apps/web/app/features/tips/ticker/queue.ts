/** Which tip the ticker shows, and which wait. Pure; times are ms of one clock. */
import type { ShownTip } from "@rostrum/contract/tips";

/** How long one tip is shown. */
export const SHOW_MS = 8000;
/** More than so many do not wait: the last would be shown minutes late. */
export const MAX_WAITING = 20;
const MAX_SEEN = 500;

/** `skipped`: tips that were never shown, because too many waited. */
export type TickerQueue = Readonly<{
  shown: Readonly<{ tip: ShownTip; untilMs: number }> | null;
  waiting: readonly ShownTip[];
  seen: readonly string[];
  skipped: number;
}>;

export const EMPTY_QUEUE: TickerQueue = { shown: null, waiting: [], seen: [], skipped: 0 };

/** In the order they came; one that was seen before is not taken again. Of too many the smallest, and of those the oldest, goes. */
export function enqueue(queue: TickerQueue, tips: readonly ShownTip[]): TickerQueue {
  const known = new Set(queue.seen);
  const fresh = tips.filter(({ id }) => !known.has(id) && known.add(id));
  if (fresh.length === 0) return queue;
  const waiting = [...queue.waiting, ...fresh];
  const excess = Math.max(0, waiting.length - MAX_WAITING);
  for (let n = 0; n < excess; n += 1) waiting.splice(smallestOf(waiting), 1);
  return { ...queue, waiting, seen: [...known].slice(-MAX_SEEN), skipped: queue.skipped + excess };
}

/** What is shown at `nowMs`: the same for its time, then the next one. Answers the same object when nothing changes. */
export function advance(queue: TickerQueue, nowMs: number): TickerQueue {
  if (queue.shown !== null && nowMs < queue.shown.untilMs) return queue;
  const [next, ...waiting] = queue.waiting;
  if (next === undefined) return queue.shown === null ? queue : { ...queue, shown: null };
  return { ...queue, shown: { tip: next, untilMs: nowMs + SHOW_MS }, waiting };
}

/** A tip that was paid back is not shown any longer; the next one follows with `advance`. */
export function withdraw(queue: TickerQueue, id: string): TickerQueue {
  const waiting = queue.waiting.filter((tip) => tip.id !== id);
  const shown = queue.shown?.tip.id === id ? null : queue.shown;
  if (shown === queue.shown && waiting.length === queue.waiting.length) return queue;
  return { ...queue, shown, waiting };
}

/** The words of a tip may be shown now, or (empty) no longer. The one on the screen keeps its time. */
export function reword(queue: TickerQueue, id: string, message: string): TickerQueue {
  const change = (tip: ShownTip): ShownTip =>
    tip.id === id ? { ...tip, message: message === "" ? null : message } : tip;
  const { shown, waiting } = queue;
  if (shown?.tip.id !== id && !waiting.some((tip) => tip.id === id)) return queue;
  return { ...queue, shown: shown && { ...shown, tip: change(shown.tip) }, waiting: waiting.map(change) };
}

/** When `advance` is to be called next; null: when something new comes. */
export function nextAtMs({ shown }: TickerQueue): number | null {
  return shown?.untilMs ?? null;
}

/** All in one currency: a channel takes one. */
function smallestOf(tips: readonly ShownTip[]): number {
  let at = 0;
  for (const [index, { amountMinor }] of tips.entries()) if (amountMinor < (tips[at]?.amountMinor ?? 0)) at = index;
  return at;
}
