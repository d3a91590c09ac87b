/** SQL of recordings, markers and blobs to be removed. One statement each, plain rows out. */
import type { RegistrationMode } from "@rostrum/contract/registration";
import type { MinimumAge } from "@rostrum/contract/age-gate";
import { type Insertable, type Kysely, type Selectable, sql, type Updateable } from "kysely";
import type { BroadcastTable, MarkerTable, RecordingTable, Schema } from "../../store/schema.ts";

type Db = Kysely<Schema>;
export type RecordingRow = Selectable<RecordingTable>;
export type MarkerRow = Selectable<MarkerTable>;

/** A recording with what is shown of its show and channel. */
export type ShownRecording = RecordingRow &
  Readonly<{
    broadcast_title: string;
    visibility: BroadcastTable["visibility"];
    registration: RegistrationMode;
    age_restricted: boolean;
    minimum_age: MinimumAge;
    channel_handle: string;
    channel_title: string;
    media: Selectable<Schema["channel"]>["media"];
  }>;

function selectShown(db: Db) {
  return db
    .selectFrom("recording")
    .innerJoin("broadcast", "broadcast.id", "recording.broadcast_id")
    .innerJoin("channel", "channel.id", "recording.channel_id")
    .selectAll("recording")
    .select([
      "broadcast.title as broadcast_title",
      "broadcast.visibility as visibility",
      "broadcast.registration as registration",
      "broadcast.age_restricted as age_restricted",
      "broadcast.minimum_age as minimum_age",
      "channel.handle as channel_handle",
      "channel.title as channel_title",
      "channel.media as media",
    ]);
}

export async function findRecording(db: Db, id: string): Promise<ShownRecording | undefined> {
  return selectShown(db).where("recording.id", "=", id).executeTakeFirst();
}

export async function findRecordingOf(db: Db, broadcastId: string): Promise<RecordingRow | undefined> {
  return db.selectFrom("recording").selectAll().where("broadcast_id", "=", broadcastId).executeTakeFirst();
}

/** Held until the transaction ends. */
export async function lockRecording(db: Db, id: string): Promise<RecordingRow | undefined> {
  return db.selectFrom("recording").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
}

export async function insertRecording(db: Db, row: Insertable<RecordingTable>): Promise<void> {
  await db.insertInto("recording").values(row).execute();
}

