/** Accounts, channels, broadcasts, leases, audit log, viewer sessions. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const CATEGORIES =
  "'talk','music','gaming','news','education','technology','sports','arts','worship','business','other'";

const STATEMENTS = [
  `create table account (
    id text primary key,
    email text not null unique check (email = lower(email)),
    handle text not null unique check (handle = lower(handle)),
    display_name text not null,
    password_hash text not null,
    owner boolean not null,
    session_epoch integer not null default 0,
    disabled_at timestamptz,
    created_at timestamptz not null default now()
  )`,
  // Two set-ups at the same moment cannot both make an owner.
  `create unique index account_one_owner on account (owner) where owner`,

  `create table refresh_token (
    id text primary key,
    account_id text not null references account (id) on delete cascade,
    family_id text not null,
    token_hash text not null unique,
    user_agent text not null,
    created_at timestamptz not null default now(),
    family_created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    revoked_at timestamptz
  )`,
  `create index refresh_token_account on refresh_token (account_id)`,
  `create index refresh_token_family on refresh_token (family_id)`,
  `create index refresh_token_expires on refresh_token (expires_at)`,

  `create table api_token (
    id text primary key,
    account_id text not null references account (id) on delete cascade,
    name text not null,
    token_hash text not null unique,
    scopes jsonb not null,
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz
  )`,
  `create index api_token_account on api_token (account_id)`,

  `create table invite (
    id text primary key,
    token_hash text not null unique,
    created_by text not null references account (id) on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_by text references account (id) on delete set null,
    used_at timestamptz
  )`,
  `create index invite_created_by on invite (created_by)`,
  `create index invite_used_by on invite (used_by)`,

  `create table channel (
    id text primary key,
    handle text not null unique check (handle = lower(handle)),
    title text not null,
    description text not null,
    category text not null check (category in (${CATEGORIES})),
    tags jsonb not null,
    language text not null,
    poster_key text,
    auto_live boolean not null default true,
    second_publisher text not null default 'refuse' check (second_publisher in ('refuse','take_over')),
    reconnect_window_sec integer not null default 60 check (reconnect_window_sec between 0 and 1800),
    dvr_window_sec integer not null default 3600 check (dvr_window_sec between 0 and 43200),
    created_at timestamptz not null default now()
  )`,
  `create index channel_created on channel (created_at, id)`,

  `create table channel_member (
    channel_id text not null references channel (id) on delete cascade,
    account_id text not null references account (id) on delete cascade,
    role text not null check (role in ('owner','admin','producer','moderator','guest')),
    created_at timestamptz not null default now(),
    primary key (channel_id, account_id)
  )`,
  `create index channel_member_account on channel_member (account_id)`,
  `create unique index channel_one_owner on channel_member (channel_id) where role = 'owner'`,

  `create table stream_key (
    channel_id text not null references channel (id) on delete cascade,
    slot text not null check (slot in ('primary','backup')),
    lookup_hash text not null unique,
    sealed text not null,
    last4 text not null,
    created_at timestamptz not null default now(),
    rotated_at timestamptz,
    primary key (channel_id, slot)
  )`,

  `create table broadcast (
    id text primary key,
    channel_id text not null references channel (id) on delete cascade,
    title text not null,
    description text not null,
    category text not null check (category in (${CATEGORIES})),
    tags jsonb not null,
    language text not null,
    poster_key text,
    state text not null
      check (state in ('draft','scheduled','preview','live','interrupted','ended','archived')),
    has_source boolean not null default false,
    visibility text not null check (visibility in ('public','unlisted','private')),
    latency_mode text not null check (latency_mode in ('lowest','balanced','stable')),
    auto_live boolean not null,
    dvr_window_sec integer not null check (dvr_window_sec between 0 and 43200),
    reconnect_window_sec integer not null check (reconnect_window_sec between 0 and 1800),
    start_at timestamptz,
    created_by text references account (id) on delete set null,
    created_at timestamptz not null default now(),
    live_at timestamptz,
    interrupted_at timestamptz,
    ended_at timestamptz,
    peak_viewers integer not null default 0
  )`,
  `create index broadcast_created on broadcast (created_at, id)`,
  `create index broadcast_channel on broadcast (channel_id, created_at, id)`,
  `create index broadcast_state on broadcast (state, created_at, id)`,
  `create index broadcast_start on broadcast (start_at, id) where start_at is not null`,
  `create index broadcast_created_by on broadcast (created_by)`,
  // A channel has one program at a time: what decides between two encoders is the database, not a race.
  `create unique index broadcast_one_open on broadcast (channel_id) where state in ('preview','live','interrupted')`,

  `create table lease (
    broadcast_id text primary key references broadcast (id) on delete cascade,
    node_id text not null,
    address text not null,
    fence bigint not null,
    expires_at timestamptz not null
  )`,

  // No foreign keys: an entry outlives what it speaks of, and must never change.
  `create table audit (
    seq bigint primary key,
    at timestamptz not null,
    actor_id text,
    actor_kind text not null check (actor_kind in ('account','token','system','anonymous')),
    action text not null,
    channel_id text,
    target text,
    details jsonb not null,
    prev_hash text not null,
    hash text not null unique
  )`,
  `create index audit_channel on audit (channel_id, seq)`,
  `create index audit_actor on audit (actor_id, seq)`,
  `create function audit_is_append_only() returns trigger language plpgsql as $$
    begin raise exception 'the audit log is append-only'; end
  $$`,
  `create trigger audit_append_only before update or delete on audit
    for each statement execute function audit_is_append_only()`,

  // Numbers that a browser reports are doubles: no value it can send overflows them.
  `create table viewer_session (
    broadcast_id text not null references broadcast (id) on delete cascade,
    session_id text not null,
    started_at timestamptz not null default now(),
    last_seen_at timestamptz not null,
    join_ms double precision,
    watched_ms double precision not null,
    stalls double precision not null,
    stalled_ms double precision not null,
    latency_ms double precision,
    dropped_frames double precision not null,
    error text,
    user_agent text not null,
    primary key (broadcast_id, session_id)
  )`,
  `create index viewer_session_seen on viewer_session (broadcast_id, last_seen_at)`,
];

export const initial: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
