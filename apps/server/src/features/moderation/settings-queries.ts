/** SQL of filters and limits. One statement each, plain rows out. */
import type { FilterAction, ModerationSettings } from "@rostrum/contract/moderation";
import { type Insertable, type Kysely, type Selectable, sql } from "kysely";
import type { WordFilterTable } from "../../store/moderation-tables.ts";
import type { Schema } from "../../store/schema.ts";

type Db = Kysely<Schema>;
export type FilterRow = Selectable<WordFilterTable> & { by_handle: string | null; by_name: string | null };

/** 0: nothing was ever set. */
export async function revisionOf(db: Db, channelId: string): Promise<number> {
  const row = await db
    .selectFrom("moderation_settings")
    .select("revision")
    .where("channel_id", "=", channelId)
    .executeTakeFirst();
  return row?.revision ?? 0;
}

export async function findSettings(
  db: Db,
  channelId: string,
): Promise<{ settings: Partial<ModerationSettings>; revision: number } | undefined> {
  return db
    .selectFrom("moderation_settings")
    .select(["settings", "revision"])
    .where("channel_id", "=", channelId)
    .executeTakeFirst();
}

/** @param settings undefined: only the revision rises, because a filter has changed */
export async function saveSettings(db: Db, channelId: string, settings?: ModerationSettings): Promise<void> {
  const values = settings === undefined ? {} : { settings: JSON.stringify(settings) };
  await db
    .insertInto("moderation_settings")
    .values({ channel_id: channelId, settings: "{}", ...values })
    .onConflict((conflict) =>
      conflict.column("channel_id").doUpdateSet({
        ...values,
        revision: sql<number>`moderation_settings.revision + 1`,
        updated_at: sql<Date>`now()`,
      }),
    )
    .execute();
}

function selectFilters(db: Db) {
  return db
    .selectFrom("word_filter")
    .leftJoin("account", "account.id", "word_filter.created_by")
    .selectAll("word_filter")
    .select(["account.handle as by_handle", "account.display_name as by_name"]);
}

/** Newest first. */
export async function listFilters(db: Db, channelId: string): Promise<FilterRow[]> {
  return selectFilters(db).where("word_filter.channel_id", "=", channelId).orderBy("word_filter.id", "desc").execute();
}

export async function findFilter(db: Db, channelId: string, id: string): Promise<FilterRow | undefined> {
  return selectFilters(db)
    .where("word_filter.channel_id", "=", channelId)
    .where("word_filter.id", "=", id)
    .executeTakeFirst();
}

/** False when the channel has the same filter already. */
export async function insertFilter(db: Db, row: Insertable<WordFilterTable>): Promise<boolean> {
  const inserted = await db
    .insertInto("word_filter")
    .values(row)
    .onConflict((conflict) => conflict.columns(["channel_id", "kind", "text"]).doNothing())
    .returning("id")
    .executeTakeFirst();
  return inserted !== undefined;
}

export async function updateFilter(db: Db, id: string, action: FilterAction): Promise<void> {
  await db.updateTable("word_filter").set({ action }).where("id", "=", id).execute();
}

export async function deleteFilter(db: Db, id: string): Promise<void> {
  await db.deleteFrom("word_filter").where("id", "=", id).execute();
}
