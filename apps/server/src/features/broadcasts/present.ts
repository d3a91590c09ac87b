/** What of a broadcast goes out. The public and the crew's view are separate functions: nothing slips from one into the other. */
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import type { Broadcast, OwnBroadcast } from "@rostrum/contract/broadcasts";
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

/** Everybody's view. `state` is what `publicState` says. */
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
    posterUrl: posterUrl(row.poster_key),
    thumbnailUrl: onAir && row.has_source ? thumbnailUrl(row.id) : recordedThumbnailUrl(row),
    state,
    visibility: row.visibility,
    startAt: row.start_at?.toISOString() ?? null,
    liveAt: row.live_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    viewers: onAir ? viewers : null,
    latencyMode: row.latency_mode,
    recordingId: row.recording_id,
  };
}

/** A crew member's view. */
export function ownBroadcast(row: ShownRow, role: ChannelRole, viewers: number): OwnBroadcast {
  return {
    ...publicBroadcast(row, row.state, viewers),
    thumbnailUrl: row.has_source ? thumbnailUrl(row.id) : recordedThumbnailUrl(row),
    role,
    hasSource: row.has_source,
    dvrWindowSec: row.dvr_window_sec,
    reconnectWindowSec: row.reconnect_window_sec,
    autoLive: row.auto_live,
    record: row.record,
    recordNote: row.record_note ?? row.recording_note,
    interruptedAt: row.interrupted_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
  };
}

/** Of a show that is over; null while there is none. */
function recordedThumbnailUrl({ recording_id, recording_thumbnail }: ShownRow): string | null {
  if (recording_id === null || recording_thumbnail === null) return null;
  return `/api/v1/recordings/${recording_id}/thumbnail.jpg`;
}

function thumbnailUrl(id: string): string {
  return `/api/v1/broadcasts/${id}/thumbnail.jpg?t=${Math.floor(Date.now() / THUMBNAIL_STEP_MS)}`;
}
