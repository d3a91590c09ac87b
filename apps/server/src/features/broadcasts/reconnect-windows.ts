/** How long an interrupted broadcast waits for an encoder that has connected but not sent its first key frame yet. */
import type { Context } from "../../context.ts";
import { type BroadcastRow, moveInterruption } from "./queries.ts";

/** Interruptions that are remembered; beyond, the oldest may last longer. */
const MAX_KEPT = 1000;

export interface ReconnectWindows {
  /**
   * Gives an interrupted broadcast its window again. Altogether an interruption lasts at most twice the window, however often
   * encoders connect without sending anything.
   */
  beginAnew(row: Pick<BroadcastRow, "id" | "state" | "interrupted_at" | "reconnect_window_sec">): Promise<void>;
}

/** @param now wall time in ms */
export function createReconnectWindows(ctx: Context, now: () => number = Date.now): ReconnectWindows {
  const moved = new Map<string, { fromMs: number; toMs: number }>();
  return {
    async beginAnew({ id, state, interrupted_at, reconnect_window_sec }) {
      if (state !== "interrupted" || interrupted_at === null) return;
      const standsMs = interrupted_at.getTime();
      const known = moved.get(id);
      // Any other time in the row is that of another interruption.
      const fromMs = known?.toMs === standsMs ? known.fromMs : standsMs;
      const toMs = Math.min(now(), fromMs + reconnect_window_sec * 1000);
      if (toMs <= standsMs) return;
      await moveInterruption(ctx.store.db, id, new Date(toMs));
      moved.delete(id);
      moved.set(id, { fromMs, toMs });
      const [oldest] = moved.keys();
      if (moved.size > MAX_KEPT && oldest !== undefined) moved.delete(oldest);
    },
  };
}
