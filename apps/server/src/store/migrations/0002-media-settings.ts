/** What becomes of the media of a channel's shows: ladder, slate, recording, clips. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  // What is left out has the default of the contract's MediaSettings.
  `alter table channel add column media jsonb not null default '{}'`,
  `alter table broadcast add column record boolean not null default true`,
];

export const mediaSettings: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
