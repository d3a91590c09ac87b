/** The double-entry ledger: what each happening means for each account. Amounts are what an account is owed, so that entries sum to zero. */
import type { Currency } from "@rostrum/contract/money";
import { type Kysely, sql } from "kysely";
import { newId } from "../../lib/ids.ts";
import type { Schema } from "../../store/schema.ts";
import type { LedgerEntryTable, LedgerTransactionTable } from "../../store/tip-tables.ts";

type Db = Kysely<Schema>;
export type Account = LedgerEntryTable["account"];
export type TransactionKind = LedgerTransactionTable["kind"];

/** Counts once for each provider, kind and reference. */
export type Posting = Readonly<{
  kind: TransactionKind;
  reference: string;
  tip: Readonly<{ id: string; channel_id: string; provider: "stripe" | "demo"; currency: Currency }>;
  /** Greater than 0. */
  amountMinor: number;
}>;

/** The account that stands against the provider's, and whether the channel is owed more by it (1) or less (-1). */
const AGAINST: Record<TransactionKind, { account: Account; sign: 1 | -1 }> = {
  tip: { account: "channel", sign: 1 },
  fee: { account: "fees", sign: -1 },
  refund: { account: "refunds", sign: -1 },
  dispute: { account: "disputes", sign: -1 },
  dispute_returned: { account: "disputes", sign: 1 },
};

/** The two entries of a posting. @throws {RangeError} an amount that is not a whole number above 0 */
export function entriesOf({ kind, amountMinor }: Pick<Posting, "kind" | "amountMinor">): Record<Account, number> {
  if (!Number.isSafeInteger(amountMinor) || amountMinor <= 0) {
    throw new RangeError(`the ledger was given ${amountMinor}; it takes whole amounts above 0`);
  }
  const { account, sign } = AGAINST[kind];
  const none = { clearing: 0, channel: 0, fees: 0, refunds: 0, disputes: 0 };
  return { ...none, clearing: -sign * amountMinor, [account]: sign * amountMinor };
}

/** False when it was posted before. Inside the transaction of the change it tells about. */
export async function post(tx: Db, { kind, reference, tip, amountMinor }: Posting): Promise<boolean> {
  const id = newId();
  const { channel_id, provider, currency } = tip;
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("ledger_transaction")
    .values({ id, kind, reference, tip_id: tip.id, channel_id, provider, currency })
    .onConflict((conflict) => conflict.columns(["provider", "kind", "reference"]).doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows !== 1n) return false;
  const entries = Object.entries(entriesOf({ kind, amountMinor })) as [Account, number][];
  const values = entries
    .filter(([, amount]) => amount !== 0)
    .map(([account, amount]) => ({ transaction_id: id, account, amount_minor: amount }));
  await tx.insertInto("ledger_entry").values(values).execute();
  return true;
}

/** What stands on each account because of one tip. */
export async function balancesOfTip(db: Db, tipId: string): Promise<Record<Account, number>> {
  const rows = await db
    .selectFrom("ledger_entry")
    .innerJoin("ledger_transaction", "ledger_transaction.id", "ledger_entry.transaction_id")
    .select(["account", sql<string>`sum(amount_minor)`.as("total")])
    .where("tip_id", "=", tipId)
    .groupBy("account")
    .execute();
  const none = { clearing: 0, channel: 0, fees: 0, refunds: 0, disputes: 0 };
  return { ...none, ...Object.fromEntries(rows.map(({ account, total }) => [account, Number(total)])) };
}
