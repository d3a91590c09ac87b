/** SQL of health by the minute. One statement each, plain rows out. */
import { type Insertable, type Kysely, type Selectable, sql } from "kysely";
import type { HealthMinuteTable, Schema } from "../../store/schema.ts";

type Db = Kysely<Schema>;
export type MinuteRow = Selectable<HealthMinuteTable>;

/** Adds to what another node, or this one before it was started again, has written of the same minute. */
export async function upsertMinute(db: Db, row: Insertable<HealthMinuteTable>): Promise<void> {
  await db
    .insertInto("health_minute")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["broadcast_id", "at"]).doUpdateSet({
        bitrate_count: sql`health_minute.bitrate_count + excluded.bitrate_count`,
        bitrate_sum: sql`health_minute.bitrate_sum + excluded.bitrate_sum`,
        bitrate_min: sql`least(health_minute.bitrate_min, excluded.bitrate_min)`,
        bitrate_max: sql`greatest(health_minute.bitrate_max, excluded.bitrate_max)`,
        fps_count: sql`health_minute.fps_count + excluded.fps_count`,
        fps_sum: sql`health_minute.fps_sum + excluded.fps_sum`,
        fps_min: sql`least(health_minute.fps_min, excluded.fps_min)`,
        fps_max: sql`greatest(health_minute.fps_max, excluded.fps_max)`,
        viewers: sql`greatest(health_minute.viewers, excluded.viewers)`,
        level: sql`excluded.level`,
        notes: sql`excluded.notes`,
      }),
    )
    .execute();
}

/** Newest first. */
export async function listMinutes(db: Db, broadcastId: string, limit: number): Promise<MinuteRow[]> {
  return db
    .selectFrom("health_minute")
    .selectAll()
    .where("broadcast_id", "=", broadcastId)
    .orderBy("at", "desc")
    .limit(limit)
    .execute();
}

export async function deleteMinutesBefore(db: Db, broadcastId: string, at: Date): Promise<void> {
  await db.deleteFrom("health_minute").where("broadcast_id", "=", broadcastId).where("at", "<", at).execute();
}
