/** What of a broadcast goes out. The public and the crew's view are separate functions: nothing slips from one into the other. */
import { createHash } from "node:crypto";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { Broadcast, OwnBroadcast, Watermark } from "@rostrum/contract/broadcasts";
import type { ChannelRole } from "@rostrum/contract/permissions";
import { posterUrl } from "../posters/service.ts";
import type { ShownRow } from "./queries.ts";

/** How long one address of the changing thumbnail is good. */
const THUMBNAIL_STEP_MS = 10_000;

/** What strangers take a broadcast for; null when they may not know of it. A test before a scheduled show is the crew's business. */
export function publicState(row: Pick<ShownRow, "state" | "start_at" | "live_at">): BroadcastState | null {
  switch (row.state) {
    case "draft":
      return null;
    case "preview":
      return row.start_at === null ? null : "scheduled";
    case "ended":
    case "archived":
      return row.live_at === null ? null : row.state;
    case "scheduled":
    case "live":
    case "interrupted":
      return row.state;
    default:
      return row.state satisfies never;
  }
}

/** Everybody's view; it shows no picture of a show that asks for an age. `state` is what `publicState` says. */
export function publicBroadcast(row: ShownRow, state: BroadcastState, viewers: number): Broadcast {
  const onAir = state === "live" || state === "interrupted";
  return {
    id: row.id,
    channel: {
      id: row.channel_id,
      handle: row.channel_handle,
      title: row.channel_title,
      posterUrl: posterUrl(row.channel_poster_key),
    },
    title: row.title,
    description: row.description,
    category: row.category,
    tags: row.tags,
    language: row.language,
    posterUrl: row.age_restricted ? blurredPosterUrl(row) : posterUrl(row.poster_key),
    watermark: watermarkOf(row),
    thumbnailUrl: sharedThumbnailUrl(row, onAir),
    state,
    visibility: row.visibility,
    ageRestricted: row.age_restricted,
    minimumAge: row.minimum_age,
    kidMode: row.kid_mode,
    startAt: row.start_at?.toISOString() ?? null,
    liveAt: row.live_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    viewers: onAir ? viewers : null,
    latencyMode: row.latency_mode,
    registration: row.registration,
    recordingId: row.recording_id,
  };
}

/** A crew member's view. */
export function ownBroadcast(row: ShownRow, role: ChannelRole, viewers: number): OwnBroadcast {
  return {
    ...publicBroadcast(row, row.state, viewers),
    posterUrl: posterUrl(row.poster_key),
    thumbnailUrl: row.has_source ? thumbnailUrl(row.id) : recordedThumbnailUrl(row),
    role,
    hasSource: row.has_source,
    dvrWindowSec: row.dvr_window_sec,
    reconnectWindowSec: row.reconnect_window_sec,
    autoLive: row.auto_live,
    record: row.record,
    recordNote: row.record_note ?? row.recording_note,
    watermarkCorner: row.watermark_corner,
    interruptedAt: row.interrupted_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  };
}

function watermarkOf({ watermark_key, watermark_corner }: ShownRow): Watermark | null {
  const url = posterUrl(watermark_key);
  return url === null ? null : { url, corner: watermark_corner };
}

/** A new poster has a new address, so that the blur of one may be kept for ever. */
function blurredPosterUrl({ id, poster_key }: ShownRow): string | null {
  return poster_key === null ? null : `/api/v1/broadcasts/${id}/blurred-poster.webp?of=${keyName(poster_key)}`;
}

/** Nothing that leads to the poster itself. */
function keyName(posterKey: string): string {
  return createHash("sha256").update(posterKey).digest("hex").slice(0, 12);
}

/** Pictures of the show are for who may watch it. */
function sharedThumbnailUrl(row: ShownRow, onAir: boolean): string | null {
  if (row.registration === "required" || row.age_restricted) return null;
  return onAir && row.has_source ? thumbnailUrl(row.id) : recordedThumbnailUrl(row);
}

/** Of a show that is over; null while there is none. */
function recordedThumbnailUrl({ recording_id, recording_thumbnail }: ShownRow): string | null {
  if (recording_id === null || recording_thumbnail === null) return null;
  return `/api/v1/recordings/${recording_id}/thumbnail.jpg`;
}

function thumbnailUrl(id: string): string {
  return `/api/v1/broadcasts/${id}/thumbnail.jpg?t=${Math.floor(Date.now() / THUMBNAIL_STEP_MS)}`;
}
