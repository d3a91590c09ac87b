/** Where a show stands on its timeline when something is said. */
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { Context } from "../../context.ts";
import { mediaTimeNow } from "../health/service.ts";

type Row = Readonly<{ id: string; state: BroadcastState; live_at: Date | null }>;

/** Milliseconds since the show went live, as the clock has it; null when it is not on the air. */
export function mediaNowOf(row: Row, now: Date): number | null {
  const isOnAir = row.state === "live" || row.state === "interrupted";
  return isOnAir && row.live_at !== null ? Math.max(0, now.getTime() - row.live_at.getTime()) : null;
}

/**
 * The media time of what is said now, in ms; null when no show is on the air. The program's own time as the media node last told it, else
 * the clock's.
 * @param shownMs what the sender's player was showing: believed as far as it can be, since nobody sees what has not been shown
 */
export async function mediaTimeOf(ctx: Context, row: Row, now: Date, shownMs?: number): Promise<number | null> {
  const clockMs = mediaNowOf(row, now);
  if (clockMs === null) return null;
  const nowMs = (await mediaTimeNow(ctx, row.id)) ?? clockMs;
  return shownMs === undefined ? nowMs : Math.min(Math.max(0, shownMs), nowMs);
}
