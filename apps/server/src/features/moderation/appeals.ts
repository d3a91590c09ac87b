/** Appeals: who is banned may write once, moderators answer, the person is told. */
import type { AnswerBody, AppealBody, LogEntry, OwnBan } from "@rostrum/contract/moderation";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { Caller } from "../../http/realtime-rules.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { plainText } from "@rostrum/contract/plain-text";
import { answerAppeal, findAppeal, insertAppeal } from "./appeal-queries.ts";
import { requireLiftable, tellAppeal, tellUser } from "./ban-acts.ts";
import { type Desk, once, requireModerator, requirePerson } from "./desk.ts";
import { log, tellLogged } from "./log.ts";
import { isActive, isLong, presentOwnBan } from "./present.ts";
import { type BanRow, channelsOfOwner, findBan, findSent, liftBan } from "./queries.ts";

/**
 * By the banned account.
 * @throws {AppError} unauthenticated; not_found for what is not the caller's ban; conflict when the ban is over, a time-out, or appealed
 */
export async function writeAppeal(
  desk: Desk,
  caller: Caller,
  { banId, text }: z.output<typeof AppealBody>,
  sendId: string,
): Promise<OwnBan> {
  const { ctx, now } = desk;
  const { db } = ctx.store;
  const { accountId } = requirePerson(caller.viewer);
  const row = await findBan(db, banId);
  if (row?.account_id !== accountId) throw new AppError("not_found", "There is no such ban of yours.");
  if ((await findSent(db, accountId, sendId))?.ban_id === banId) return presentOwnBan(row, now());
  requireAppealable(row, now());
  const words = plainText(text);
  if (words === "") throw new AppError("invalid_input", "There is nothing to be seen in this text; write something.");
  const channelId = await channelOfBan(ctx, row);
  const entry = await db.transaction().execute(async (tx) => {
    const values = { id: newId(), ban_id: banId, text: words, answer: null, answered_by: null, answered_at: null };
    if (!(await insertAppeal(tx, { ...values, created_at: now() }))) throw appealedAlready();
    const fact = { channelId, actorId: accountId, act: "appeal", accountId, banId, text: words } as const;
    return log(ctx, { ...fact, sendId, at: now() }, tx);
  });
  await tellAppeal(desk, row, "moderation.appealed");
  await tellLogged(ctx, entry);
  return presentOwnBan((await findBan(db, banId)) ?? row, now());
}

/** By a moderator. @throws {AppError} unauthenticated, forbidden, not_found; conflict when it was answered before, or the ban is over */
export async function answer(
  desk: Desk,
  caller: Caller,
  body: z.output<typeof AnswerBody>,
  sendId: string,
): Promise<LogEntry> {
  const { ctx, now } = desk;
  const { db } = ctx.store;
  requirePerson(caller.viewer);
  const appeal = await findAppeal(db, body.appealId);
  const row = appeal === undefined ? undefined : await findBan(db, appeal.ban_id);
  if (row === undefined) throw new AppError("not_found", "There is no such appeal.");
  const moderator = await requireModerator(ctx, caller.viewer, { channelId: await channelOfBan(ctx, row) });
  return once(ctx, moderator.id, sendId, async () => {
    const lifts = body.decision === "lift";
    if (!isActive(row, now())) throw new AppError("conflict", "This ban is over; nothing is left to be decided.");
    if (lifts) await requireLiftable(ctx, moderator, row);
    const text = plainText(body.text);
    const entry = await db.transaction().execute(async (tx) => {
      const values = { answer: text, answered_by: moderator.id, answered_at: now() };
      if (!(await answerAppeal(tx, body.appealId, { state: lifts ? "lifted" : "kept", ...values }))) {
        throw new AppError("conflict", "This appeal has been answered already.");
      }
      if (lifts) await liftBan(tx, row.id, now());
      const fact = { channelId: moderator.channelId, actorId: moderator.id, act: "answer" } as const;
      const details = { decision: body.decision };
      return log(ctx, { ...fact, accountId: row.account_id, banId: row.id, text, details, sendId, at: now() }, tx);
    });
    await tellAnswered(desk, row.id, lifts);
    await tellLogged(ctx, entry);
    return entry;
  });
}

async function tellAnswered(desk: Desk, banId: string, lifts: boolean): Promise<void> {
  const { ctx, now } = desk;
  const row = await findBan(ctx.store.db, banId);
  if (row === undefined) return;
  await tellUser(ctx, row.account_id, { type: "user.appeal_answered", ban: presentOwnBan(row, now()) });
  if (lifts) await tellUser(ctx, row.account_id, { type: "user.unbanned", banId });
  await tellAppeal(desk, row, "moderation.answered");
}

/** Where a ban is talked about: where it was decided, or, when that channel is gone, the owner's oldest. @throws {AppError} not_found */
async function channelOfBan(ctx: Context, { channel_id, owner_id }: BanRow): Promise<string> {
  const [oldest] = channel_id === null && owner_id !== null ? await channelsOfOwner(ctx.store.db, owner_id) : [];
  const channelId = channel_id ?? oldest;
  if (channelId === undefined) throw new AppError("not_found", "The channel of this ban is gone.");
  return channelId;
}

function requireAppealable(row: BanRow, now: Date): void {
  if (!isActive(row, now)) throw new AppError("conflict", "This ban is over: you may write again.");
  if (!isLong(row)) {
    throw new AppError(
      "conflict",
      "A short time-out ends by itself; appeals are for bans and for those of an hour or more.",
    );
  }
  if (row.appeal_state !== null) throw appealedAlready();
}

function appealedAlready(): AppError {
  return new AppError("conflict", "You have written an appeal against this ban already; there is one for each ban.");
}
