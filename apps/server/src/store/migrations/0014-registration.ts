/** Registrations for shows, what they were mailed, and what they watched. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  `alter table broadcast add column registration text not null default 'off'
    check (registration in ('off','optional','required'))`,

  `create table registration_form (
    broadcast_id text primary key references broadcast (id) on delete cascade,
    fields jsonb not null,
    former jsonb not null,
    capacity integer,
    consent text not null
  )`,

  `create table registration (
    id text primary key,
    broadcast_id text not null references broadcast (id) on delete cascade,
    email text not null,
    name text not null,
    answers jsonb not null,
    consent text not null,
    time_zone text not null,
    token_version integer not null default 1,
    told_start_at timestamptz,
    calendar_sequence integer not null default 0,
    created_at timestamptz not null default now(),
    opened_at timestamptz,
    mailed_at timestamptz,
    unique (broadcast_id, email)
  )`,
  `create index registration_broadcast on registration (broadcast_id, id)`,

  `create table registration_visit (
    registration_id text not null references registration (id) on delete cascade,
    session_id text not null,
    joined_at timestamptz not null,
    left_at timestamptz not null,
    watched_ms double precision not null,
    primary key (registration_id, session_id)
  )`,

  // One row per person and occasion is what makes "told once" true. Without keys to what is told of: a deleted show is told of, too.
  `create table registration_mail (
    registration_id text not null,
    broadcast_id text not null,
    kind text not null check (kind in ('confirmation','hour','minutes','changed','cancelled')),
    revision text not null,
    about jsonb,
    state text not null default 'waiting' check (state in ('waiting','sent','failed')),
    attempts integer not null default 0,
    due_at timestamptz not null,
    created_at timestamptz not null default now(),
    primary key (registration_id, kind, revision)
  )`,
  `create index registration_mail_due on registration_mail (due_at) where state = 'waiting'`,
  `create index registration_mail_broadcast on registration_mail (broadcast_id)`,

  // However a show goes that was still to come, with its channel too: who has registered hears of it.
  `create function registration_show_gone() returns trigger language plpgsql as $$
    begin
      delete from registration_mail where broadcast_id = old.id;
      if old.live_at is null then
        insert into registration_mail (registration_id, broadcast_id, kind, revision, about, due_at)
          select r.id, old.id, 'cancelled', 'deleted', jsonb_build_object(
            'email', r.email, 'name', r.name, 'timeZone', r.time_zone, 'title', old.title,
            'channelTitle', coalesce((select c.title from channel c where c.id = old.channel_id), ''),
            'startAt', to_char(r.told_start_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'sequence', r.calendar_sequence + 1), now()
          from registration r where r.broadcast_id = old.id
          on conflict do nothing;
      end if;
      return old;
    end
  $$`,
  `create trigger registration_cancelled before delete on broadcast for each row execute function registration_show_gone()`,
];

export const registration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
