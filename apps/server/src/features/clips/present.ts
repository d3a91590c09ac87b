/** What of a clip goes out. */
import type { Clip } from "@rostrum/contract/clips";
import { can, type ChannelRole } from "@rostrum/contract/permissions";
import type { Viewer } from "../../http/auth.ts";
import { isOldEnough } from "../broadcasts/service.ts";
import type { ClipRow } from "./queries.ts";

/** What the caller may do with a clip: its maker and the crew may change and delete it. */
export type ClipRights = Readonly<{ mayPlay: boolean; mayEdit: boolean; mayDelete: boolean }>;

/** @param role `viewer` for everybody who is not of the crew */
export function rightsOn(row: ClipRow, viewer: Viewer, role: ChannelRole): ClipRights {
  const isMaker = viewer.kind === "account" && row.created_by === viewer.accountId;
  const kind = can(role, "broadcast.read_private") ? "crew" : "public";
  return {
    mayPlay: isOldEnough(viewer, { kind, row }),
    mayEdit: isMaker || can(role, "clip.update"),
    mayDelete: isMaker || can(role, "clip.delete"),
  };
}

export function presentClip(row: ClipRow, { mayPlay, mayEdit, mayDelete }: ClipRights): Clip {
  const { id, maker_handle: handle } = row;
  const ready = row.state === "ready" && mayPlay;
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
    ageRestricted: row.age_restricted,
    minimumAge: row.minimum_age,
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
    mayEdit,
    mayDelete,
  };
}
