/** Health of a show by the minute, for as long as it lasts, and the mark in the corner of its picture. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  // Sums and counts rather than averages: two nodes that held the show in one minute add up.
  `create table health_minute (
    broadcast_id text not null references broadcast (id) on delete cascade,
    at timestamptz not null,
    bitrate_count integer not null,
    bitrate_sum double precision not null,
    bitrate_min double precision,
    bitrate_max double precision,
    fps_count integer not null,
    fps_sum double precision not null,
    fps_min double precision,
    fps_max double precision,
    viewers integer not null,
    level text not null check (level in ('healthy','degraded','bad','offline')),
    notes jsonb not null,
    primary key (broadcast_id, at)
  )`,

  `alter table broadcast add column watermark_key text`,
  `alter table broadcast add column watermark_corner text not null default 'top-right'
    check (watermark_corner in ('top-left','top-right','bottom-left','bottom-right'))`,
];

export const controlRoom: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
