/** Histograms: latency in a few steps that people read, join times in many fine ones from which quantiles are taken. Pure. */
import { LATENCY_EDGES_MS, type LatencyBin } from "@rostrum/contract/analytics";

/** Index of the latency's bin: 0 to `LATENCY_EDGES_MS.length`. */
export function latencyBin(latencyMs: number): number {
  const bin = LATENCY_EDGES_MS.findIndex((edge) => latencyMs < edge);
  return bin === -1 ? LATENCY_EDGES_MS.length : bin;
}

/** The bins' counts as shares; empty when all are 0. */
export function latencyShares(counts: readonly number[]): LatencyBin[] {
  const all = counts.reduce((total, count) => total + count, 0);
  if (all <= 0) return [];
  return counts.map((count, bin) => ({
    fromMs: LATENCY_EDGES_MS[bin - 1] ?? 0,
    toMs: LATENCY_EDGES_MS[bin] ?? null,
    share: count / all,
  }));
}

const SHORTEST_MS = 10;
/** Eight bins from a time to its double: each is 9 % wide. */
const BINS_PER_DOUBLING = 8;

/** Index of a duration's bin; everything up to 10 ms is 0. */
export function durationBin(ms: number): number {
  return Math.floor(BINS_PER_DOUBLING * Math.log2(Math.max(ms, SHORTEST_MS) / SHORTEST_MS));
}

/**
 * The duration in ms that the share `q` of all stays below, to ±5 %; null when nothing was counted.
 * @param counts by `durationBin`
 * @param q 0 to 1
 */
export function durationQuantile(counts: ReadonlyMap<number, number>, q: number): number | null {
  const all = [...counts.values()].reduce((total, count) => total + count, 0);
  if (all <= 0) return null;
  let below = 0;
  for (const [bin, count] of [...counts].toSorted(([a], [b]) => a - b)) {
    below += count;
    if (below >= all * q) return Math.round(SHORTEST_MS * 2 ** ((bin + 0.5) / BINS_PER_DOUBLING));
  }
  return null;
}
