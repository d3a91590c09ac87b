/** Followers, what they are told of, and webhooks with their deliveries. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  `create table follow (
    account_id text not null references account (id) on delete cascade,
    channel_id text not null references channel (id) on delete cascade,
    created_at timestamptz not null default now(),
    mail boolean not null default true,
    push boolean not null default true,
    primary key (account_id, channel_id)
  )`,
  `create index follow_channel on follow (channel_id, account_id)`,

  `create table push_subscription (
    id text primary key,
    account_id text not null references account (id) on delete cascade,
    endpoint text not null unique,
    p256dh text not null,
    auth text not null,
    user_agent text not null,
    created_at timestamptz not null default now()
  )`,
  `create index push_subscription_account on push_subscription (account_id)`,

  // One row once it is known whom to tell of a show: nobody who follows later is told of it.
  `create table live_notice_plan (
    broadcast_id text primary key references broadcast (id) on delete cascade,
    planned_at timestamptz not null default now()
  )`,

  // One row per person and way once a show has begun: it is what makes "told once" true.
  `create table live_notice (
    broadcast_id text not null references broadcast (id) on delete cascade,
    account_id text not null references account (id) on delete cascade,
    via text not null check (via in ('mail','push')),
    state text not null default 'waiting' check (state in ('waiting','sent','failed')),
    attempts integer not null default 0,
    primary key (broadcast_id, account_id, via)
  )`,
  `create index live_notice_waiting on live_notice (broadcast_id) where state = 'waiting'`,
  `create index live_notice_account on live_notice (account_id)`,

  `create table webhook (
    id text primary key,
    channel_id text not null references channel (id) on delete cascade,
    url text not null,
    description text not null,
    events jsonb not null,
    sealed text not null,
    old_sealed text,
    old_until timestamptz,
    enabled boolean not null default true,
    disabled_reason text,
    failing_since timestamptz,
    failures integer not null default 0,
    created_by text references account (id) on delete set null,
    created_at timestamptz not null default now()
  )`,
  `create index webhook_channel on webhook (channel_id, id)`,
  `create index webhook_created_by on webhook (created_by)`,

  // What makes one delivery of an event that several processes heard of is the unique pair.
  `create table webhook_delivery (
    id text primary key,
    webhook_id text not null references webhook (id) on delete cascade,
    event_id text not null,
    type text not null,
    body text not null,
    replay_of text,
    state text not null default 'pending' check (state in ('pending','delivered','failed')),
    attempts integer not null default 0,
    next_at timestamptz,
    status integer,
    duration_ms integer,
    problem text,
    answer text,
    created_at timestamptz not null default now(),
    attempted_at timestamptz
  )`,
  `create unique index webhook_delivery_once on webhook_delivery (webhook_id, event_id) where replay_of is null`,
  `create index webhook_delivery_log on webhook_delivery (webhook_id, id)`,
  `create index webhook_delivery_pending on webhook_delivery (next_at) where state = 'pending'`,
  `create index webhook_delivery_created on webhook_delivery (created_at)`,
];

export const followsWebhooks: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
