/** Polls, questions, raised hands, announcements and handouts. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  `create table engagement_settings (
    channel_id text primary key references channel (id) on delete cascade,
    settings jsonb not null
  )`,

  `create table poll (
    id text primary key,
    broadcast_id text not null references broadcast (id) on delete cascade,
    question text not null,
    multiple boolean not null,
    named boolean not null,
    results text not null check (results in ('live','after')),
    duration_sec integer,
    state text not null default 'draft' check (state in ('draft','open','closed')),
    opened_at timestamptz,
    closes_at timestamptz,
    closed_at timestamptz,
    results_told_at timestamptz,
    created_by text references account (id) on delete set null,
    created_at timestamptz not null default now()
  )`,
  `create index poll_broadcast on poll (broadcast_id, id)`,
  `create index poll_created_by on poll (created_by)`,
  `create index poll_closing on poll (closes_at) where state = 'open'`,
  `create table poll_option (
    id text primary key,
    poll_id text not null references poll (id) on delete cascade,
    place integer not null,
    text text not null,
    unique (poll_id, place)
  )`,
  // One row per account and poll; the choices hang on it. `sends`: what the newest votes were answered with, for those sent twice.
  `create table poll_ballot (
    poll_id text not null references poll (id) on delete cascade,
    account_id text not null references account (id) on delete cascade,
    sends jsonb not null,
    voted_at timestamptz not null default now(),
    primary key (poll_id, account_id)
  )`,
  `create index poll_ballot_account on poll_ballot (account_id)`,
  `create table poll_vote (
    poll_id text not null,
    account_id text not null,
    option_id text not null references poll_option (id) on delete cascade,
    primary key (poll_id, account_id, option_id),
    foreign key (poll_id, account_id) references poll_ballot (poll_id, account_id) on delete cascade
  )`,
  `create index poll_vote_option on poll_vote (option_id)`,

  `create table question (
    id text primary key,
    broadcast_id text not null references broadcast (id) on delete cascade,
    account_id text references account (id) on delete set null,
    send_id text not null,
    text text not null,
    state text not null check (state in ('pending','open','answering','answered','dismissed')),
    held_for text,
    upvotes integer not null default 0,
    media_time_ms double precision,
    answer_text text,
    answer_media_ms double precision,
    asked_at timestamptz not null default now(),
    unique (account_id, send_id)
  )`,
  `create index question_broadcast on question (broadcast_id, id)`,
  `create index question_votes on question (broadcast_id, state, upvotes)`,
  `create table question_vote (
    question_id text not null references question (id) on delete cascade,
    account_id text not null references account (id) on delete cascade,
    primary key (question_id, account_id)
  )`,
  `create index question_vote_account on question_vote (account_id)`,

  `create table hand (
    id text primary key,
    broadcast_id text not null references broadcast (id) on delete cascade,
    account_id text not null references account (id) on delete cascade,
    raised_at timestamptz not null default now(),
    unique (broadcast_id, account_id)
  )`,
  `create index hand_account on hand (account_id)`,

  `create table announcement (
    id text primary key,
    broadcast_id text not null references broadcast (id) on delete cascade,
    text text not null,
    shown_at timestamptz not null default now(),
    ends_at timestamptz,
    closed_at timestamptz,
    created_by text references account (id) on delete set null
  )`,
  `create index announcement_broadcast on announcement (broadcast_id, id)`,
  `create index announcement_created_by on announcement (created_by)`,

  `create table handout (
    id text primary key,
    broadcast_id text not null references broadcast (id) on delete cascade,
    kind text not null check (kind in ('link','card')),
    title text not null,
    text text not null,
    label text not null,
    url text not null,
    shown boolean not null,
    clicks bigint not null default 0,
    created_by text references account (id) on delete set null,
    created_at timestamptz not null default now()
  )`,
  `create index handout_broadcast on handout (broadcast_id, id)`,
  `create index handout_created_by on handout (created_by)`,
];

export const engagement: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
