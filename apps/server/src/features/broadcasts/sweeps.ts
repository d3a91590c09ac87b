/** What time alone brings about: reconnect windows run out, dead nodes lose their broadcasts, old windows and statistics are removed. */
import type { Context } from "../../context.ts";
import { every } from "../../lib/every.ts";
import { publishMediaCommand } from "../../ports/bus-events.ts";
import { type BroadcastRow, deleteOldViewerSessions, listEndedBetween, listExpired, listOrphans } from "./queries.ts";
import { changeState } from "./state-change.ts";

/** How long an ended broadcast can still be played from its window. */
export const WINDOW_KEPT_MS = 24 * 60 * 60_000;
/** How long single viewer sessions are kept; sums of them stay. */
const SESSIONS_KEPT_MS = 400 * 24 * 60 * 60_000;
/** So many are removed at once that nobody waits for it. */
const SESSIONS_PER_STATEMENT = 5_000;
const EXPIRED = "The picture came back too late: this broadcast is over. Connect again to begin the next one.";
const HOUR_MS = 60 * 60_000;

/** Resolves when `signal` has aborted and what was running is done. */
export async function runSweeps(ctx: Context, signal: AbortSignal): Promise<void> {
  const failed = (error: unknown): void => ctx.log.warn({ err: error }, "a sweep failed; it is tried again");
  await Promise.all([
    every(1_000, signal, () => endExpired(ctx), failed),
    every(5_000, signal, () => loseOrphans(ctx), failed),
    every(HOUR_MS, signal, () => removeOldWindows(ctx), failed),
    every(HOUR_MS, signal, () => removeOldSessions(ctx), failed),
  ]);
}

/**
 * Ends the interrupted broadcasts whose reconnect window has run out. An encoder that is connected nevertheless (it froze, or has sent
 * no key frame yet) is cut off: nobody wanted this end, so it may connect again and begin the next broadcast.
 */
export async function endExpired(ctx: Context): Promise<void> {
  for (const broadcastId of await listExpired(ctx.store.db)) {
    // An encoder may have been let in since the list was read: its window begins anew.
    const ended = await changeState(ctx, broadcastId, (row) => (hasRunOut(row) ? { type: "window_expired" } : null));
    if (ended.ok) await publishMediaCommand(ctx.bus, { type: "cut_sources", broadcastId, reason: EXPIRED });
  }
}

function hasRunOut({ interrupted_at: since, reconnect_window_sec: windowSec }: BroadcastRow): boolean {
  return since !== null && since.getTime() + windowSec * 1000 <= Date.now();
}

/** A node that died said nothing: its lease runs out, and its broadcasts have lost their source. */
export async function loseOrphans(ctx: Context): Promise<void> {
  for (const id of await listOrphans(ctx.store.db)) {
    ctx.log.warn({ broadcastId: id }, "no media node holds this broadcast any more");
    await changeState(ctx, id, () => ({ type: "source_lost" }), { hasSource: false });
  }
}

/** Asks for the removal of windows that nobody can play any more; asked for a day long, in case a node was away. */
export async function removeOldWindows(ctx: Context, nowMs: number = Date.now()): Promise<void> {
  const to = new Date(nowMs - WINDOW_KEPT_MS);
  const from = new Date(nowMs - 2 * WINDOW_KEPT_MS);
  for (const broadcastId of await listEndedBetween(ctx.store.db, from, to)) {
    await publishMediaCommand(ctx.bus, { type: "remove_broadcast", broadcastId });
  }
}

/** Removes viewer sessions that are older than 400 days. */
export async function removeOldSessions(ctx: Context, nowMs: number = Date.now()): Promise<void> {
  const before = new Date(nowMs - SESSIONS_KEPT_MS);
  let removed = SESSIONS_PER_STATEMENT;
  while (removed === SESSIONS_PER_STATEMENT) {
    removed = await deleteOldViewerSessions(ctx.store.db, before, SESSIONS_PER_STATEMENT);
  }
}
