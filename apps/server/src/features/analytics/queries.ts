/** SQL of the sums of audiences. One statement each, plain rows out. */
import { type Kysely, type RawBuilder, type Selectable, sql } from "kysely";
import type { AudienceTotalTable } from "../../store/audience-tables.ts";
import type { Schema } from "../../store/schema.ts";
import { type BucketSums, SUM_NAMES } from "./tally.ts";

type Db = Kysely<Schema>;
export type TotalRow = Selectable<AudienceTotalTable>;

/** What lies between two times, ms since 1970, in steps of one length; `toMs` is exclusive. */
export type Steps = Readonly<{ fromMs: number; toMs: number; stepMs: number }>;
export type StepSums = Readonly<BucketSums & { step: number }>;

/** Steps in which somebody watched, in their order; `step` counts from 0. */
export async function sumSteps(db: Db, broadcastId: string, { fromMs, toMs, stepMs }: Steps): Promise<StepSums[]> {
  const sums = SUM_NAMES.map((name) => sql<number>`sum(${sql.ref(name)})`.as(name));
  const rows = await db
    .selectFrom("audience_bucket")
    .select(stepOf("at", fromMs, stepMs).as("step"))
    .select(sums)
    .where("broadcast_id", "=", broadcastId)
    .where("at", ">=", new Date(fromMs))
    .where("at", "<", new Date(toMs))
    .groupBy("step")
    .orderBy("step")
    .execute();
  return rows as StepSums[];
}

export async function listTotals(db: Db, broadcastId: string): Promise<TotalRow[]> {
  return db.selectFrom("audience_total").selectAll().where("broadcast_id", "=", broadcastId).execute();
}

/** Viewer sessions of a show. */
export async function countSessions(db: Db, broadcastId: string): Promise<number> {
  const query = db.selectFrom("audience_bucket").select(sql<number | null>`sum(joins)`.as("joins"));
  return Math.round((await query.where("broadcast_id", "=", broadcastId).executeTakeFirst())?.joins ?? 0);
}

function stepOf(column: string, fromMs: number, stepMs: number): RawBuilder<number> {
  return sql`floor((extract(epoch from ${sql.ref(column)})::double precision * 1000 - ${fromMs}::double precision)
    / ${stepMs}::double precision)`;
}
