/** SQL of broadcasts and of old viewer sessions. One statement each, plain rows out. */
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { ChannelRole } from "@rostrum/contract/permissions";
import { type Insertable, type Kysely, type Selectable, sql, type Updateable } from "kysely";
import type { BroadcastTable, ChannelTable, Schema } from "../../store/schema.ts";

type Db = Kysely<Schema>;
export type BroadcastRow = Selectable<BroadcastTable>;
export type BroadcastValues = Updateable<BroadcastTable>;

/** A broadcast with what is shown of its channel. */
export type ShownRow = BroadcastRow & {
  channel_handle: string;
  channel_title: string;
  channel_poster_key: string | null;
  channel_media: Selectable<ChannelTable>["media"];
  /** A recording that can be played. */
  recording_id: string | null;
  recording_thumbnail: string | null;
  /** What is wrong with the recording, for the crew. */
  recording_note: string | null;
};

/** States in which a broadcast takes the channel's one place on the air. */
export const OPEN_STATES: readonly BroadcastState[] = ["preview", "live", "interrupted"];

/** A query for broadcasts with their channels; list-queries.ts adds filters to it. */
export function selectShown(db: Db) {
  return db
    .selectFrom("broadcast")
    .innerJoin("channel", "channel.id", "broadcast.channel_id")
    .leftJoin("recording", "recording.broadcast_id", "broadcast.id")
    .selectAll("broadcast")
    .select([
      "channel.handle as channel_handle",
      "channel.title as channel_title",
      "channel.poster_key as channel_poster_key",
      "channel.media as channel_media",
      sql<string | null>`case when recording.state = 'ready' then recording.id end`.as("recording_id"),
      "recording.thumbnail_key as recording_thumbnail",
      "recording.note as recording_note",
    ]);
}

export async function findShown(db: Db, id: string): Promise<ShownRow | undefined> {
  return selectShown(db).where("broadcast.id", "=", id).executeTakeFirst();
}

/** Held until the transaction ends. */
export async function lockBroadcast(db: Db, id: string): Promise<BroadcastRow | undefined> {
  return db.selectFrom("broadcast").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
}

export async function insertBroadcast(db: Db, row: Insertable<BroadcastTable>): Promise<void> {
  await db.insertInto("broadcast").values(row).execute();
}

/** @throws a unique violation of `broadcast_one_open` when another broadcast of the channel is on the air */
export async function updateBroadcastRow(db: Db, id: string, values: BroadcastValues): Promise<void> {
  await db.updateTable("broadcast").set(values).where("id", "=", id).execute();
}

export async function deleteBroadcastRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom("broadcast").where("id", "=", id).execute();
}

/** The one broadcast of the channel that is on the air or in preview. */
export async function findOpenOnChannel(db: Db, channelId: string): Promise<BroadcastRow | undefined> {
  return db
    .selectFrom("broadcast")
    .selectAll()
    .where("channel_id", "=", channelId)
    .where("state", "in", OPEN_STATES)
    .executeTakeFirst();
}

