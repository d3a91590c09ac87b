/** SQL of questions. One statement each, plain rows out. */
import type { QuestionState } from "@rostrum/contract/engagement";
import { type Insertable, type Kysely, type Selectable, sql, type Updateable } from "kysely";
import type { QuestionTable, Schema } from "../../store/schema.ts";

type Db = Kysely<Schema>;

/** With who asked; null when that account is gone. */
export type QuestionRow = Selectable<QuestionTable> & {
  author_handle: string | null;
  author_name: string | null;
};

export type ListOptions = Readonly<{
  states: readonly QuestionState[];
  /** By votes, else newest first. */
  byVotes: boolean;
  /** The last one of the page before. */
  after?: Readonly<{ id: string; upvotes: number }> | undefined;
  limit: number;
}>;

function selectQuestions(db: Db) {
  return db
    .selectFrom("question")
    .leftJoin("account", "account.id", "question.account_id")
    .selectAll("question")
    .select(["account.handle as author_handle", "account.display_name as author_name"]);
}

export async function findQuestion(db: Db, id: string): Promise<QuestionRow | undefined> {
  return selectQuestions(db).where("question.id", "=", id).executeTakeFirst();
}

/** Held until the transaction ends. */
export async function lockQuestion(
  db: Db,
  broadcastId: string,
  id: string,
): Promise<Selectable<QuestionTable> | undefined> {
  return db
    .selectFrom("question")
    .selectAll()
    .where("id", "=", id)
    .where("broadcast_id", "=", broadcastId)
    .forUpdate()
    .executeTakeFirst();
}

/** What was sent with this id before. */
export async function findSentQuestion(db: Db, accountId: string, sendId: string): Promise<QuestionRow | undefined> {
  return selectQuestions(db).where("account_id", "=", accountId).where("send_id", "=", sendId).executeTakeFirst();
}

export async function listQuestions(
  db: Db,
  broadcastId: string,
  { states, byVotes, after, limit }: ListOptions,
): Promise<QuestionRow[]> {
  let query = selectQuestions(db).where("broadcast_id", "=", broadcastId).where("question.state", "in", states);
  if (after !== undefined && !byVotes) query = query.where("question.id", "<", after.id);
  if (after !== undefined && byVotes) {
    const { id, upvotes } = after;
    query = query.where(sql<boolean>`(question.upvotes, question.id) < (${upvotes}::integer, ${id}::text)`);
  }
  if (byVotes) query = query.orderBy("question.upvotes", "desc");
  return query.orderBy("question.id", "desc").limit(limit).execute();
}

/** Newest first. */
export async function listOwnQuestions(
  db: Db,
  broadcastId: string,
  accountId: string,
  { state, since, limit }: Readonly<{ state?: QuestionState; since?: Date; limit: number }>,
): Promise<QuestionRow[]> {
  let query = selectQuestions(db).where("broadcast_id", "=", broadcastId).where("account_id", "=", accountId);
  if (state !== undefined) query = query.where("question.state", "=", state);
  if (since !== undefined) query = query.where("asked_at", ">=", since);
  return query.orderBy("question.id", "desc").limit(limit).execute();
}

/** Of a show: those that wait for an answer; of one account: those, and all that it has asked. */
export async function countQuestions(
  db: Db,
  broadcastId: string,
  accountId: string,
): Promise<{ waiting: number; ownWaiting: number; own: number }> {
  const waits = sql`state in ('pending','open','answering')`;
  const own = sql`account_id = ${accountId}`;
  const row = await db
    .selectFrom("question")
    .select([
      sql<string>`count(*) filter (where ${waits})`.as("waiting"),
      sql<string>`count(*) filter (where ${waits} and ${own})`.as("own_waiting"),
      sql<string>`count(*) filter (where ${own})`.as("own"),
    ])
    .where("broadcast_id", "=", broadcastId)
    .executeTakeFirst();
  return { waiting: Number(row?.waiting ?? 0), ownWaiting: Number(row?.own_waiting ?? 0), own: Number(row?.own ?? 0) };
}

export async function insertQuestion(db: Db, row: Insertable<QuestionTable>): Promise<void> {
  await db.insertInto("question").values(row).execute();
}

export async function updateQuestion(db: Db, id: string, values: Updateable<QuestionTable>): Promise<void> {
  await db.updateTable("question").set(values).where("id", "=", id).execute();
}

/** Ends what is being answered in a show, but for one question. Gives the ids. */
export async function endAnswering(db: Db, broadcastId: string, exceptId: string): Promise<string[]> {
  const rows = await db
    .updateTable("question")
    .set({ state: "answered" })
    .where("broadcast_id", "=", broadcastId)
    .where("state", "=", "answering")
    .where("id", "!=", exceptId)
    .returning("id")
    .execute();
  return rows.map((row) => row.id);
}

/** Takes down what is pinned in a show, but for one question. Gives the ids. */
export async function unpinOthers(db: Db, broadcastId: string, exceptId: string): Promise<string[]> {
  const rows = await db
    .updateTable("question")
    .set({ pinned: false })
    .where("broadcast_id", "=", broadcastId)
    .where("pinned", "=", true)
    .where("id", "!=", exceptId)
    .returning("id")
    .execute();
  return rows.map((row) => row.id);
}

/** The one on top; undefined: none. */
export async function findPinned(db: Db, broadcastId: string): Promise<QuestionRow | undefined> {
  return selectQuestions(db)
    .where("question.broadcast_id", "=", broadcastId)
    .where("question.pinned", "=", true)
    .executeTakeFirst();
}

/** Adds the account's vote, or takes it away; again changes nothing. Gives the votes there are. */
export async function setUpvote(tx: Db, questionId: string, accountId: string, wanted: boolean): Promise<number> {
  const vote = { question_id: questionId, account_id: accountId };
  const changed = wanted
    ? (
        await tx
          .insertInto("question_vote")
          .values(vote)
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst()
      ).numInsertedOrUpdatedRows
    : (
        await tx
          .deleteFrom("question_vote")
          .where("question_id", "=", questionId)
          .where("account_id", "=", accountId)
          .executeTakeFirst()
      ).numDeletedRows;
  const step = (changed ?? 0n) === 0n ? 0 : wanted ? 1 : -1;
  const row = await tx
    .updateTable("question")
    .set({ upvotes: sql<number>`upvotes + ${step}::integer` })
    .where("id", "=", questionId)
    .returning("upvotes")
    .executeTakeFirst();
  return row?.upvotes ?? 0;
}

/** Votes by question. */
export async function listUpvotes(db: Db, ids: readonly string[]): Promise<Record<string, number>> {
  if (ids.length === 0) return {};
  const rows = await db.selectFrom("question").select(["id", "upvotes"]).where("id", "in", ids).execute();
  return Object.fromEntries(rows.map((row) => [row.id, row.upvotes]));
}

/** The questions of a show that an account has voted for and that can be voted for: the newest ones. */
export async function upvotedBy(db: Db, accountId: string, broadcastId: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom("question_vote")
    .innerJoin("question", "question.id", "question_vote.question_id")
    .select("question_vote.question_id")
    .where("question.broadcast_id", "=", broadcastId)
    .where("question_vote.account_id", "=", accountId)
    .where("question.state", "in", ["open", "answering"])
    .orderBy("question.id", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => row.question_id);
}
