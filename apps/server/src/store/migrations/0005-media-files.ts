/** Uploaded videos of channels. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  `create table media_file (
    id text primary key,
    channel_id text not null references channel (id) on delete cascade,
    title text not null,
    container text not null,
    state text not null default 'waiting' check (state in ('waiting','processing','ready','failed')),
    progress double precision not null default 0,
    problem text,
    size_bytes bigint not null,
    duration_ms integer,
    width_px integer,
    height_px integer,
    has_picture boolean not null default false,
    created_by text references account (id) on delete set null,
    created_at timestamptz not null default now()
  )`,
  `create index media_file_channel on media_file (channel_id, id)`,
  `create index media_file_created_by on media_file (created_by)`,
  // However a file goes, with its channel too. Who is playing it has a minute.
  `create function media_file_to_trash() returns trigger language plpgsql as $$
    begin
      insert into blob_trash (prefix, not_before) values ('files/' || old.id || '/', now() + interval '60 seconds')
        on conflict (prefix) do nothing;
      return old;
    end
  $$`,
  `create trigger media_file_trash after delete on media_file for each row execute function media_file_to_trash()`,
];

export const mediaFiles: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
