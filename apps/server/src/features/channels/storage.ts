/** What a channel keeps: one quota for its recordings with their MP4 files, its uploaded videos and its clips. */
import { type Kysely, sql } from "kysely";
import type { Schema } from "../../store/schema.ts";

type Kept = Readonly<{ count: number; bytes: number }>;
export type StorageUse = Readonly<{ recordings: Kept; files: Kept; clips: Kept; usedBytes: number }>;

const GIB = 1024 ** 3;

type Sums = Record<`${"recording" | "file" | "clip"}_${"count" | "bytes"}`, string>;

export async function storageUse(db: Kysely<Schema>, channelId: string): Promise<StorageUse> {
  const { rows } = await sql<Sums>`
    select r.count as recording_count, r.bytes as recording_bytes, f.count as file_count, f.bytes as file_bytes,
      c.count as clip_count, c.bytes as clip_bytes
    from (select count(*), coalesce(sum(size_bytes + mp4_bytes), 0) as bytes from recording where channel_id = ${channelId}) r,
      (select count(*), coalesce(sum(size_bytes), 0) as bytes from media_file where channel_id = ${channelId}) f,
      (select count(*), coalesce(sum(size_bytes), 0) as bytes from clip where channel_id = ${channelId}) c`.execute(db);
  const [row] = rows;
  const recordings = { count: Number(row?.recording_count ?? 0), bytes: Number(row?.recording_bytes ?? 0) };
  const files = { count: Number(row?.file_count ?? 0), bytes: Number(row?.file_bytes ?? 0) };
  const clips = { count: Number(row?.clip_count ?? 0), bytes: Number(row?.clip_bytes ?? 0) };
  return { recordings, files, clips, usedBytes: recordings.bytes + files.bytes + clips.bytes };
}

/** What takes how much, as the middle of a sentence. */
export function describeUse({ recordings, files, clips }: StorageUse): string {
  return `recordings take ${gib(recordings.bytes)}, uploaded videos ${gib(files.bytes)}, clips ${gib(clips.bytes)} GiB`;
}

/** With one digit behind the point at most. */
export function gib(bytes: number): string {
  return String(Math.round((bytes / GIB) * 10) / 10);
}
