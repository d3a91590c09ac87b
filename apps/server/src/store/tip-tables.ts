/** The tables of tips and their ledger as Kysely sees them. Amounts are bigint: strings when read. */
import type { ColumnType, Generated } from "kysely";
import type { TipAudience, TipState } from "@rostrum/contract/tips";
import type { Currency } from "@rostrum/contract/money";

type BigInt = ColumnType<string, string | number, string | number>;
type NullableBigInt = ColumnType<string | null, string | number | null, string | number | null>;
type Provider = "stripe" | "demo";

export interface TipSettingsTable {
  channel_id: string;
  enabled: boolean;
  currency: Currency;
  min_amount_minor: NullableBigInt;
  audience: TipAudience;
}

export interface TipTable {
  id: string;
  broadcast_id: string | null;
  channel_id: string;
  account_id: string | null;
  send_id: string | null;
  provider: Provider;
  session_id: string | null;
  checkout_url: string | null;
  payment_id: string | null;
  state: TipState;
  amount_minor: BigInt;
  currency: Currency;
  name: string; // the giver's, when it was given
  anonymous: boolean;
  message: string | null;
  message_state: "none" | "shown" | "held" | "hidden";
  held_reason: string | null;
  media_time_ms: number | null;
  created_at: Generated<Date>;
  paid_at: Date | null;
}

/** What a provider told. `applied_at` null: it waits for its payment. */
export interface PaymentEventTable {
  provider: Provider;
  event_id: string;
  payment_id: string | null;
  tip_id: string | null;
  event: ColumnType<unknown, string, string>;
  received_at: Generated<Date>;
  applied_at: Date | null;
}

/** Append-only. `reference` is what must not be counted twice. */
export interface LedgerTransactionTable {
  id: string;
  provider: Provider;
  kind: "tip" | "fee" | "refund" | "dispute" | "dispute_returned";
  reference: string;
  tip_id: string;
  channel_id: string;
  currency: Currency;
  created_at: Generated<Date>;
}

/** Append-only. What an account is owed, so that the entries of a transaction sum to zero; the store refuses others. */
export interface LedgerEntryTable {
  transaction_id: string;
  account: "clearing" | "channel" | "fees" | "refunds" | "disputes";
  amount_minor: BigInt;
}

/** At most one of a channel runs (`stopped_at` null). */
export interface GoalTable {
  id: string;
  channel_id: string;
  title: string;
  target_minor: BigInt;
  currency: Currency;
  created_by: string | null;
  started_at: Date;
  stopped_at: Date | null;
}

export interface TipSchema {
  tip_settings: TipSettingsTable;
  tip: TipTable;
  payment_event: PaymentEventTable;
  ledger_transaction: LedgerTransactionTable;
  ledger_entry: LedgerEntryTable;
  goal: GoalTable;
}
