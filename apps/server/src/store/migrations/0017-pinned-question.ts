/** A question that stands on top of the others, and finding closed polls of which nobody has been told. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  `alter table question add column pinned boolean not null default false`,
  // One at a time, whatever comes at once.
  `create unique index question_pinned on question (broadcast_id) where pinned`,
  `create index poll_untold on poll (closed_at) where state = 'closed' and results_told_at is null`,
];

export const pinnedQuestion: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
