/** Whether an encoder suddenly sends much less than it did, and since when. Pure. */
import type { HealthSample } from "@rostrum/contract/health";

/** `at` is RFC 3339: the first reading that was low. */
export type BitrateFall = Readonly<{ at: string; fromBps: number; toBps: number }>;

/** Readings that a fall is told from: three minutes. What is low for longer has become the usual. */
export const FALL_SAMPLES = 36;
/** Readings before the fall, of the same connection, that say what was usual. */
const USUAL_SAMPLES = 6;
/** Less than this part of the usual is a fall. */
const LOW = 0.5;

type Reading = Readonly<{ at: string; bps: number }>;
type Source = HealthSample["source"];

/**
 * @param samples the last ones, oldest first; those of other connections are left out
 * @param source as it is now
 */
export function bitrateFall(
  samples: readonly Pick<HealthSample, "at" | "source">[],
  source: Source,
  at: string,
): BitrateFall | null {
  const now = bpsOf(source);
  if (source === null || now === null || now === 0) return null;
  const before = samples.filter((one) => one.source?.connectedAt === source.connectedAt).flatMap(readingOf);
  const usual = median(before.map(({ bps }) => bps));
  if (usual === null || now >= usual * LOW) return null;
  const steady = before.findLastIndex(({ bps }) => bps >= usual * LOW);
  if (steady + 1 < USUAL_SAMPLES) return null;
  return { at: before[steady + 1]?.at ?? at, fromBps: usual, toBps: now };
}

function readingOf({ at, source }: Pick<HealthSample, "at" | "source">): Reading[] {
  const bps = bpsOf(source);
  return bps === null ? [] : [{ at, bps }];
}

function bpsOf(source: Source): number | null {
  return source === null || source.kind === "slate" ? null : source.videoBitrateBps;
}

function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}
