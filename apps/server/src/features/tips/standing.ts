/** What stands beside the tips of a show: the goal, who gave most, the sums. All of it out of the ledger. */
import type { Currency } from "@rostrum/contract/money";
import {
  type Goal,
  type LeaderboardEntry,
  TIP_LIMITS,
  type TipTotal,
  type TipTotalsQuery,
} from "@rostrum/contract/tips";
import { type Kysely, type Selectable, sql } from "kysely";
import type { Schema } from "../../store/schema.ts";
import type { GoalTable } from "../../store/tip-tables.ts";
import type { TipParts } from "./parts.ts";
import { noticeOf, shownName } from "./present.ts";
import type { Provider } from "./queries.ts";
import { settingsOf } from "./settings.ts";

type Db = Kysely<Schema>;
export type GoalRow = Selectable<GoalTable>;
type Show = Readonly<{ id: string; channel_id: string }>;

const MONTH_MS = 30 * 86_400_000;

/** What a tip is worth to the channel before fees: paid, less what went back. */
const WORTH = ["channel", "refunds", "disputes"] as const;

export async function standingOf(
  parts: TipParts,
  show: Show,
): Promise<{ goal: Goal | null; leaderboard: LeaderboardEntry[] }> {
  const row = await findRunningGoal(parts.ctx.store.db, show.channel_id);
  const goal = row === undefined ? null : await goalOf(parts, row);
  return { goal, leaderboard: await leaderboardOf(parts, show, "show") };
}

/** Who gave most, in the channel's currency, without those who gave namelessly or have no account any more. */
export async function leaderboardOf(
  { ctx, payments, now }: TipParts,
  show: Show,
  period: "show" | "30d",
): Promise<LeaderboardEntry[]> {
  const { currency } = await settingsOf(ctx.store.db, show.channel_id);
  const worth = sql<string>`sum(ledger_entry.amount_minor)`;
  let query = worthOfTips(ctx.store.db, payments.provider, currency)
    .innerJoin("account", "account.id", "tip.account_id")
    .where("tip.anonymous", "=", false)
    .select(["account.handle", "account.display_name", worth.as("worth")])
    .select(sql<string>`count(distinct tip.id) filter (where tip.state = 'paid')`.as("tips"))
    .groupBy("account.id");
  query =
    period === "show"
      ? query.where("tip.broadcast_id", "=", show.id)
      : query.where("tip.channel_id", "=", show.channel_id).where("tip.paid_at", ">=", new Date(now() - MONTH_MS));
  const rows = await query
    .having(worth, ">", "0")
    .orderBy("worth", "desc")
    .orderBy(sql`min(tip.paid_at)`)
    .limit(TIP_LIMITS.leaderboard)
    .execute();
  return rows.map(({ handle, display_name, worth: amount, tips }) => ({
    ...{ handle, name: shownName(display_name, handle), currency },
    ...{ amountMinor: Number(amount), tips: Number(tips) },
  }));
}

export async function findRunningGoal(db: Db, channelId: string): Promise<GoalRow | undefined> {
  const query = db.selectFrom("goal").selectAll().where("channel_id", "=", channelId);
  return query.where("stopped_at", "is", null).executeTakeFirst();
}

/** With what was raised for it so far. */
export async function goalOf({ ctx, payments }: TipParts, row: GoalRow): Promise<Goal> {
  const { id, title, currency, started_at, stopped_at } = row;
  let query = worthOfTips(ctx.store.db, payments.provider, currency)
    .select(sql<string>`coalesce(sum(ledger_entry.amount_minor), 0)`.as("raised"))
    .where("tip.channel_id", "=", row.channel_id)
    .where("tip.paid_at", ">=", started_at);
  if (stopped_at !== null) query = query.where("tip.paid_at", "<", stopped_at);
  const { raised } = await query.executeTakeFirstOrThrow();
  return {
    ...{ id, title, currency, targetMinor: Number(row.target_minor), raisedMinor: Number(raised) },
    ...{ startedAt: started_at.toISOString(), stoppedAt: stopped_at?.toISOString() ?? null },
  };
}

/** The entries that say what tips are worth; filters and sums are the caller's. */
function worthOfTips(db: Db, provider: Provider, currency: Currency) {
  return db
    .selectFrom("tip")
    .innerJoin("ledger_transaction", "ledger_transaction.tip_id", "tip.id")
    .innerJoin("ledger_entry", "ledger_entry.transaction_id", "ledger_transaction.id")
    .where("ledger_entry.account", "in", WORTH)
    .where("tip.provider", "=", provider)
    .where("tip.currency", "=", currency);
}

/** Of a channel; a span counts when a tip was asked for. */
export async function totalsOf(db: Db, channelId: string, filter: TipTotalsQuery): Promise<TipTotal[]> {
  const on = (account: string) =>
    sql<string>`coalesce(sum(ledger_entry.amount_minor) filter (where ledger_entry.account = ${account}), 0)`;
  let query = db
    .selectFrom("ledger_entry")
    .innerJoin("ledger_transaction", "ledger_transaction.id", "ledger_entry.transaction_id")
    .innerJoin("tip", "tip.id", "ledger_transaction.tip_id")
    .where("tip.channel_id", "=", channelId);
  if (filter.from !== undefined) query = query.where("tip.created_at", ">=", new Date(filter.from));
  if (filter.to !== undefined) query = query.where("tip.created_at", "<", new Date(filter.to));
  if (filter.broadcastId !== undefined) query = query.where("tip.broadcast_id", "=", filter.broadcastId);
  const rows = await query
    .select(["tip.currency", "tip.provider", sql<string>`count(distinct tip.id)`.as("tips")])
    .select([on("channel").as("gross"), on("fees").as("fees"), on("refunds").as("refunds")])
    .select([on("disputes").as("disputes"), on("clearing").as("clearing")])
    .groupBy(["tip.currency", "tip.provider"])
    .orderBy("tip.currency")
    .orderBy("tip.provider")
    .execute();
  return rows.map((row) => ({
    ...{ currency: row.currency, provider: row.provider, notice: noticeOf(row.provider), tips: Number(row.tips) },
    ...{ grossMinor: Number(row.gross), feesMinor: plain(-Number(row.fees)) },
    ...{ refundsMinor: plain(-Number(row.refunds)), disputesMinor: plain(-Number(row.disputes)) },
    netMinor: plain(-Number(row.clearing)),
  }));
}

/** Without the sign of nothing. */
const plain = (amount: number): number => amount || 0;
