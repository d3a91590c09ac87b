/** What the recorder asks and tells: whether a show is recorded, how far it is, that it is complete. */
import type { Context } from "../../context.ts";
import { newId } from "../../lib/ids.ts";
import type { RecordingDoors, RecordingOrder, RecordingReport, StoredRecording } from "../../media/plane.ts";
import { audit, SYSTEM } from "../audit/service.ts";
import { announceChange, changeState } from "../broadcasts/service.ts";
import { lockChannel } from "../channels/service.ts";
import {
  addTrash,
  deleteRecordingRow,
  findRecording,
  findRecordingOf,
  insertRecording,
  lockRecording,
  setRecordNote,
  updateRecordingRow,
} from "./queries.ts";
import { FINISH, type RecordingJob } from "./job-names.ts";
import { storageOf } from "./quota.ts";

const NOTHING_CAME = "Nothing was recorded: no media came while the show was on the air.";
/** Rows that decide whether a recording can be played are remembered for so long. */
const KNOWN_MS = 2000;
const MAX_KNOWN = 5000;

export function createRecordingDoors(ctx: Context): RecordingDoors {
  return {
    openRecording: (broadcastId) => openRecording(ctx, broadcastId),
    recordingProgress: (report) => takeProgress(ctx, report),
    recordingStored: (stored) => finishRecording(ctx, stored),
    broadcastOfRecording: createLookup(ctx),
  };
}

type Opened = Awaited<ReturnType<RecordingDoors["openRecording"]>>;

async function openRecording(ctx: Context, broadcastId: string): Promise<Opened> {
  const { db } = ctx.store;
  const found = await db.selectFrom("broadcast").select("channel_id").where("id", "=", broadcastId).executeTakeFirst();
  if (found === undefined) return null;
  const { opened, changed } = await db.transaction().execute(async (tx) => {
    const channel = await lockChannel(tx, found.channel_id);
    const row = await tx.selectFrom("broadcast").selectAll().where("id", "=", broadcastId).executeTakeFirst();
    if (channel === undefined || row === undefined) return { opened: null, changed: false };
    const isOver = row.state === "ended" || row.state === "archived";
    const known = await findRecordingOf(tx, broadcastId);
    if (known !== undefined) {
      // A failed one too: the server that has its media is back.
      const isOpen = known.state !== "ready";
      return { opened: isOpen ? { recordingId: known.id, isOver } : null, changed: false };
    }
    if (!row.record || row.record_note !== null || row.live_at === null || row.state === "archived") {
      return { opened: null, changed: false };
    }
    const { full } = await storageOf(tx, channel);
    if (full !== null) {
      await setRecordNote(tx, broadcastId, `This show is not recorded. ${full}`);
      return { opened: null, changed: true };
    }
    const id = newId();
    await insertRecording(tx, {
      id,
      broadcast_id: broadcastId,
      channel_id: channel.id,
      title: null,
      state: "recording",
      note: null,
      began_at: row.live_at,
      ended_at: null,
      thumbnail_key: null,
      storyboard_key: null,
      mp4_problem: null,
    });
    await audit(ctx, SYSTEM, { action: "recording.begin", channelId: channel.id, target: id }, tx);
    return { opened: { recordingId: id, isOver }, changed: true };
  });
  if (changed) await tellUpdated(ctx, broadcastId, found.channel_id);
  return opened;
}

async function takeProgress(ctx: Context, report: RecordingReport): Promise<RecordingOrder> {
  const { db } = ctx.store;
  const row = await findRecording(db, report.recordingId);
  if (row === undefined || row.state === "ready") return { type: "discard" };
  await updateRecordingRow(db, row.id, {
    duration_ms: report.durationMs,
    size_bytes: report.sizeBytes,
    missing_ms: report.missingMs,
    note: report.note,
    state: report.ended ? "processing" : "recording",
    reported_at: new Date(),
  });
  if (row.note !== report.note || (report.ended && row.state !== "processing")) {
    await tellUpdated(ctx, row.broadcast_id, row.channel_id);
  }
  const { state } = await db
    .selectFrom("broadcast")
    .select("state")
    .where("id", "=", row.broadcast_id)
    .executeTakeFirstOrThrow();
  if (state === "ended" || state === "archived") return { type: "finish" };
  const { full } = await storageOf(db, { id: row.channel_id, media: row.media });
  return full === null ? { type: "go_on" } : { type: "stop", reason: full };
}

/** All media is stored: the recording can be played, and the show is archived. */
async function finishRecording(ctx: Context, stored: StoredRecording): Promise<void> {
  const { recordingId } = stored;
  const row = await ctx.store.db.transaction().execute(async (tx) => {
    const found = await lockRecording(tx, recordingId);
    if (found === undefined) {
      // Deleted while the last media was stored.
      await addTrash(tx, `recordings/${recordingId}/`, new Date());
      return undefined;
    }
    if (stored.durationMs === 0) {
      await deleteRecordingRow(tx, recordingId);
      await setRecordNote(tx, found.broadcast_id, NOTHING_CAME);
      return found;
    }
    await updateRecordingRow(tx, recordingId, {
      state: "ready",
      note: stored.note,
      ended_at: found.ended_at ?? (await endOf(tx, found.broadcast_id)),
      duration_ms: stored.durationMs,
      missing_ms: stored.missingMs,
      size_bytes: stored.sizeBytes,
      renditions: JSON.stringify(stored.renditions),
      timeline: JSON.stringify(stored.timeline),
    });
    return found;
  });
  if (row === undefined) return;
  await tellUpdated(ctx, row.broadcast_id, row.channel_id);
  if (stored.durationMs === 0) return;
  const archived = await changeState(ctx, row.broadcast_id, () => ({ type: "archived" }));
  if (!archived.ok)
    ctx.log.warn({ broadcastId: row.broadcast_id, reason: archived.message }, "a recorded show is not archived");
  await ctx.jobs.send<RecordingJob>(FINISH, { recordingId }, { key: recordingId });
}

async function endOf(db: Context["store"]["db"], broadcastId: string): Promise<Date> {
  const row = await db.selectFrom("broadcast").select("ended_at").where("id", "=", broadcastId).executeTakeFirst();
  return row?.ended_at ?? new Date();
}

/** The broadcast of a recording that can be played. */
function createLookup(ctx: Context): RecordingDoors["broadcastOfRecording"] {
  const known = new Map<string, { broadcastId: Promise<string | null>; untilMs: number }>();
  const read = async (id: string): Promise<string | null> => {
    const row = await ctx.store.db
      .selectFrom("recording")
      .select("broadcast_id")
      .where("id", "=", id)
      .where("state", "=", "ready")
      .executeTakeFirst();
    return row?.broadcast_id ?? null;
  };
  return async (recordingId) => {
    const found = known.get(recordingId);
    if (found !== undefined && found.untilMs > performance.now()) return found.broadcastId;
    const entry = { broadcastId: read(recordingId), untilMs: performance.now() + KNOWN_MS };
    entry.broadcastId.catch(() => known.delete(recordingId));
    known.delete(recordingId);
    known.set(recordingId, entry);
    const [oldest] = known.keys();
    if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
    return entry.broadcastId;
  };
}

async function tellUpdated(ctx: Context, broadcastId: string, channelId: string): Promise<void> {
  await announceChange(ctx, { type: "updated", broadcastId, channelId, at: new Date().toISOString() });
}
