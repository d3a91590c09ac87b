/** SQL of uploaded videos. One statement each, plain rows out. */
import { type Insertable, type Kysely, type Selectable, sql, type Updateable } from "kysely";
import type { MediaFileTable, Schema } from "../../store/schema.ts";

export type FileRow = Selectable<MediaFileTable>;

type Db = Kysely<Schema>;

export async function insertFile(db: Db, row: Insertable<MediaFileTable>): Promise<FileRow> {
  return db.insertInto("media_file").values(row).returningAll().executeTakeFirstOrThrow();
}

export async function findFile(db: Db, id: string): Promise<FileRow | undefined> {
  return db.selectFrom("media_file").selectAll().where("id", "=", id).executeTakeFirst();
}

/** In no order. */
export async function findFiles(db: Db, channelId: string, ids: readonly string[]): Promise<FileRow[]> {
  return db.selectFrom("media_file").selectAll().where("channel_id", "=", channelId).where("id", "in", ids).execute();
}

/** Newest first. */
export async function listFiles(db: Db, channelId: string): Promise<FileRow[]> {
  return db.selectFrom("media_file").selectAll().where("channel_id", "=", channelId).orderBy("id", "desc").execute();
}

/** False when the file is gone. */
export async function updateFile(db: Db, id: string, values: Updateable<MediaFileTable>): Promise<boolean> {
  const { numUpdatedRows } = await db.updateTable("media_file").set(values).where("id", "=", id).executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Files that wait or are prepared, and were uploaded before `at`. */
export async function listUnprepared(db: Db, at: Date): Promise<string[]> {
  const rows = await db
    .selectFrom("media_file")
    .select("id")
    .where("state", "in", ["waiting", "processing"])
    .where("created_at", "<", at)
    .execute();
  return rows.map(({ id }) => id);
}

/** False: it is gone, or prepared, or has failed in the meantime. */
export async function giveUpFile(db: Db, id: string, problem: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("media_file")
    .set({ state: "failed", problem })
    .where("id", "=", id)
    .where("state", "in", ["waiting", "processing"])
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function deleteFile(db: Db, id: string): Promise<void> {
  await db.deleteFrom("media_file").where("id", "=", id).execute();
}

/** Blobs that are being written: a crash before their row exists leaves them to be removed in a day. */
export async function announceBlobs(db: Db, prefix: string): Promise<void> {
  const not_before = sql<Date>`now() + interval '1 day'`;
  await db.insertInto("blob_trash").values({ prefix, not_before }).execute();
}

/** Now a row names them. */
export async function keepBlobs(db: Db, prefix: string): Promise<void> {
  await db.deleteFrom("blob_trash").where("prefix", "=", prefix).execute();
}

/** No row will name them. */
export async function discardBlobs(db: Db, prefix: string): Promise<void> {
  const not_before = sql<Date>`now()`;
  await db.updateTable("blob_trash").set({ not_before }).where("prefix", "=", prefix).execute();
}
