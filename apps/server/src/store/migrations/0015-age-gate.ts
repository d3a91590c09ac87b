/** Shows that ask for the viewers' age, and shows for children. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  `alter table broadcast
     add column age_restricted boolean not null default false,
     add column minimum_age integer not null default 18 check (minimum_age in (16, 18)),
     add column kid_mode boolean not null default false,
     add constraint broadcast_one_audience check (not (age_restricted and kid_mode))`,
];

export const ageGate: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