/** The broadcast of the channel that has not begun and was held by a media node last, at most `withinSec` ago. */
export async function findLastFed(db: Db, channelId: string, withinSec: number): Promise<BroadcastRow | undefined> {
  return db
    .selectFrom("broadcast")
    .innerJoin("lease", "lease.broadcast_id", "broadcast.id")
    .selectAll("broadcast")
    .where("broadcast.channel_id", "=", channelId)
    .where("broadcast.state", "in", ["draft", "scheduled"])
    .where(sql<boolean>`lease.expires_at > clock_timestamp() - ${withinSec}::double precision * interval '1 second'`)
    .orderBy("lease.expires_at", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** It is not the one fed last any more. The row of its lease stays, with its fence. */
export async function forgetFeeding(db: Db, broadcastId: string): Promise<void> {
  const past = sql<Date>`clock_timestamp() - interval '1 day'`;
  await db.updateTable("lease").set({ expires_at: past }).where("broadcast_id", "=", broadcastId).execute();
}

/** The scheduled broadcast of the channel that begins nearest to now, at most `withinSec` away in either direction. */
export async function findScheduledNear(
  db: Db,
  channelId: string,
  withinSec: number,
): Promise<BroadcastRow | undefined> {
  const distance = sql<number>`abs(extract(epoch from start_at - now()))`;
  return db
    .selectFrom("broadcast")
    .selectAll()
    .where("channel_id", "=", channelId)
    .where("state", "=", "scheduled")
    .where(distance, "<=", withinSec)
    .orderBy(distance)
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
}

export async function findNewestDraft(db: Db, channelId: string): Promise<BroadcastRow | undefined> {
  return db
    .selectFrom("broadcast")
    .selectAll()
    .where("channel_id", "=", channelId)
    .where("state", "=", "draft")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** Interrupted broadcasts whose reconnect window has run out. */
export async function listExpired(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom("broadcast")
    .select("id")
    .where("state", "=", "interrupted")
    .where(sql<boolean>`interrupted_at + reconnect_window_sec * interval '1 second' <= now()`)
    .execute();
  return rows.map((row) => row.id);
}

/** Broadcasts that are said to have a source though no living node holds them. */
export async function listOrphans(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom("broadcast")
    .leftJoin("lease", "lease.broadcast_id", "broadcast.id")
    .select("broadcast.id")
    .where("broadcast.has_source", "=", true)
    .where((eb) =>
      eb.or([eb("lease.expires_at", "is", null), eb("lease.expires_at", "<=", sql<Date>`clock_timestamp()`)]),
    )
    .execute();
  return rows.map((row) => row.id);
}

/** Shows on the air that no node holds. */
export async function listUnheldOnAir(db: Db): Promise<{ id: string; dvr_window_sec: number }[]> {
  return db
    .selectFrom("broadcast")
    .leftJoin("lease", "lease.broadcast_id", "broadcast.id")
    .select(["broadcast.id", "broadcast.dvr_window_sec"])
    .where("broadcast.state", "in", ["live", "interrupted"])
    .where((eb) =>
      eb.or([eb("lease.expires_at", "is", null), eb("lease.expires_at", "<=", sql<Date>`clock_timestamp()`)]),
    )
    .execute();
}

/** Gives every interrupted broadcast that no node holds its whole reconnect window again. */
export async function restartReconnectWindows(db: Db, at: Date): Promise<void> {
  await db
    .updateTable("broadcast")
    .set({ interrupted_at: at })
    .where("state", "=", "interrupted")
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom("lease")
            .select("lease.fence")
            .whereRef("lease.broadcast_id", "=", "broadcast.id")
            .where("lease.expires_at", ">", sql<Date>`clock_timestamp()`),
        ),
      ),
    )
    .execute();
}

/** Counts the reconnect window from another moment, unless the interruption is over. */
export async function moveInterruption(db: Db, id: string, at: Date): Promise<void> {
  await db
    .updateTable("broadcast")
    .set({ interrupted_at: at })
    .where("id", "=", id)
    .where("state", "=", "interrupted")
    .execute();
}

/** Broadcasts that ended within the span; both ends are in it. */
export async function listEndedBetween(db: Db, from: Date, to: Date): Promise<string[]> {
  const rows = await db
    .selectFrom("broadcast")
    .select("id")
    .where("state", "in", ["ended", "archived"])
    .where("ended_at", ">=", from)
    .where("ended_at", "<=", to)
    .execute();
  return rows.map((row) => row.id);
}

export async function raisePeakViewers(db: Db, id: string, viewers: number): Promise<void> {
  await db
    .updateTable("broadcast")
    .set({ peak_viewers: viewers })
    .where("id", "=", id)
    .where("peak_viewers", "<", viewers)
    .execute();
}

/** Removes up to `limit` sessions that were last heard of before `at`, and says how many there were. */
export async function deleteOldViewerSessions(db: Db, at: Date, limit: number): Promise<number> {
  const old = db
    .selectFrom("viewer_session")
    .select(["viewer_session.broadcast_id", "viewer_session.session_id"])
    .where("last_seen_at", "<", at)
    .limit(limit);
  const { numDeletedRows } = await db
    .deleteFrom("viewer_session")
    .where((eb) => eb(eb.refTuple("broadcast_id", "session_id"), "in", old.$asTuple("broadcast_id", "session_id")))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** The roles of an account on some channels. */
export async function findRoles(
  db: Db,
  accountId: string,
  channelIds: readonly string[],
): Promise<ReadonlyMap<string, ChannelRole>> {
  if (channelIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("channel_member")
    .select(["channel_id", "role"])
    .where("account_id", "=", accountId)
    .where("channel_id", "in", channelIds)
    .execute();
  return new Map(rows.map((row) => [row.channel_id, row.role]));
}
