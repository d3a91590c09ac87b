/** When a recording was last heard of: one whose server is gone is told from one that is being finished. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

export const recordingReports: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`alter table recording add column reported_at timestamptz not null default now()`.execute(db);
  },
};
