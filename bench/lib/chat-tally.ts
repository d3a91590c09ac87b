/** What clients of a chat received: how late, whether all, whether in the same order. */

/** One message; `from` and `n` count senders and their messages from 0. */
export type Said = Readonly<{ from: number; n: number; sentAt: number; text: string }>;

/** Of one generator's clients together. `orders` are hashes of what each client received, in its order. */
export type Tally = Readonly<{
  deliveries: number;
  lost: number;
  doubled: number;
  outOfOrder: number;
  orders: readonly number[];
  /** Deliveries by latency in ms, of those that were never cut; the last one is "or more". */
  latencies: readonly number[];
}>;

export const LATENCY_BUCKETS = 20_000;

/** Milliseconds since 1970, finer than `Date.now`, the same in all processes of the machine. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

export class Ear {
  count = 0;
  doubled = 0;
  outOfOrder = 0;
  order = 0;
  wasCut = false;
  readonly #next: number[] = [];
  readonly #latencies: number[];

  constructor(latencies: number[]) {
    this.#latencies = latencies;
  }

  hear({ from, n, sentAt }: Said): void {
    const expected = this.#next[from] ?? 0;
    if (n < expected) {
      this.doubled += 1;
      return;
    }
    if (n > expected) this.outOfOrder += 1;
    this.#next[from] = n + 1;
    this.count += 1;
    this.order = (Math.imul(this.order, 31) + from * 100_003 + n) | 0;
    if (this.wasCut) return;
    const bucket = Math.min(LATENCY_BUCKETS - 1, Math.max(0, Math.round(nowMs() - sentAt)));
    this.#latencies[bucket] = (this.#latencies[bucket] ?? 0) + 1;
  }
}

/** @param sent messages that were acknowledged */
export function tally(ears: readonly Ear[], latencies: readonly number[], sent: number): Tally {
  const sum = (of: (ear: Ear) => number): number => ears.reduce((total, ear) => total + of(ear), 0);
  return {
    deliveries: sum((ear) => ear.count),
    lost: sum((ear) => Math.max(0, sent - ear.count)),
    doubled: sum((ear) => ear.doubled),
    outOfOrder: sum((ear) => ear.outOfOrder),
    orders: [...new Set(ears.map((ear) => ear.order))],
    latencies,
  };
}

/** The latency in ms that `share` of all deliveries do not exceed. */
export function percentile(latencies: readonly number[], share: number): number {
  const total = latencies.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [ms, count] of latencies.entries()) {
    seen += count;
    if (seen >= total * share) return ms;
  }
  return Number.NaN;
}
