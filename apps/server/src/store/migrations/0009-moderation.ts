/** Bans, filters, the log of moderation, appeals. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  `create table moderation_settings (
    channel_id text primary key references channel (id) on delete cascade,
    settings jsonb not null default '{}',
    revision integer not null default 1,
    updated_at timestamptz not null default now()
  )`,
  `create table word_filter (
    id text primary key,
    channel_id text not null references channel (id) on delete cascade,
    kind text not null check (kind in ('word','pattern')),
    text text not null,
    action text not null check (action in ('hold','refuse','replace')),
    created_by text references account (id) on delete set null,
    created_at timestamptz not null,
    unique (channel_id, kind, text)
  )`,

  // One of scope 'owner' outlives the channel on which it was decided.
  `create table chat_ban (
    id text primary key,
    channel_id text references channel (id) on delete set null,
    owner_id text references account (id) on delete cascade,
    scope text not null check (scope in ('channel','owner')),
    kind text not null check (kind in ('timeout','ban')),
    account_id text not null references account (id) on delete cascade,
    reason text not null,
    until timestamptz,
    created_by text references account (id) on delete set null,
    created_at timestamptz not null,
    lifted_at timestamptz,
    check (scope = 'channel' or owner_id is not null)
  )`,
  `create index chat_ban_account on chat_ban (account_id) where lifted_at is null`,
  `create index chat_ban_channel on chat_ban (channel_id, id)`,
  `create index chat_ban_owner on chat_ban (owner_id, id) where scope = 'owner'`,

  `create table appeal (
    id text primary key,
    ban_id text not null unique references chat_ban (id) on delete cascade,
    text text not null,
    state text not null default 'open' check (state in ('open','lifted','kept')),
    answer text,
    answered_by text references account (id) on delete set null,
    answered_at timestamptz,
    created_at timestamptz not null
  )`,

  // Names people and messages by id only, without references: what they point to may go, the log stays as it is.
  `create table moderation_action (
    id text primary key,
    channel_id text not null references channel (id) on delete cascade,
    broadcast_id text,
    actor_id text,
    account_id text,
    act text not null,
    message_id text,
    message_text text,
    ban_id text,
    text text not null,
    details jsonb not null,
    undoes text unique,
    send_id text,
    at timestamptz not null,
    unique (actor_id, send_id)
  )`,
  `create index moderation_action_channel on moderation_action (channel_id, id)`,
  `create index moderation_action_account on moderation_action (account_id, channel_id, id)`,
  `create function moderation_action_stays() returns trigger language plpgsql as $$
    begin
      raise exception 'the log of moderation is append-only';
    end
  $$`,
  `create trigger moderation_action_stays before update on moderation_action
    for each row execute function moderation_action_stays()`,

  // Keyed hashes of networks, never addresses; rows go after 30 days.
  `create table network_sighting (
    account_id text not null references account (id) on delete cascade,
    hash text not null,
    seen_at timestamptz not null,
    primary key (account_id, hash)
  )`,
  `create index network_sighting_hash on network_sighting (hash)`,
  `create index network_sighting_seen on network_sighting (seen_at)`,
];

export const moderation: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
