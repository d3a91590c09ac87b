/** SQL of polls. Whether a poll can be voted in is told by the database's clock, whoever asks. */
import { type Insertable, type Kysely, type Selectable, sql, type Updateable } from "kysely";
import type { PollTable, Schema } from "../../store/schema.ts";

type Db = Kysely<Schema>;

/** `votable`: open, and its time is not over; a poll that is open but not votable is closed, though nobody has said so yet. */
export type PollRow = Selectable<PollTable> & { votable: boolean };
export type OptionRow = Readonly<{ id: string; poll_id: string; text: string }>;

const VOTABLE = sql<boolean>`(poll.state = 'open' and (poll.closes_at is null or poll.closes_at > clock_timestamp()))`;
/** Results are told to everybody at most so often. */
const TELL_EVERY = sql`interval '500 milliseconds'`;

function selectPolls(db: Db) {
  return db.selectFrom("poll").selectAll().select(VOTABLE.as("votable"));
}

export async function findPoll(db: Db, id: string): Promise<PollRow | undefined> {
  return selectPolls(db).where("id", "=", id).executeTakeFirst();
}

/** Held until the transaction ends; those who vote at the same time are waited for. */
export async function lockPoll(db: Db, broadcastId: string, id: string): Promise<PollRow | undefined> {
  return selectPolls(db).where("id", "=", id).where("broadcast_id", "=", broadcastId).forUpdate().executeTakeFirst();
}

/** Until the transaction ends nobody changes or closes it; many may hold it so. */
export async function holdPoll(db: Db, id: string): Promise<PollRow | undefined> {
  return selectPolls(db).where("id", "=", id).forShare().executeTakeFirst();
}

/** Newest first. */
export async function listPolls(
  db: Db,
  broadcastId: string,
  { drafts, limit }: Readonly<{ drafts: boolean; limit: number }>,
): Promise<PollRow[]> {
  let query = selectPolls(db).where("broadcast_id", "=", broadcastId);
  if (!drafts) query = query.where("state", "!=", "draft");
  return query.orderBy("id", "desc").limit(limit).execute();
}

export async function countPolls(db: Db, broadcastId: string): Promise<number> {
  const row = await db
    .selectFrom("poll")
    .select(sql<string>`count(*)`.as("all"))
    .where("broadcast_id", "=", broadcastId)
    .executeTakeFirst();
  return Number(row?.all ?? 0);
}

export async function insertPoll(db: Db, row: Insertable<PollTable>): Promise<void> {
  await db.insertInto("poll").values(row).execute();
}

export async function updatePoll(db: Db, id: string, values: Updateable<PollTable>): Promise<void> {
  await db.updateTable("poll").set(values).where("id", "=", id).execute();
}

export async function deletePollRow(db: Db, id: string): Promise<void> {
  await db.deleteFrom("poll").where("id", "=", id).execute();
}

/** Takes the place of those that were there. */
export async function replaceOptions(db: Db, options: readonly (OptionRow & { place: number })[]): Promise<void> {
  const [first] = options;
  if (first === undefined) return;
  await db.deleteFrom("poll_option").where("poll_id", "=", first.poll_id).execute();
  await db
    .insertInto("poll_option")
    .values([...options])
    .execute();
}

/** In their order. */
export async function listOptions(db: Db, pollIds: readonly string[]): Promise<OptionRow[]> {
  if (pollIds.length === 0) return [];
  return db
    .selectFrom("poll_option")
    .select(["id", "poll_id", "text"])
    .where("poll_id", "in", pollIds)
    .orderBy("poll_id")
    .orderBy("place")
    .execute();
}

/** Votes by option; options without any are left out. */
export async function countVotes(db: Db, pollIds: readonly string[]): Promise<Map<string, number>> {
  if (pollIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("poll_vote")
    .select(["option_id", sql<string>`count(*)`.as("votes")])
    .where("poll_id", "in", pollIds)
    .groupBy("option_id")
    .execute();
  return new Map(rows.map((row) => [row.option_id, Number(row.votes)]));
}

/** People by poll; polls without any are left out. */
export async function countVoters(db: Db, pollIds: readonly string[]): Promise<Map<string, number>> {
  if (pollIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("poll_ballot")
    .select(["poll_id", sql<string>`count(*)`.as("voters")])
    .where("poll_id", "in", pollIds)
    .groupBy("poll_id")
    .execute();
  return new Map(rows.map((row) => [row.poll_id, Number(row.voters)]));
}

/** Polls whose time, or whose show, is over and that nobody has closed. */
export async function listRunOut(db: Db): Promise<{ id: string; broadcast_id: string; channel_id: string }[]> {
  return db
    .selectFrom("poll")
    .innerJoin("broadcast", "broadcast.id", "poll.broadcast_id")
    .select(["poll.id", "poll.broadcast_id", "broadcast.channel_id"])
    .where("poll.state", "=", "open")
    .where(sql<boolean>`(poll.closes_at <= clock_timestamp() or broadcast.state in ('ended','archived'))`)
    .limit(100)
    .execute();
}

/** Polls that were closed lately, of which nobody may have been told: who closed them was not heard to the end. */
export async function listUntold(db: Db): Promise<PollRow[]> {
  return selectPolls(db)
    .where("state", "=", "closed")
    .where("results_told_at", "is", null)
    .where("closed_at", "<", sql<Date>`clock_timestamp() - interval '10 seconds'`)
    .where("closed_at", ">", sql<Date>`clock_timestamp() - interval '1 hour'`)
    .limit(100)
    .execute();
}

/** True for one caller in 500 ms: that one tells everybody, of whatever process. Never for a poll that is closed. */
export async function claimTelling(db: Db, id: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("poll")
    .set({ results_told_at: sql<Date>`clock_timestamp()` })
    .where("id", "=", id)
    .where(VOTABLE)
    .where(sql<boolean>`(results_told_at is null or results_told_at <= clock_timestamp() - ${TELL_EVERY})`)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** What an account voted in these polls: option ids by poll. */
export async function votesOf(db: Db, accountId: string, broadcastId: string): Promise<Record<string, string[]>> {
  const rows = await db
    .selectFrom("poll_vote")
    .innerJoin("poll", "poll.id", "poll_vote.poll_id")
    .select(["poll_vote.poll_id", "poll_vote.option_id"])
    .where("poll.broadcast_id", "=", broadcastId)
    .where("poll_vote.account_id", "=", accountId)
    .execute();
  const votes: Record<string, string[]> = {};
  for (const { poll_id, option_id } of rows) (votes[poll_id] ??= []).push(option_id);
  return votes;
}
