/** Taking back what was done: bans and their end, notes, deletions, approvals, dismissals. Each once. */
import { type LogEntry, UndoableAct, type UndoBody } from "@rostrum/contract/moderation";
import type { Kysely } from "kysely";
import { z } from "zod";
import type { Caller } from "../../http/realtime-rules.ts";
import { AppError } from "../../lib/app-error.ts";
import { plainText } from "@rostrum/contract/plain-text";
import type { Schema } from "../../store/schema.ts";
import { errorCode } from "../../store/store-error.ts";
import { requireBan, requireLiftable, tellBanned, tellUnbanned } from "./ban-acts.ts";
import type { ChatChange, MessageState } from "./chat-door.ts";
import { type Desk, type Moderator, once, requireBelow, requireModerator, requireOverrule } from "./desk.ts";
import { log, tellLogged } from "./log.ts";
import { type EntryRow, findEntry, liftBan, restoreReplaced, unliftBan } from "./queries.ts";

const Ids = z.array(z.string()).catch([]);
/** What entries say beside their columns. */
const Details = z.object({
  removed: Ids,
  removedHeld: Ids,
  replaced: Ids,
  from: z.enum(["visible", "held"]).catch("visible"),
});

/**
 * Lifts a ban and shows again what went with it; lets a lifted one count again; shows a deleted message; holds again what was approved or
 * dismissed; leaves a note out.
 * @throws {AppError} unauthenticated, forbidden, not_found; conflict when it was undone before or cannot be
 */
export async function undo(
  desk: Desk,
  caller: Caller,
  body: z.output<typeof UndoBody>,
  sendId: string,
): Promise<LogEntry> {
  const { ctx } = desk;
  const entry = await findEntry(ctx.store.db, body.entryId);
  if (entry === undefined) throw new AppError("not_found", "There is no such entry in the log.");
  const moderator = await requireModerator(ctx, caller.viewer, { channelId: entry.channel_id });
  return once(ctx, moderator.id, sendId, async () => {
    const act = await requireUndoable(desk, moderator, entry);
    const id = await takeBack(desk, moderator, { ...entry, act }, { reason: plainText(body.reason), sendId });
    await tellReverted(desk, entry);
    await tellLogged(ctx, id);
    return id;
  });
}

async function tellReverted(desk: Desk, { act, account_id, ban_id, details }: EntryRow): Promise<void> {
  if (ban_id === null || account_id === null) return;
  if (act === "unban") return tellBanned(desk, ban_id);
  await tellUnbanned(desk, account_id, ban_id);
  for (const former of Details.parse(details).replaced) await tellBanned(desk, former);
}

type Undoable = EntryRow & Readonly<{ act: UndoableAct }>;

async function requireUndoable({ ctx }: Desk, moderator: Moderator, entry: EntryRow): Promise<UndoableAct> {
  const act = UndoableAct.safeParse(entry.act);
  if (!act.success) throw new AppError("conflict", `What was done ("${entry.act}") cannot be undone.`);
  if (entry.undone) throw undoneAlready();
  await requireOverrule(ctx, moderator, entry.actor_id);
  if (entry.ban_id !== null) await requireLiftable(ctx, moderator, await requireBan(ctx, moderator, entry.ban_id));
  // To silence somebody again is to silence them.
  if (act.data === "unban" && entry.account_id !== null) await requireBelow(ctx, moderator, entry.account_id);
  return act.data;
}

async function takeBack(
  desk: Desk,
  moderator: Moderator,
  entry: Undoable,
  { reason, sendId }: Readonly<{ reason: string; sendId: string }>,
): Promise<string> {
  const { ctx, now } = desk;
  try {
    const done = await ctx.store.db.transaction().execute(async (tx) => {
      const message = entry.message_id === null ? null : { id: entry.message_id, text: entry.message_text ?? "" };
      const id = await log(
        ctx,
        {
          ...{ channelId: entry.channel_id, broadcastId: entry.broadcast_id, actorId: moderator.id, act: "undo" },
          ...{ accountId: entry.account_id, message, banId: entry.ban_id, text: reason, sendId, at: now() },
          ...{ details: { act: entry.act }, undoes: entry.id },
        },
        tx,
      );
      return { id, changes: await revert(desk, tx, moderator, entry) };
    });
    for (const change of done.changes) await change.tell();
    return done.id;
  } catch (error) {
    const other = errorCode(error) === "23505" ? await findEntry(ctx.store.db, entry.id) : undefined;
    if (other?.undone === true) throw undoneAlready(error);
    throw error;
  }
}

async function revert(
  desk: Desk,
  tx: Kysely<Schema>,
  moderator: Moderator,
  entry: Undoable,
): Promise<readonly ChatChange[]> {
  const details = Details.parse(entry.details);
  const move = (ids: readonly string[], from: MessageState, to: MessageState): Promise<ChatChange> =>
    desk.chat.moveMessages(desk.ctx, tx, ids, { from: [from], to, by: moderator.id, note: null });
  const own = entry.message_id === null ? [] : [entry.message_id];
  switch (entry.act) {
    case "note":
      return [];
    case "unban":
      if (entry.ban_id !== null && (await unliftBan(tx, entry.ban_id, desk.now()))) return [];
      throw new AppError("conflict", "This ban would be over by now, or counts again already; decide anew.");
    case "timeout":
    case "ban":
      // What it had replaced comes back only where it still counted itself: what was decided since stays.
      if (entry.ban_id !== null && (await liftBan(tx, entry.ban_id, desk.now()))) {
        await restoreReplaced(tx, details.replaced, entry.at);
      }
      return [await move(details.removed, "deleted", "visible"), await move(details.removedHeld, "deleted", "held")];
    case "delete":
      return [await moved(move(own, "deleted", details.from))];
    case "approve":
      return [await moved(move(own, "visible", "held"))];
    case "dismiss":
      return [await moved(move(own, "deleted", "held"))];
    default:
      return entry.act satisfies never;
  }
}

/** @throws {AppError} conflict: the message is in another state by now, or gone */
async function moved(change: Promise<ChatChange>): Promise<ChatChange> {
  const done = await change;
  if (done.ids.length > 0) return done;
  throw new AppError("conflict", "The message has changed since; this cannot be undone any more.");
}

function undoneAlready(cause?: unknown): AppError {
  return new AppError("conflict", "This has been undone already.", { cause });
}
