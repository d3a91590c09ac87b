/** SQL of clips. One statement each, plain rows out. */
import { type Insertable, type Kysely, type Selectable, sql, type Updateable } from "kysely";
import type { MinimumAge } from "@rostrum/contract/age-gate";
import type { Visibility } from "@rostrum/contract/broadcasts";
import type { RegistrationMode } from "@rostrum/contract/registration";
import type { ClipTable, Schema } from "../../store/schema.ts";

type Db = Kysely<Schema>;

/** A clip with what is shown of its show and its maker. */
export type ClipRow = Selectable<ClipTable> & {
  broadcast_title: string;
  visibility: Visibility;
  registration: RegistrationMode;
  age_restricted: boolean;
  minimum_age: MinimumAge;
  channel_handle: string;
  channel_title: string;
  maker_handle: string | null;
  maker_name: string | null;
};

export type ListOptions = Readonly<{
  channelId?: string | undefined;
  broadcastId?: string | undefined;
  /** Only those of an id before this one. */
  before?: string | undefined;
  limit: number;
  /** Clips that are not ready, too. */
  unready: boolean;
  /** Which shows' clips. */
  visibilities: readonly Visibility[];
  /** Also of shows that only the registered may watch. */
  registered: boolean;
}>;

function selectClips(db: Db) {
  return db
    .selectFrom("clip")
    .innerJoin("broadcast", "broadcast.id", "clip.broadcast_id")
    .innerJoin("channel", "channel.id", "clip.channel_id")
    .leftJoin("account", "account.id", "clip.created_by")
    .selectAll("clip")
    .select([
      "broadcast.title as broadcast_title",
      "broadcast.visibility as visibility",
      "broadcast.registration as registration",
      "broadcast.age_restricted as age_restricted",
      "broadcast.minimum_age as minimum_age",
      "channel.handle as channel_handle",
      "channel.title as channel_title",
      "account.handle as maker_handle",
      "account.display_name as maker_name",
    ]);
}

export async function findClip(db: Db, id: string): Promise<ClipRow | undefined> {
  return selectClips(db).where("clip.id", "=", id).executeTakeFirst();
}

/** Newest first. */
export async function listClips(db: Db, options: ListOptions): Promise<ClipRow[]> {
  const { channelId, broadcastId, before, limit, unready, visibilities, registered } = options;
  let query = selectClips(db).where("broadcast.visibility", "in", visibilities);
  if (!registered) query = query.where("broadcast.registration", "!=", "required");
  if (channelId !== undefined) query = query.where("clip.channel_id", "=", channelId);
  if (broadcastId !== undefined) query = query.where("clip.broadcast_id", "=", broadcastId);
  if (before !== undefined) query = query.where("clip.id", "<", before);
  if (!unready) query = query.where("clip.state", "=", "ready");
  return query.orderBy("clip.id", "desc").limit(limit).execute();
}

export async function insertClip(db: Db, row: Insertable<ClipTable>): Promise<void> {
  await db.insertInto("clip").values(row).execute();
}

/** False when there is no such clip (any more). */
export async function updateClip(db: Db, id: string, values: Updateable<ClipTable>): Promise<boolean> {
  const { numUpdatedRows } = await db.updateTable("clip").set(values).where("id", "=", id).executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function deleteClip(db: Db, id: string): Promise<void> {
  await db.deleteFrom("clip").where("id", "=", id).execute();
}

export async function countView(db: Db, id: string): Promise<void> {
  await db
    .updateTable("clip")
    .set({ views: sql<string>`views + 1` })
    .where("id", "=", id)
    .execute();
}

/** What is in the works: of everybody, and of one account; null: of all who have none. */
export async function countMaking(db: Db, accountId: string | null): Promise<{ all: number; own: number }> {
  const own = sql<string>`count(*) filter (where created_by is not distinct from ${accountId})`;
  const row = await db
    .selectFrom("clip")
    .select([sql<string>`count(*)`.as("all"), own.as("own")])
    .where("state", "=", "making")
    .executeTakeFirst();
  return { all: Number(row?.all ?? 0), own: Number(row?.own ?? 0) };
}

export async function countOfBroadcast(db: Db, broadcastId: string): Promise<number> {
  const row = await db
    .selectFrom("clip")
    .select(sql<string>`count(*)`.as("all"))
    .where("broadcast_id", "=", broadcastId)
    .executeTakeFirst();
  return Number(row?.all ?? 0);
}

/** Clips that have been in the works since before `at`. */
export async function listStuck(db: Db, at: Date): Promise<string[]> {
  const rows = await db
    .selectFrom("clip")
    .select("id")
    .where("state", "=", "making")
    .where("created_at", "<", at)
    .execute();
  return rows.map((row) => row.id);
}

/** Those of the ids that are clips in the works. */
export async function listMaking(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db.selectFrom("clip").select("id").where("id", "in", ids).where("state", "=", "making").execute();
  return new Set(rows.map((row) => row.id));
}
