/** What of a recording goes out. The public and the crew's view are separate functions: nothing slips from one into the other. */
import type { Chapter, OwnRecording, Recording } from "@rostrum/contract/recordings";
import type { ChannelRole } from "@rostrum/contract/permissions";
import type { Context } from "../../context.ts";
import type { Viewer } from "../../http/auth.ts";
import { isOldEnough, type Sight, tokenFor } from "../broadcasts/service.ts";
import { mediaSettingsOf } from "../channels/service.ts";
import type { MarkerRow, ShownRecording } from "./queries.ts";

const DAY_MS = 24 * 60 * 60_000;

/** Who looks at it. */
export type Looking = Readonly<{ viewer: Viewer; kind: Sight["kind"] }>;

/** Everybody's view, for whom may know of it; what it is played from, and its pictures, only for whom may play it. */
export function publicRecording(
  ctx: Context,
  row: ShownRecording,
  markers: readonly MarkerRow[],
  by: Looking,
): Recording {
  const isReady = row.state === "ready";
  const mayPlay = isOldEnough(by.viewer, { kind: by.kind, row });
  return {
    id: row.id,
    broadcastId: row.broadcast_id,
    channel: { id: row.channel_id, handle: row.channel_handle, title: row.channel_title },
    title: row.title ?? row.broadcast_title,
    state: row.state,
    visibility: row.visibility,
    ageRestricted: row.age_restricted,
    minimumAge: row.minimum_age,
    beganAt: row.began_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    durationMs: Math.round(row.duration_ms),
    sizeBytes: Number(row.size_bytes),
    ...(mayPlay ? vodOf(ctx, row, by) : { vodUrl: null, tokenExpiresAt: null }),
    thumbnailUrl: row.thumbnail_key === null || !mayPlay ? null : `/api/v1/recordings/${row.id}/thumbnail.jpg`,
    storyboardUrl: row.storyboard_key === null || !mayPlay ? null : `/api/v1/recordings/${row.id}/storyboard.vtt`,
    chapters: isReady ? chaptersOf(row, markers) : [],
  };
}

/** A crew member's view. */
export function ownRecording(
  ctx: Context,
  row: ShownRecording,
  role: ChannelRole,
  markers: readonly MarkerRow[],
  viewer: Viewer,
): OwnRecording {
  const { retentionDays } = mediaSettingsOf(row);
  const expires = retentionDays !== null && row.ended_at !== null;
  return {
    ...publicRecording(ctx, row, markers, { viewer, kind: "crew" }),
    role,
    renditions: row.renditions,
    missingMs: Math.round(row.missing_ms),
    note: row.note,
    expiresAt: expires ? new Date((row.ended_at?.getTime() ?? 0) + retentionDays * DAY_MS).toISOString() : null,
    mp4: {
      state: row.mp4_state,
      progress: row.mp4_progress,
      problem: row.mp4_problem,
      sizeBytes: Number(row.mp4_bytes),
    },
    mp4Url: row.mp4_state === "ready" ? `/api/v1/recordings/${row.id}/download.mp4` : null,
  };
}

/** Where it can be played, with a token when not everybody may. */
function vodOf(
  ctx: Context,
  row: ShownRecording,
  { viewer, kind }: Looking,
): Pick<Recording, "vodUrl" | "tokenExpiresAt"> {
  if (row.state !== "ready") return { vodUrl: null, tokenExpiresAt: null };
  const path = `/vod/${row.id}/index.m3u8`;
  const signed = tokenFor(ctx, viewer, kind, { ...row, id: row.broadcast_id });
  if (signed === null) return { vodUrl: path, tokenExpiresAt: null };
  return { vodUrl: `${path}?t=${signed.token}`, tokenExpiresAt: signed.expiresAt.toISOString() };
}

/** Markers in the recording's own time. One that fell into a hole stands where the hole was. */
export function chaptersOf({ timeline }: Pick<ShownRecording, "timeline">, markers: readonly MarkerRow[]): Chapter[] {
  return markers.map((marker) => {
    const span = timeline.findLast((one) => one.mediaMs <= marker.at_ms) ?? timeline[0];
    const offsetMs = span === undefined ? 0 : Math.min(Math.max(0, marker.at_ms - span.mediaMs), span.durationMs);
    return { markerId: marker.id, title: marker.title, atMs: Math.round((span?.atMs ?? 0) + offsetMs) };
  });
}

/** The chapters as WebVTT; each lasts until the next. */
export function chaptersVtt(chapters: readonly Chapter[], durationMs: number): string {
  const cues = chapters.flatMap((chapter, at) => {
    const toMs = chapters.slice(at + 1).find((next) => next.atMs > chapter.atMs)?.atMs ?? durationMs;
    if (toMs <= chapter.atMs) return [];
    // `&` and `<` mean something in a cue, and so does an arrow; a cue's text ends with an empty line.
    const text = chapter.title.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    return [`${vttTime(chapter.atMs)} --> ${vttTime(toMs)}\n${text.replaceAll(/\s+/g, " ")}\n`];
  });
  return `WEBVTT\n\n${cues.join("\n")}`;
}

function vttTime(ms: number): string {
  const part = (value: number, digits: number): string => String(Math.floor(value)).padStart(digits, "0");
  return `${part(ms / 3_600_000, 2)}:${part((ms / 60_000) % 60, 2)}:${part((ms / 1000) % 60, 2)}.${part(ms % 1000, 3)}`;
}
