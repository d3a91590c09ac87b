/** Brings a database to the tables this program needs. */
import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { initial } from "./migrations/0001-initial.ts";
import { mediaSettings } from "./migrations/0002-media-settings.ts";
import { recordings } from "./migrations/0003-recordings.ts";
import { clips } from "./migrations/0004-clips.ts";
import { mediaFiles } from "./migrations/0005-media-files.ts";
import { recordingReports } from "./migrations/0006-recording-reports.ts";
import { reconnectWindow } from "./migrations/0007-reconnect-window.ts";
import { chat } from "./migrations/0008-chat.ts";
import { moderation } from "./migrations/0009-moderation.ts";
import { engagement } from "./migrations/0010-engagement.ts";
import { tips } from "./migrations/0011-tips.ts";
import { followsWebhooks } from "./migrations/0012-follows-webhooks.ts";
import { analytics } from "./migrations/0013-analytics.ts";
import { registration } from "./migrations/0014-registration.ts";
import { controlRoom } from "./migrations/0016-control-room.ts";
import { ageGate } from "./migrations/0015-age-gate.ts";
import { pinnedQuestion } from "./migrations/0017-pinned-question.ts";
import { StoreError, messageOf } from "./store-error.ts";

/** In order. A migration that has been released is never changed: what comes later gets a new number. */
export const MIGRATIONS: Record<string, Migration> = {
  "0001-initial": initial,
  "0002-media-settings": mediaSettings,
  "0003-recordings": recordings,
  "0004-clips": clips,
  "0005-media-files": mediaFiles,
  "0006-recording-reports": recordingReports,
  "0007-reconnect-window": reconnectWindow,
  "0008-chat": chat,
  "0009-moderation": moderation,
  "0010-engagement": engagement,
  "0011-tips": tips,
  "0012-follows-webhooks": followsWebhooks,
  "0013-analytics": analytics,
  "0014-registration": registration,
  "0015-age-gate": ageGate,
  "0016-control-room": controlRoom,
  "0017-pinned-question": pinnedQuestion,
};

/**
 * Runs what is missing, all or nothing, under a lock so that processes that start together do it once. Gives the names of what it ran.
 * @throws {StoreError} when the database was made by a newer program, or a migration fails (then nothing has changed)
 */
export async function migrate<DB>(db: Kysely<DB>): Promise<readonly string[]> {
  await refuseNewer(db);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const name = results.find((result) => result.status === "Error")?.migrationName;
    const step = name === undefined ? "" : ` (${name})`;
    if (error instanceof StoreError) throw error;
    throw new StoreError(`The database could not be brought up to date${step}: ${messageOf(error)}`, { cause: error });
  }
  return results.map((result) => result.migrationName);
}

async function refuseNewer<DB>(db: Kysely<DB>): Promise<void> {
  const { rows } = await sql<{ present: boolean }>`
    select to_regclass('kysely_migration') is not null as present`.execute(db);
  if (!rows[0]?.present) return;
  const done = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  const unknown = done.rows.find((row) => !(row.name in MIGRATIONS));
  if (!unknown) return;
  throw new StoreError(
    `The database was last used by a newer version of this program (it has "${unknown.name}"); start that version, or restore an older dump.`,
  );
}
