/** The connected sources of a broadcast, and what an operator takes of them. */
import type { ConnectedSource, ConnectedSources, SourceSlot } from "@rostrum/contract/sources";
import type { SourceKind } from "@rostrum/contract/health";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import type { MediaPlane, SourceView } from "../../media/plane.ts";
import { actorOf, audit } from "../audit/service.ts";
import { requireRight } from "../broadcasts/service.ts";

/** `plane` is null when another process has the media. */
export type SourceParts = Readonly<{ ctx: Context; plane: MediaPlane | null }>;

const NOBODY: ConnectedSources = { items: [], selected: null, override: null, slateSince: null };

/** @throws {AppError} forbidden, not_found */
export async function sourcesOf(
  { ctx, plane }: SourceParts,
  viewer: AccountViewer,
  broadcastId: string,
): Promise<ConnectedSources> {
  await requireRight(ctx, viewer, broadcastId, "broadcast.control");
  const found = plane?.sources(broadcastId) ?? null;
  if (found === null) return NOBODY;
  return {
    items: found.items.map((one) => present(broadcastId, one)),
    selected: found.selected,
    override: found.taken,
    slateSince: found.slateSince?.toISOString() ?? null,
  };
}

/** @throws {AppError} forbidden, not_found; conflict: nothing is connected, or what is taken is not; unavailable */
export async function takeSource(
  parts: SourceParts,
  viewer: AccountViewer,
  broadcastId: string,
  sourceId: SourceKind | null,
): Promise<ConnectedSources> {
  const { ctx, plane } = parts;
  const { row } = await requireRight(ctx, viewer, broadcastId, "broadcast.control");
  if (plane === null) throw new AppError("unavailable", "The media of this broadcast is on another server.");
  const taken = plane.takeSource(broadcastId, sourceId);
  if (!taken.ok) throw new AppError("conflict", taken.message);
  const what = { action: "broadcast.take_source", channelId: row.channel_id, target: broadcastId };
  await audit(ctx, actorOf(viewer), { ...what, details: { source: sourceId } });
  return sourcesOf(parts, viewer, broadcastId);
}

/** The newest key frame of a connected source as JPEG; null when there is none. @throws {AppError} forbidden, not_found */
export async function sourcePicture(
  { ctx, plane }: SourceParts,
  viewer: AccountViewer,
  broadcastId: string,
  slot: SourceSlot,
): Promise<Uint8Array | null> {
  await requireRight(ctx, viewer, broadcastId, "broadcast.control");
  return (await plane?.sourceThumbnail(broadcastId, slot)) ?? null;
}

function present(broadcastId: string, { health, slot, isHealthy, hasPicture }: SourceView): ConnectedSource {
  const { protocol, encoder, connectedAt, videoCodec, audioCodec } = health;
  const { widthPx, heightPx, fps, videoBitrateBps, audioBitrateBps } = health;
  return {
    ...{ id: slot, kind: slot, protocol, encoder, connectedAt, videoCodec, audioCodec },
    ...{ widthPx, heightPx, fps, videoBitrateBps, audioBitrateBps },
    state: isHealthy ? "healthy" : "frozen",
    thumbnailUrl: hasPicture ? `/api/v1/broadcasts/${broadcastId}/sources/${slot}/thumbnail.jpg` : null,
  };
}
