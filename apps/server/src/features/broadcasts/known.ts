/** What playlists and beacons ask of a broadcast many times a second: remembered for seconds, forgotten at once on a change. */
import type { Context } from "../../context.ts";
import type { BroadcastChange } from "../../ports/bus-events.ts";
import { follow } from "../../ports/follow.ts";
import { findShown, type ShownRow } from "./queries.ts";

/** After this it is read anew while the old one is still handed out: no viewer waits for a database that is busy. */
const FRESH_MS = 5_000;
/** Nothing older is handed out. */
const STALE_MS = 60_000;
const MAX_KEPT = 5_000;

export interface KnownBroadcasts {
  /** Null when there is no such broadcast. */
  get(id: string): Promise<ShownRow | null>;
}

/** `refreshing` is the one query that is under way for a row that is known already. */
type Kept = { row: Promise<ShownRow | null>; readAtMs: number; refreshing: boolean };

/**
 * Follows the bus until `signal` aborts.
 * @param nowMs monotonic time
 */
export function createKnownBroadcasts(
  ctx: Context,
  signal: AbortSignal,
  nowMs: () => number = () => performance.now(),
): KnownBroadcasts {
  const kept = new Map<string, Kept>();
  const forget = ({ broadcastId }: BroadcastChange): void => void kept.delete(broadcastId);
  void follow<BroadcastChange>(ctx, "broadcasts", signal, forget, () => kept.clear());
  const read = async (id: string): Promise<ShownRow | null> => (await findShown(ctx.store.db, id)) ?? null;
  return {
    get(id) {
      const known = kept.get(id);
      const ageMs = known === undefined ? Number.POSITIVE_INFINITY : nowMs() - known.readAtMs;
      if (known !== undefined && ageMs < STALE_MS) {
        if (ageMs >= FRESH_MS && !known.refreshing) void refresh(known, read(id), nowMs(), ctx);
        return known.row;
      }
      const entry: Kept = { row: read(id), readAtMs: nowMs(), refreshing: false };
      entry.row.catch(() => {
        if (kept.get(id) === entry) kept.delete(id);
      });
      kept.delete(id);
      kept.set(id, entry);
      const [oldest] = kept.keys();
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
      return entry.row;
    },
  };
}

/** Changes the entry, not the map: what a change has removed meanwhile stays removed. */
async function refresh(entry: Kept, row: Promise<ShownRow | null>, readAtMs: number, { log }: Context): Promise<void> {
  entry.refreshing = true;
  try {
    entry.row = Promise.resolve(await row);
    entry.readAtMs = readAtMs;
  } catch (err) {
    log.warn({ err }, "a broadcast could not be read again; what is known of it is used for up to a minute");
  } finally {
    entry.refreshing = false;
  }
}
