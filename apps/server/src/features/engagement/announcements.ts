/** Announcements: a sentence of the crew as a banner, one at a time, for some seconds or until it is closed. */
import type { Announcement, AnnounceBody, OwnAnnouncement } from "@rostrum/contract/engagement";
import { ENGAGEMENT_LIMITS } from "@rostrum/contract/engagement";
import { type Kysely, type Selectable, sql } from "kysely";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import type { AnnouncementTable, Schema } from "../../store/schema.ts";
import { actorOf, audit } from "../audit/service.ts";
import { requireManager, requireOn } from "./access.ts";
import { tellAudience } from "./events.ts";
import { settingsOf } from "./settings.ts";
import { plain } from "./text.ts";
import { lockTurn } from "./turn.ts";

type Db = Kysely<Schema>;
type Row = Selectable<AnnouncementTable>;

/** Older ones are in the audit log. */
const MAX_LISTED = 100;

/** Newest first. @throws {AppError} not_found, forbidden */
export async function announcementsFor(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
): Promise<OwnAnnouncement[]> {
  await requireManager(ctx, viewer, broadcastId);
  const rows = await ctx.store.db
    .selectFrom("announcement")
    .selectAll()
    .where("broadcast_id", "=", broadcastId)
    .orderBy("id", "desc")
    .limit(MAX_LISTED)
    .execute();
  return rows.map(own);
}

/** Takes the place of the one that is shown. @throws {AppError} not_found, forbidden; conflict when they are off */
export async function announce(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  body: z.output<typeof AnnounceBody>,
): Promise<OwnAnnouncement> {
  const { channel_id: channelId } = await requireManager(ctx, viewer, broadcastId);
  requireOn(await settingsOf(ctx, channelId), "announcements");
  const id = newId();
  const text = plain(body.text, "The announcement", ENGAGEMENT_LIMITS.announcementChars);
  const row = await ctx.store.db.transaction().execute(async (tx) => {
    // Of two at once the former would come back when the latter ends.
    await lockTurn(tx, broadcastId, "announcement");
    await closeShown(tx, broadcastId);
    const ends = sql<Date | null>`now() + ${body.durationSec}::integer * interval '1 second'`;
    const stored = await tx
      .insertInto("announcement")
      .values({ id, broadcast_id: broadcastId, text, ends_at: ends, created_by: viewer.accountId })
      .returningAll()
      .executeTakeFirstOrThrow();
    const fact = { channelId, target: broadcastId, details: { announcement: id, text } };
    await audit(ctx, actorOf(viewer), { action: "announcement.show", ...fact }, tx);
    return stored;
  });
  await tellAudience(ctx, broadcastId, { type: "announcement.shown", announcement: present(row) });
  return own(row);
}

/** Again does nothing. @throws {AppError} not_found, forbidden */
export async function closeAnnouncement(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  id: string,
): Promise<void> {
  await requireManager(ctx, viewer, broadcastId);
  const { db } = ctx.store;
  const known = await db
    .selectFrom("announcement")
    .select("id")
    .where("id", "=", id)
    .where("broadcast_id", "=", broadcastId)
    .executeTakeFirst();
  if (known === undefined) throw new AppError("not_found", "No such announcement.");
  const closed = await closeShown(db, broadcastId, id);
  if (closed) await tellAudience(ctx, broadcastId, { type: "announcement.closed", announcementId: id });
}

/** What is shown now: one, or none. */
export async function shownAnnouncements(db: Db, broadcastId: string): Promise<Announcement[]> {
  const rows = await db
    .selectFrom("announcement")
    .selectAll()
    .where("broadcast_id", "=", broadcastId)
    .where("closed_at", "is", null)
    .where(sql<boolean>`(ends_at is null or ends_at > clock_timestamp())`)
    .orderBy("id", "desc")
    .limit(1)
    .execute();
  return rows.map(present);
}

/** True when something was closed. */
async function closeShown(db: Db, broadcastId: string, id?: string): Promise<boolean> {
  let query = db.updateTable("announcement").set({ closed_at: sql<Date>`now()` });
  query = query.where("broadcast_id", "=", broadcastId).where("closed_at", "is", null);
  if (id !== undefined) query = query.where("id", "=", id);
  return (await query.executeTakeFirst()).numUpdatedRows > 0n;
}

function present({ id, text, shown_at, ends_at }: Row): Announcement {
  return { id, text, shownAt: shown_at.toISOString(), endsAt: ends_at?.toISOString() ?? null };
}

function own(row: Row): OwnAnnouncement {
  return { ...present(row), closedAt: row.closed_at?.toISOString() ?? null };
}
