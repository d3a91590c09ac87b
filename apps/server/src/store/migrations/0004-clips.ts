/** Clips that viewers make of shows. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  `create table clip (
    id text primary key,
    broadcast_id text not null references broadcast (id) on delete cascade,
    channel_id text not null references channel (id) on delete cascade,
    title text not null,
    state text not null check (state in ('making','ready','failed')),
    progress double precision not null default 0,
    problem text,
    created_by text references account (id) on delete set null,
    created_at timestamptz not null default now(),
    from_ms double precision not null,
    duration_ms double precision not null,
    size_bytes bigint not null default 0,
    width_px integer,
    height_px integer,
    has_thumbnail boolean not null default false,
    views bigint not null default 0
  )`,
  `create index clip_broadcast on clip (broadcast_id, id)`,
  `create index clip_channel on clip (channel_id, id)`,
  `create index clip_created_by on clip (created_by)`,
  `create index clip_making on clip (created_at) where state = 'making'`,

  // However a clip goes, with its broadcast or its channel too, its files go after it.
  `create function clip_to_trash() returns trigger language plpgsql as $$
    begin
      insert into blob_trash (prefix, not_before) values ('clips/' || old.id || '/', now())
        on conflict (prefix) do nothing;
      return old;
    end
  $$`,
  `create trigger clip_trash after delete on clip for each row execute function clip_to_trash()`,
];

export const clips: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
