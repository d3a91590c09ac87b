/** What there is to tell of shows and followers, read from the database: the bus only says where to look. */
import type { Context } from "../../context.ts";
import { findShown } from "../broadcasts/service.ts";
import type { Fact } from "./fact.ts";
import { findFollower, findRecordingOf } from "./queries.ts";

type Shown = NonNullable<Awaited<ReturnType<typeof findShown>>>;

/** What has happened for good: the show began, ended, was archived, its recording can be played. */
export async function lastingFacts(ctx: Context, broadcastId: string): Promise<Fact[]> {
  const row = await findShown(ctx.store.db, broadcastId);
  if (row?.live_at == null) return [];
  const broadcast = describe(ctx, row);
  const about = (what: string, at: Date, data: object = {}): Omit<Fact, "type"> => ({
    ...{ key: `${row.id}.${what}`, channelId: row.channel_id, at },
    data: { broadcast, ...data },
  });
  const facts: Fact[] = [{ ...about("live", row.live_at, { resumed: false }), type: "broadcast.live" }];
  if (row.ended_at !== null) facts.push({ ...about("ended", row.ended_at), type: "broadcast.ended" });
  if (row.state === "archived" && row.ended_at !== null) {
    const recording = await findRecordingOf(ctx.store.db, row.id);
    const at = recording?.reported_at ?? row.ended_at;
    facts.push({ ...about("archived", at), type: "broadcast.archived" });
    if (recording?.state === "ready") {
      const data = { recording: describeRecording(ctx, recording, row) };
      facts.push({ ...about("recording", at, data), type: "recording.ready" });
    }
  }
  return facts;
}

/** What may happen again and again: the source went away, or came back. */
export async function passingFact(
  ctx: Context,
  broadcastId: string,
  what: "interrupted" | "resumed",
  at: string,
): Promise<Fact | null> {
  const row = await findShown(ctx.store.db, broadcastId);
  if (row === undefined) return null;
  const state = what === "resumed" ? "live" : "interrupted";
  const data = { broadcast: { ...describe(ctx, row), state }, ...(what === "resumed" ? { resumed: true } : {}) };
  const type = what === "resumed" ? "broadcast.live" : "broadcast.interrupted";
  return { key: `${row.id}.${what}.${at}`, type, channelId: row.channel_id, at: new Date(at), data };
}

/** Somebody who leaves and comes back is told of once. Null when they have left already. */
export async function followFact(ctx: Context, channelId: string, accountId: string): Promise<Fact | null> {
  const row = await findFollower(ctx.store.db, channelId, accountId);
  if (row === undefined) return null;
  const channel = { id: channelId, handle: row.channel_handle, title: row.channel_title };
  const follower = { handle: row.handle, displayName: row.display_name };
  const data = { channel, follower, since: row.since.toISOString() };
  return { key: `${channelId}.follow.${accountId}`, type: "follow", channelId, at: row.since, data };
}

function describe(ctx: Context, row: Shown): Readonly<Record<string, unknown>> {
  return {
    id: row.id,
    channel: { id: row.channel_id, handle: row.channel_handle, title: row.channel_title },
    title: row.title,
    state: row.state,
    visibility: row.visibility,
    startAt: row.start_at?.toISOString() ?? null,
    liveAt: row.live_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    url: `${ctx.publicUrl()}/watch/${row.id}`,
  };
}

function describeRecording(
  ctx: Context,
  row: NonNullable<Awaited<ReturnType<typeof findRecordingOf>>>,
  shown: Shown,
): Readonly<Record<string, unknown>> {
  return {
    id: row.id,
    title: row.title ?? shown.title,
    durationMs: Math.round(row.duration_ms),
    sizeBytes: Number(row.size_bytes),
    playlistUrl: `${ctx.publicUrl()}/vod/${row.id}/index.m3u8`,
  };
}
