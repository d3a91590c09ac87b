/** Recordings of shows, markers, and blobs that wait for their removal. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  // A sentence: why the show is not recorded although it was to be, or what became of its recording.
  `alter table broadcast add column record_note text`,

  `create table recording (
    id text primary key,
    broadcast_id text not null unique references broadcast (id) on delete cascade,
    channel_id text not null references channel (id) on delete cascade,
    title text,
    state text not null check (state in ('recording','processing','ready','failed')),
    note text,
    began_at timestamptz not null,
    ended_at timestamptz,
    duration_ms double precision not null default 0,
    missing_ms double precision not null default 0,
    size_bytes bigint not null default 0,
    renditions jsonb not null default '[]',
    timeline jsonb not null default '[]',
    thumbnail_key text,
    storyboard_key text,
    mp4_state text not null default 'none' check (mp4_state in ('none','waiting','running','ready','failed')),
    mp4_progress double precision not null default 0,
    mp4_problem text,
    mp4_bytes bigint not null default 0,
    created_at timestamptz not null default now()
  )`,
  `create index recording_channel on recording (channel_id, id)`,
  `create index recording_ended on recording (ended_at) where ended_at is not null`,

  `create table marker (
    id text primary key,
    broadcast_id text not null references broadcast (id) on delete cascade,
    at_ms double precision not null,
    title text not null,
    created_by text references account (id) on delete set null,
    created_at timestamptz not null default now()
  )`,
  `create index marker_broadcast on marker (broadcast_id, at_ms, id)`,
  `create index marker_created_by on marker (created_by)`,

  // Blobs below a prefix are removed after the row that named them: a crash between both loses nothing.
  `create table blob_trash (
    prefix text primary key,
    created_at timestamptz not null default now(),
    not_before timestamptz not null
  )`,
  // However a recording goes, with its broadcast or its channel too. Who is playing it has a minute.
  `create function recording_to_trash() returns trigger language plpgsql as $$
    begin
      insert into blob_trash (prefix, not_before) values ('recordings/' || old.id || '/', now() + interval '60 seconds')
        on conflict (prefix) do nothing;
      return old;
    end
  $$`,
  `create trigger recording_trash after delete on recording for each row execute function recording_to_trash()`,
];

export const recordings: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
