/** Handouts: links and call-to-action cards that the crew shows and hides; clicks are counted. */
import {
  type CreateHandoutBody,
  ENGAGEMENT_LIMITS,
  type Handout,
  HandoutClick,
  type OwnHandout,
  type UpdateHandoutBody,
} from "@rostrum/contract/engagement";
import { type Kysely, type Selectable, sql } from "kysely";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer, Viewer } from "../../http/auth.ts";
import { type Action, action } from "../../http/realtime-rules.ts";
import { AppError } from "../../lib/app-error.ts";
import type { Clock } from "../../lib/clock.ts";
import { newId } from "../../lib/ids.ts";
import { KeyedAllowance } from "../../lib/keyed-allowance.ts";
import type { HandoutTable, Schema } from "../../store/schema.ts";
import { actorOf, audit } from "../audit/service.ts";
import { sightOf } from "../broadcasts/service.ts";
import { keyOf, requireManager, requireOn, seesAsStaff } from "./access.ts";
import { tellAudience } from "./events.ts";
import type { Limits } from "./limits.ts";
import { settingsOf } from "./settings.ts";
import { plain, plainLines } from "./text.ts";

type Db = Kysely<Schema>;
type Row = Selectable<HandoutTable>;

/** Clicks of one person on one handout count once in this time. */
const ONE_CLICK_PER_SEC = 10;
const MAX_KEYS = 50_000;

export function clickAction(ctx: Context, limits: Limits, clock: Clock): Action {
  const clicks = new KeyedAllowance(clock, { burst: 1, perSec: 1 / ONE_CLICK_PER_SEC, maxKeys: MAX_KEYS });
  return action(HandoutClick, async (caller, { handoutId }) => {
    limits.act(caller);
    const row = await find(ctx.store.db, handoutId);
    if (row === undefined) throw unknownHandout();
    const sight = await sightOf(ctx, caller.viewer, row.broadcast_id);
    if (!row.shown || !(await settingsOf(ctx, sight.row.channel_id)).handouts) throw unknownHandout();
    if (clicks.take(`${handoutId} ${keyOf(caller)}`) > 0) return null;
    await ctx.store.db
      .updateTable("handout")
      .set({ clicks: sql<string>`clicks + 1` })
      .where("id", "=", handoutId)
      .execute();
    return null;
  });
}

/** In the order in which they were made; others than the crew get what is shown. @throws {AppError} not_found, forbidden */
export async function handoutsFor(
  ctx: Context,
  viewer: Viewer,
  broadcastId: string,
): Promise<OwnHandout[] | Handout[]> {
  const sight = await sightOf(ctx, viewer, broadcastId);
  if (seesAsStaff(sight)) return (await list(ctx.store.db, broadcastId)).map(own);
  if (!(await settingsOf(ctx, sight.row.channel_id)).handouts) return [];
  return shownHandouts(ctx.store.db, broadcastId);
}

/** Those that everybody sees. */
export async function shownHandouts(db: Db, broadcastId: string): Promise<Handout[]> {
  return (await list(db, broadcastId)).filter((row) => row.shown).map(present);
}

/** @throws {AppError} not_found, forbidden; conflict when they are off, or there are too many */
export async function createHandout(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  body: z.output<typeof CreateHandoutBody>,
): Promise<OwnHandout> {
  const { channel_id: channelId } = await requireManager(ctx, viewer, broadcastId);
  requireOn(await settingsOf(ctx, channelId), "handouts");
  const { db } = ctx.store;
  const max = ENGAGEMENT_LIMITS.handoutsPerBroadcast;
  if ((await list(db, broadcastId)).length >= max) {
    throw new AppError("conflict", `A show may have ${max} handouts; delete one first.`);
  }
  const id = newId();
  const { kind, shown } = body;
  await db.transaction().execute(async (tx) => {
    const values = { id, broadcast_id: broadcastId, kind, shown, ...textsOf(body), created_by: viewer.accountId };
    await tx.insertInto("handout").values(values).execute();
    const fact = { channelId, target: broadcastId, details: { handout: id, title: values.title, url: values.url } };
    await audit(ctx, actorOf(viewer), { action: "handout.create", ...fact }, tx);
  });
  return changed(ctx, broadcastId, id, false);
}

