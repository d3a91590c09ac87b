/** How shows are watched: more of each viewer session, and sums that stay when the sessions are deleted. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  `alter table viewer_session
    add column seq integer,
    add column account_id text references account (id) on delete set null,
    add column delivery text,
    add column device text,
    add column browser text,
    add column region text,
    add column referrer text,
    add column height_px double precision`,
  `create index viewer_session_account on viewer_session (account_id, broadcast_id) where account_id is not null`,
  `create index viewer_session_last on viewer_session (last_seen_at)`,

  // What is added up by several processes: they write `n + excluded.n`, never a total.
  `create table audience_bucket (
    broadcast_id text not null references broadcast (id) on delete cascade,
    at timestamptz not null,
    width_ms double precision not null,
    joins double precision not null,
    present_ms double precision not null,
    watched_ms double precision not null,
    stalled_ms double precision not null,
    stalls double precision not null,
    bitrate_sum double precision not null,
    bitrate_count double precision not null,
    latency_0 double precision not null,
    latency_1 double precision not null,
    latency_2 double precision not null,
    latency_3 double precision not null,
    latency_4 double precision not null,
    latency_5 double precision not null,
    latency_6 double precision not null,
    latency_7 double precision not null,
    primary key (broadcast_id, at)
  )`,
  `create table audience_total (
    broadcast_id text not null references broadcast (id) on delete cascade,
    dimension text not null,
    key text not null,
    sessions double precision not null,
    watched_ms double precision not null,
    primary key (broadcast_id, dimension, key)
  )`,
];

export const analytics: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
