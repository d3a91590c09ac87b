/** Goals of a channel: one runs at a time, and stands beside every show until it is stopped. */
import { CURRENCIES, formatMinor } from "@rostrum/contract/money";
import type { CreateGoalBody, Goal } from "@rostrum/contract/tips";
import type { z } from "zod";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { actorOf, audit } from "../audit/service.ts";
import { requirePermission } from "../channels/service.ts";
import type { TipParts } from "./parts.ts";
import { listOnAir } from "./queries.ts";
import { settingsOf } from "./settings.ts";
import { goalOf } from "./standing.ts";
import { tellStanding } from "./telling.ts";
import { plainText } from "@rostrum/contract/plain-text";

const MAX_LISTED = 50;

/** Newest first. @throws {AppError} not_found, forbidden */
export async function goalsOf(parts: TipParts, viewer: AccountViewer, channelId: string): Promise<Goal[]> {
  const { ctx } = parts;
  await requirePermission(ctx, viewer, channelId, "tips.read");
  const query = ctx.store.db.selectFrom("goal").selectAll().where("channel_id", "=", channelId);
  const rows = await query.orderBy("id", "desc").limit(MAX_LISTED).execute();
  return Promise.all(rows.map((row) => goalOf(parts, row)));
}

/** Counts from now on, in the channel's currency. @throws {AppError} not_found, forbidden, invalid_input; conflict: one runs */
export async function startGoal(
  parts: TipParts,
  viewer: AccountViewer,
  channelId: string,
  body: z.output<typeof CreateGoalBody>,
): Promise<Goal> {
  const { ctx, now } = parts;
  await requirePermission(ctx, viewer, channelId, "tips.manage");
  const title = plainText(body.title);
  if (title === "") throw refused("title", "Give the goal a title that can be seen.");
  const row = await ctx.store.db.transaction().execute(async (tx) => {
    const { currency } = await settingsOf(tx, channelId);
    const { step } = CURRENCIES[currency];
    if (body.targetMinor % step !== 0)
      throw refused("targetMinor", `The target goes in steps of ${formatMinor(step, currency)}.`);
    const started = await tx
      .insertInto("goal")
      .values({
        ...{ id: newId(now()), channel_id: channelId, title, target_minor: body.targetMinor, currency },
        ...{ created_by: viewer.accountId, started_at: new Date(now()), stopped_at: null },
      })
      .onConflict((conflict) => conflict.column("channel_id").where("stopped_at", "is", null).doNothing())
      .returningAll()
      .executeTakeFirst();
    if (started === undefined) throw new AppError("conflict", "Another goal is running; stop that one first.");
    const details = { title, targetMinor: body.targetMinor, currency };
    await audit(ctx, actorOf(viewer), { action: "goal.start", channelId, target: started.id, details }, tx);
    return started;
  });
  await tellShows(parts, channelId);
  return goalOf(parts, row);
}

function refused(path: "title" | "targetMinor", message: string): AppError {
  return new AppError("invalid_input", message, { details: { issues: [{ path, message }] } });
}

/** Stopping it again changes nothing. @throws {AppError} not_found, forbidden */
export async function stopGoal(parts: TipParts, viewer: AccountViewer, goalId: string): Promise<Goal> {
  const { ctx, now } = parts;
  const { db } = ctx.store;
  const found = await db.selectFrom("goal").selectAll().where("id", "=", goalId).executeTakeFirst();
  if (found === undefined) throw new AppError("not_found", "No such goal.");
  const channelId = found.channel_id;
  await requirePermission(ctx, viewer, channelId, "tips.manage");
  const row = await db.transaction().execute(async (tx) => {
    const query = tx.updateTable("goal").set({ stopped_at: new Date(now()) });
    const stopped = await query
      .where("id", "=", goalId)
      .where("stopped_at", "is", null)
      .returningAll()
      .executeTakeFirst();
    if (stopped !== undefined) {
      await audit(ctx, actorOf(viewer), { action: "goal.stop", channelId, target: goalId }, tx);
    }
    return stopped;
  });
  if (row === undefined) return goalOf(parts, found);
  await tellShows(parts, channelId);
  return goalOf(parts, row);
}

async function tellShows(parts: TipParts, channelId: string): Promise<void> {
  for (const { id, kid_mode: isForKids } of await listOnAir(parts.ctx.store.db, channelId)) {
    if (!isForKids) await tellStanding(parts, id, channelId);
  }
}
