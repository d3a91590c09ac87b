/** The chat of shows: messages, reactions, what is pinned, settings, emotes, reports. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  `create table chat_message (
    id text primary key,
    broadcast_id text not null references broadcast (id) on delete cascade,
    account_id text references account (id) on delete cascade,
    send_id text not null,
    kind text not null check (kind in ('message','announcement','system')),
    state text not null default 'visible' check (state in ('visible','held','deleted')),
    role text,
    text text not null,
    about text,
    reply_to text references chat_message (id) on delete set null,
    mentions jsonb not null default '[]',
    highlighted boolean not null default false,
    media_time_ms double precision,
    at timestamptz not null default now(),
    note text,
    removed_by text references account (id) on delete set null,
    removed_at timestamptz
  )`,
  `create index chat_message_broadcast on chat_message (broadcast_id, id)`,
  `create index chat_message_replay on chat_message (broadcast_id, media_time_ms, id)`,
  `create index chat_message_held on chat_message (broadcast_id, id) where state = 'held'`,
  `create index chat_message_account on chat_message (account_id, broadcast_id, id)`,
  `create index chat_message_reply on chat_message (reply_to) where reply_to is not null`,
  `create index chat_message_removed_by on chat_message (removed_by) where removed_by is not null`,
  // What is sent again is said once.
  `create unique index chat_message_sent on chat_message (account_id, send_id) where account_id is not null`,
  `create unique index chat_message_told on chat_message (broadcast_id, send_id) where account_id is null`,

  `create table chat_reaction (
    message_id text not null references chat_message (id) on delete cascade,
    account_id text not null references account (id) on delete cascade,
    emote text not null,
    at timestamptz not null default now(),
    primary key (message_id, account_id, emote)
  )`,
  `create index chat_reaction_account on chat_reaction (account_id)`,

  // When somebody spoke last: slow mode is decided in the statement that stores the message.
  `create table chat_turn (
    broadcast_id text not null references broadcast (id) on delete cascade,
    account_id text not null references account (id) on delete cascade,
    last_at timestamptz not null,
    primary key (broadcast_id, account_id)
  )`,
  `create index chat_turn_account on chat_turn (account_id)`,

  `create table chat_pin (
    broadcast_id text primary key references broadcast (id) on delete cascade,
    message_id text not null references chat_message (id) on delete cascade,
    pinned_by text references account (id) on delete set null,
    at timestamptz not null default now()
  )`,
  `create index chat_pin_message on chat_pin (message_id)`,
  `create index chat_pin_by on chat_pin (pinned_by)`,

  // scope_id: the channel's or the broadcast's id.
  `create table chat_settings (
    scope_id text primary key,
    channel_id text references channel (id) on delete cascade,
    broadcast_id text references broadcast (id) on delete cascade,
    set_here jsonb not null default '{}',
    preset jsonb,
    check ((channel_id is null) <> (broadcast_id is null))
  )`,
  `create index chat_settings_channel on chat_settings (channel_id)`,
  `create index chat_settings_broadcast on chat_settings (broadcast_id)`,

  `create table chat_emote (
    id text primary key,
    channel_id text not null references channel (id) on delete cascade,
    name text not null,
    created_by text references account (id) on delete set null,
    at timestamptz not null default now(),
    unique (channel_id, name)
  )`,
  `create index chat_emote_created_by on chat_emote (created_by)`,
  `create function chat_emote_to_trash() returns trigger language plpgsql as $$
    begin
      insert into blob_trash (prefix, not_before) values ('emotes/' || old.id || '/', now())
        on conflict (prefix) do nothing;
      return old;
    end
  $$`,
  `create trigger chat_emote_trash after delete on chat_emote for each row execute function chat_emote_to_trash()`,

  `create table chat_report (
    message_id text not null references chat_message (id) on delete cascade,
    account_id text not null references account (id) on delete cascade,
    reason text not null,
    note text,
    at timestamptz not null default now(),
    primary key (message_id, account_id)
  )`,
  `create index chat_report_account on chat_report (account_id)`,

  `create table chat_profile (
    account_id text primary key references account (id) on delete cascade,
    color text not null
  )`,
];

export const chat: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