/** False: there is no such row. */
export async function updateRecordingRow(db: Db, id: string, values: Updateable<RecordingTable>): Promise<boolean> {
  const { numUpdatedRows } = await db.updateTable("recording").set(values).where("id", "=", id).executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** A job that has begun already says more than that it waits. */
export async function noteMp4Wanted(db: Db, id: string): Promise<void> {
  await db
    .updateTable("recording")
    .set({ mp4_state: "waiting", mp4_progress: 0, mp4_problem: null })
    .where("id", "=", id)
    .where("mp4_state", "in", ["none", "failed"])
    .execute();
}

/** Recordings whose MP4 file is to be made, or is being made. */
export async function listMp4Wanted(db: Db): Promise<string[]> {
  const rows = await db.selectFrom("recording").select("id").where("mp4_state", "in", ["waiting", "running"]).execute();
  return rows.map(({ id }) => id);
}

/** False: it was made, or failed, in the meantime. */
export async function giveUpMp4(db: Db, id: string, problem: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("recording")
    .set({ mp4_state: "failed", mp4_problem: problem })
    .where("id", "=", id)
    .where("mp4_state", "in", ["waiting", "running"])
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** A trigger notes its blobs in `blob_trash`. */
export async function deleteRecordingRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom("recording").where("id", "=", id).execute();
}

/** Newest first. `all`: also those that cannot be played or are not for everybody. */
export async function listRecordings(
  db: Db,
  channelId: string,
  page: Readonly<{ after: string | undefined; limit: number; all: boolean }>,
): Promise<ShownRecording[]> {
  return selectShown(db)
    .where("recording.channel_id", "=", channelId)
    .$if(!page.all, (query) =>
      query
        .where("recording.state", "=", "ready")
        .where("broadcast.visibility", "=", "public")
        .where("broadcast.registration", "!=", "required"),
    )
    .$if(page.after !== undefined, (query) => query.where("recording.id", "<", page.after ?? ""))
    .orderBy("recording.id", "desc")
    .limit(page.limit)
    .execute();
}

/** Recordings that are older than their channel keeps them. */
export async function listExpired(db: Db, limit: number): Promise<{ id: string; days: number }[]> {
  const days = sql<number>`(channel.media->>'retentionDays')::integer`;
  return db
    .selectFrom("recording")
    .innerJoin("channel", "channel.id", "recording.channel_id")
    .select(["recording.id", days.as("days")])
    .where("recording.state", "in", ["ready", "failed"])
    .where(sql<boolean>`recording.ended_at + ${days} * interval '1 day' <= now()`)
    .limit(limit)
    .execute();
}

/** Fails recordings of shows that are over which no media node has told of since `at`. Returns what they belong to. */
export async function failLostRecordings(db: Db, at: Date, note: string): Promise<RecordingRow[]> {
  return db
    .updateTable("recording")
    .from("broadcast")
    .set((eb) => ({ state: "failed", note, ended_at: eb.ref("broadcast.ended_at") }))
    .whereRef("broadcast.id", "=", "recording.broadcast_id")
    .where("broadcast.state", "in", ["ended", "archived"])
    .where("recording.state", "in", ["recording", "processing"])
    .where("recording.reported_at", "<", at)
    .returningAll("recording")
    .execute();
}

export async function setRecordNote(db: Db, broadcastId: string, note: string): Promise<void> {
  await db.updateTable("broadcast").set({ record_note: note }).where("id", "=", broadcastId).execute();
}

export async function listMarkers(db: Db, broadcastId: string): Promise<MarkerRow[]> {
  return db
    .selectFrom("marker")
    .selectAll()
    .where("broadcast_id", "=", broadcastId)
    .orderBy("at_ms")
    .orderBy("id")
    .execute();
}

/** Markers of several broadcasts, in the order of their times. */
export async function listMarkersOf(db: Db, broadcastIds: readonly string[]): Promise<MarkerRow[]> {
  if (broadcastIds.length === 0) return [];
  const query = db.selectFrom("marker").selectAll().where("broadcast_id", "in", broadcastIds);
  return query.orderBy("at_ms").orderBy("id").execute();
}

export async function insertMarker(db: Db, row: Insertable<MarkerTable>): Promise<void> {
  await db.insertInto("marker").values(row).execute();
}

/** False: there is no such marker on that broadcast. */
export async function deleteMarkerRow(db: Db, broadcastId: string, id: string): Promise<boolean> {
  const query = db.deleteFrom("marker").where("broadcast_id", "=", broadcastId).where("id", "=", id);
  return (await query.executeTakeFirst()).numDeletedRows > 0n;
}

export type TrashRow = Readonly<{ prefix: string; created_at: Date }>;

/** Prefixes whose time has come. */
export async function listTrash(db: Db, limit: number): Promise<TrashRow[]> {
  return db
    .selectFrom("blob_trash")
    .select(["prefix", "created_at"])
    .where("not_before", "<=", sql<Date>`now()`)
    .orderBy("not_before")
    .limit(limit)
    .execute();
}

export async function putTrashOff(db: Db, prefix: string, until: Date): Promise<void> {
  await db.updateTable("blob_trash").set({ not_before: until }).where("prefix", "=", prefix).execute();
}

export async function forgetTrash(db: Db, prefix: string): Promise<void> {
  await db.deleteFrom("blob_trash").where("prefix", "=", prefix).execute();
}

/** Puts a prefix into the trash, or leaves it there. */
export async function addTrash(db: Db, prefix: string, notBefore: Date): Promise<void> {
  const row = { prefix, not_before: notBefore };
  await db
    .insertInto("blob_trash")
    .values(row)
    .onConflict((conflict) => conflict.column("prefix").doUpdateSet({ not_before: notBefore }))
    .execute();
}
