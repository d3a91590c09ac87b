/** Tips, the ledger that counts them, goals. What was paid outlives shows, accounts and channels. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  `create table tip_settings (
    channel_id text primary key references channel (id) on delete cascade,
    enabled boolean not null,
    currency text not null,
    min_amount_minor bigint,
    audience text not null check (audience in ('everyone','kids','adults'))
  )`,

  `create table tip (
    id text primary key,
    broadcast_id text references broadcast (id) on delete set null,
    channel_id text not null,
    account_id text references account (id) on delete set null,
    send_id text,
    provider text not null check (provider in ('stripe','demo')),
    session_id text,
    checkout_url text,
    payment_id text,
    state text not null check (state in ('pending','paid','refunded','disputed','expired','failed','mismatch')),
    amount_minor bigint not null check (amount_minor > 0),
    currency text not null,
    name text not null,
    anonymous boolean not null,
    message text,
    message_state text not null check (message_state in ('none','shown','held','hidden')),
    held_reason text,
    media_time_ms double precision,
    created_at timestamptz not null default now(),
    paid_at timestamptz
  )`,
  `create unique index tip_send on tip (account_id, send_id)`,
  `create unique index tip_session on tip (provider, session_id)`,
  `create unique index tip_payment on tip (provider, payment_id)`,
  `create index tip_channel on tip (channel_id, id)`,
  `create index tip_broadcast on tip (broadcast_id, paid_at)`,
  `create index tip_account on tip (account_id, created_at)`,

  // What a provider told, once each. Unapplied: about a payment that is not known yet.
  `create table payment_event (
    provider text not null,
    event_id text not null,
    payment_id text,
    tip_id text references tip (id),
    event jsonb not null,
    received_at timestamptz not null default now(),
    applied_at timestamptz,
    primary key (provider, event_id)
  )`,
  `create index payment_event_waiting on payment_event (provider, payment_id) where applied_at is null`,

  `create table ledger_transaction (
    id text primary key,
    provider text not null,
    kind text not null check (kind in ('tip','fee','refund','dispute','dispute_returned')),
    reference text not null,
    tip_id text not null references tip (id),
    channel_id text not null,
    currency text not null,
    created_at timestamptz not null default now(),
    unique (provider, kind, reference)
  )`,
  `create index ledger_transaction_tip on ledger_transaction (tip_id)`,
  `create index ledger_transaction_channel on ledger_transaction (channel_id)`,
  `create table ledger_entry (
    transaction_id text not null references ledger_transaction (id),
    account text not null check (account in ('clearing','channel','fees','refunds','disputes')),
    amount_minor bigint not null check (amount_minor <> 0),
    primary key (transaction_id, account)
  )`,

  `create function ledger_is_append_only() returns trigger language plpgsql as $$
    begin raise exception 'the ledger is append-only'; end
  $$`,
  `create trigger ledger_entry_append_only before update or delete on ledger_entry
    for each statement execute function ledger_is_append_only()`,
  `create trigger ledger_transaction_append_only before update or delete on ledger_transaction
    for each statement execute function ledger_is_append_only()`,

  // Looked at when the database transaction ends: then all entries of it are there.
  `create function ledger_must_balance() returns trigger language plpgsql as $$
    declare
      ref text;
      total numeric;
    begin
      if tg_table_name = 'ledger_entry' then ref := new.transaction_id; else ref := new.id; end if;
      select sum(amount_minor) into total from ledger_entry where transaction_id = ref;
      if total is null then raise exception 'ledger transaction % has no entries', ref; end if;
      if total <> 0 then raise exception 'ledger transaction % does not balance: % is left', ref, total; end if;
      return null;
    end
  $$`,
  `create constraint trigger ledger_entry_balances after insert on ledger_entry
    deferrable initially deferred for each row execute function ledger_must_balance()`,
  `create constraint trigger ledger_transaction_balances after insert on ledger_transaction
    deferrable initially deferred for each row execute function ledger_must_balance()`,

  `create table goal (
    id text primary key,
    channel_id text not null references channel (id) on delete cascade,
    title text not null,
    target_minor bigint not null check (target_minor > 0),
    currency text not null,
    created_by text references account (id) on delete set null,
    started_at timestamptz not null,
    stopped_at timestamptz
  )`,
  `create unique index goal_running on goal (channel_id) where stopped_at is null`,
];

export const tips: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
