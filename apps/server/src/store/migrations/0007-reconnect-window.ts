/** A source that is away for a minute must find its show: the window outlasts that by what an encoder needs to come back. */
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

const STATEMENTS = [
  `alter table channel alter column reconnect_window_sec set default 120`,
  // 60 was the default.
  `update channel set reconnect_window_sec = 120 where reconnect_window_sec = 60`,
  `update broadcast set reconnect_window_sec = 120 where reconnect_window_sec = 60 and state not in ('ended', 'archived')`,
];

export const reconnectWindow: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