/** @throws {AppError} not_found, forbidden */
export async function updateHandout(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  id: string,
  body: z.output<typeof UpdateHandoutBody>,
): Promise<OwnHandout> {
  const { channel_id: channelId } = await requireManager(ctx, viewer, broadcastId);
  const changes = changesOf(body);
  const wasShown = await ctx.store.db.transaction().execute(async (tx) => {
    const before = await lock(tx, broadcastId, id);
    if (before === undefined) throw unknownHandout();
    if (Object.keys(changes).length > 0) {
      await tx.updateTable("handout").set(changes).where("id", "=", id).execute();
    }
    const fact = { channelId, target: broadcastId, details: { handout: id, fields: Object.keys(body) } };
    await audit(ctx, actorOf(viewer), { action: "handout.update", ...fact }, tx);
    return before.shown;
  });
  return changed(ctx, broadcastId, id, wasShown);
}

/** @throws {AppError} not_found, forbidden */
export async function deleteHandout(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  id: string,
): Promise<void> {
  const { channel_id: channelId } = await requireManager(ctx, viewer, broadcastId);
  const wasShown = await ctx.store.db.transaction().execute(async (tx) => {
    const query = tx.deleteFrom("handout").where("id", "=", id).where("broadcast_id", "=", broadcastId);
    const row = await query.returning("shown").executeTakeFirst();
    if (row === undefined) throw unknownHandout();
    const fact = { channelId, target: broadcastId, details: { handout: id } };
    await audit(ctx, actorOf(viewer), { action: "handout.delete", ...fact }, tx);
    return row.shown;
  });
  if (wasShown) await tellAudience(ctx, broadcastId, { type: "handout.hidden", handoutId: id });
}

/** Tells everybody what they see of it now. What was never shown is not told of. */
async function changed(ctx: Context, broadcastId: string, id: string, wasShown: boolean): Promise<OwnHandout> {
  const row = await find(ctx.store.db, id);
  if (row === undefined) throw unknownHandout();
  if (row.shown) await tellAudience(ctx, broadcastId, { type: "handout.shown", handout: present(row) });
  else if (wasShown) await tellAudience(ctx, broadcastId, { type: "handout.hidden", handoutId: id });
  return own(row);
}

function textsOf({ title, text, label, url }: Readonly<{ title: string; text: string; label: string; url: string }>) {
  return {
    title: plain(title, "The title", 100),
    text: plainLines(text, "The text", 500),
    label: plain(label, "The label", 40),
    url,
  };
}

/** Only what is said: two who change other parts of it at once do not undo each other's. */
function changesOf({ title, text, label, url, shown }: z.output<typeof UpdateHandoutBody>) {
  return {
    ...(title === undefined ? {} : { title: plain(title, "The title", 100) }),
    ...(text === undefined ? {} : { text: plainLines(text, "The text", 500) }),
    ...(label === undefined ? {} : { label: plain(label, "The label", 40) }),
    ...(url === undefined ? {} : { url }),
    ...(shown === undefined ? {} : { shown }),
  };
}

/** Held until the transaction ends. */
async function lock(tx: Db, broadcastId: string, id: string): Promise<Row | undefined> {
  const query = tx.selectFrom("handout").selectAll().where("id", "=", id).where("broadcast_id", "=", broadcastId);
  return query.forUpdate().executeTakeFirst();
}

async function find(db: Db, id: string): Promise<Row | undefined> {
  return db.selectFrom("handout").selectAll().where("id", "=", id).executeTakeFirst();
}

async function list(db: Db, broadcastId: string): Promise<Row[]> {
  return db.selectFrom("handout").selectAll().where("broadcast_id", "=", broadcastId).orderBy("id").execute();
}

function present({ id, kind, title, text, label, url }: Row): Handout {
  return { id, kind, title, text, label, url };
}

function own(row: Row): OwnHandout {
  return {
    ...present(row),
    shown: row.shown,
    clicks: Number(row.clicks),
    createdAt: row.created_at.toISOString(),
  };
}

function unknownHandout(): AppError {
  return new AppError("not_found", "No such handout.");
}
