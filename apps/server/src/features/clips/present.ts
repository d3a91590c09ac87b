/** What of a clip goes out. */
import type { Clip } from "@rostrum/contract/clips";
import { can, type ChannelRole } from "@rostrum/contract/permissions";
import type { Viewer } from "../../http/auth.ts";
import type { ClipRow } from "./queries.ts";

/** What the caller may do with a clip: its maker and the crew may change and delete it. */
export function rightsOn(row: ClipRow, viewer: Viewer, role: ChannelRole): { mayEdit: boolean; mayDelete: boolean } {
  const isMaker = viewer.kind === "account" && row.created_by === viewer.accountId;
  return { mayEdit: isMaker || can(role, "clip.update"), mayDelete: isMaker || can(role, "clip.delete") };
}

export function presentClip(row: ClipRow, rights: { mayEdit: boolean; mayDelete: boolean }): Clip {
  const { id, maker_handle: handle } = row;
  const ready = row.state === "ready";
  return {
    id,
    broadcastId: row.broadcast_id,
    broadcastTitle: row.broadcast_title,
    channel: { id: row.channel_id, handle: row.channel_handle, title: row.channel_title },
    title: row.title,
    state: row.state,
    progress: row.progress,
    problem: row.problem,
    visibility: row.visibility,
    maker: handle === null ? null : { handle, displayName: row.maker_name ?? handle },
    fromMs: Math.round(row.from_ms),
    durationMs: Math.round(row.duration_ms),
    createdAt: row.created_at.toISOString(),
    views: Number(row.views),
    sizeBytes: Number(row.size_bytes),
    widthPx: row.width_px,
    heightPx: row.height_px,
    mp4Url: ready ? `/api/v1/clips/${id}/clip.mp4` : null,
    thumbnailUrl: ready && row.has_thumbnail ? `/api/v1/clips/${id}/thumbnail.jpg` : null,
    ...rights,
  };
}
