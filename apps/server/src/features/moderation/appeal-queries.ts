/** SQL of appeals. One statement each, plain rows out. */
import type { Insertable, Kysely, Selectable } from "kysely";
import type { AppealTable } from "../../store/moderation-tables.ts";
import type { Schema } from "../../store/schema.ts";
import { counts, countsOn, type Page } from "./queries.ts";

type Db = Kysely<Schema>;

/** With the ban that it is against. */
export type AppealRow = Selectable<AppealTable> & {
  channel_id: string | null;
  account_id: string;
  until: Date | null;
  lifted_at: Date | null;
  who_handle: string;
  who_name: string;
};

function selectAppeals(db: Db) {
  return db
    .selectFrom("appeal")
    .innerJoin("chat_ban", "chat_ban.id", "appeal.ban_id")
    .innerJoin("account as who", "who.id", "chat_ban.account_id")
    .selectAll("appeal")
    .select(["chat_ban.channel_id", "chat_ban.account_id", "chat_ban.until", "chat_ban.lifted_at"])
    .select(["who.handle as who_handle", "who.display_name as who_name"]);
}

export async function findAppeal(db: Db, id: string): Promise<AppealRow | undefined> {
  return selectAppeals(db).where("appeal.id", "=", id).executeTakeFirst();
}

export async function findAppealOfBan(db: Db, banId: string): Promise<AppealRow | undefined> {
  return selectAppeals(db).where("appeal.ban_id", "=", banId).executeTakeFirst();
}

/** Newest first. @param openAt only those that wait for an answer then: their ban still counts; undefined: all */
export async function listAppeals(
  db: Db,
  filter: Readonly<{ channelId: string; openAt: Date | undefined }> & Page,
): Promise<AppealRow[]> {
  let query = selectAppeals(db).where(countsOn(filter.channelId));
  if (filter.openAt !== undefined) query = query.where("appeal.state", "=", "open").where(counts(filter.openAt));
  if (filter.before !== undefined) query = query.where("appeal.id", "<", filter.before);
  return query.orderBy("appeal.id", "desc").limit(filter.limit).execute();
}

/** False when there is one for this ban. */
export async function insertAppeal(db: Db, row: Insertable<AppealTable>): Promise<boolean> {
  const inserted = await db
    .insertInto("appeal")
    .values(row)
    .onConflict((conflict) => conflict.column("ban_id").doNothing())
    .returning("id")
    .executeTakeFirst();
  return inserted !== undefined;
}

/** False when it has been answered before. */
export async function answerAppeal(
  db: Db,
  id: string,
  answer: Readonly<{ state: "lifted" | "kept"; answer: string; answered_by: string; answered_at: Date }>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("appeal")
    .set(answer)
    .where("id", "=", id)
    .where("state", "=", "open")
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
