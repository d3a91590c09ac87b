/** What playlists and beacons ask of a broadcast many times a second: remembered for seconds, forgotten at once on a change. */
import type { Context } from "../../context.ts";
import type { BroadcastChange } from "../../ports/bus-events.ts";
import { follow } from "./follow.ts";
import { findShown, type ShownRow } from "./queries.ts";

/** How long it is remembered when the bus is silent. */
const KEEP_MS = 5_000;
const MAX_KEPT = 5_000;

export interface KnownBroadcasts {
  /** Null when there is no such broadcast. */
  get(id: string): Promise<ShownRow | null>;
}

/** Follows the bus until `signal` aborts. */
export function createKnownBroadcasts(ctx: Context, signal: AbortSignal): KnownBroadcasts {
  const kept = new Map<string, { untilMs: number; row: Promise<ShownRow | null> }>();
  const forget = ({ broadcastId }: BroadcastChange): void => void kept.delete(broadcastId);
  void follow<BroadcastChange>(ctx, "broadcasts", signal, forget, () => kept.clear());
  return {
    get(id) {
      const known = kept.get(id);
      if (known !== undefined && known.untilMs > performance.now()) return known.row;
      const row = findShown(ctx.store.db, id).then((found) => found ?? null);
      row.catch(() => kept.delete(id));
      kept.delete(id);
      kept.set(id, { untilMs: performance.now() + KEEP_MS, row });
      const [oldest] = kept.keys();
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
      return row;
    },
  };
}
