/** Markers: moments of a show that the crew names; they become the chapters of its recording. */
import { type CreateMarkerBody, MAX_MARKERS, type Marker } from "@rostrum/contract/recordings";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer, Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { actorOf, audit } from "../audit/service.ts";
import { announceChange, requireRight, sightOf } from "../broadcasts/service.ts";
import { mediaTimeOf } from "../chat/service.ts";
import { deleteMarkerRow, findRecordingOf, insertMarker, listMarkers, type MarkerRow } from "./queries.ts";

/** In the order of their times. @throws {AppError} not_found, forbidden */
export async function markersFor(ctx: Context, viewer: Viewer, broadcastId: string): Promise<Marker[]> {
  await sightOf(ctx, viewer, broadcastId);
  return (await listMarkers(ctx.store.db, broadcastId)).map(present);
}

/** When the marked moments of a show were on the air, in their order. Without asking who wants to know. */
export async function markersByClock(ctx: Context, broadcastId: string): Promise<{ title: string; at: Date }[]> {
  const { db } = ctx.store;
  const [markers, recording] = await Promise.all([listMarkers(db, broadcastId), findRecordingOf(db, broadcastId)]);
  const first = recording?.timeline[0];
  const moments = markers.map(({ title, at_ms: mediaMs, created_at: createdAt }) => {
    // Media time keeps pace with the clock. Without a recording to tell when it began: crews mark what happens.
    if (recording === undefined || first === undefined) return { title, at: createdAt };
    return { title, at: new Date(recording.began_at.getTime() + mediaMs - first.mediaMs) };
  });
  return moments.toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

/** @throws {AppError} not_found, forbidden; conflict when there are too many, or no time is given and no show runs */
export async function createMarker(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  { title, atMs }: z.output<typeof CreateMarkerBody>,
): Promise<Marker> {
  const { row } = await requireRight(ctx, viewer, broadcastId, "marker.write");
  const createdAt = new Date();
  // Also in the first seconds, before anything has told where the program stands.
  const at = atMs ?? (await mediaTimeOf(ctx, row, createdAt));
  if (at === null)
    throw new AppError("conflict", "The show is not on the air: say at which media time the marker stands.");
  const known = await listMarkers(ctx.store.db, broadcastId);
  if (known.length >= MAX_MARKERS)
    throw new AppError("conflict", `A show may have ${MAX_MARKERS} markers; delete one first.`);
  const marker = { id: newId(), broadcast_id: broadcastId, at_ms: at, title, created_by: viewer.accountId };
  await ctx.store.db.transaction().execute(async (tx) => {
    await insertMarker(tx, { ...marker, created_at: createdAt });
    const fact = { channelId: row.channel_id, target: broadcastId, details: { marker: marker.id, title } };
    await audit(ctx, actorOf(viewer), { action: "marker.create", ...fact }, tx);
  });
  await tellUpdated(ctx, broadcastId, row.channel_id);
  return present({ ...marker, created_at: createdAt });
}

/** @throws {AppError} not_found, forbidden */
export async function deleteMarker(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  id: string,
): Promise<void> {
  const { row } = await requireRight(ctx, viewer, broadcastId, "marker.write");
  await ctx.store.db.transaction().execute(async (tx) => {
    if (!(await deleteMarkerRow(tx, broadcastId, id))) throw new AppError("not_found", "No such marker.");
    const fact = { channelId: row.channel_id, target: broadcastId, details: { marker: id } };
    await audit(ctx, actorOf(viewer), { action: "marker.delete", ...fact }, tx);
  });
  await tellUpdated(ctx, broadcastId, row.channel_id);
}

function present({ id, at_ms, title, created_at }: MarkerRow): Marker {
  return { id, atMs: Math.round(at_ms), title, createdAt: created_at.toISOString() };
}

async function tellUpdated(ctx: Context, broadcastId: string, channelId: string): Promise<void> {
  await announceChange(ctx, { type: "updated", broadcastId, channelId, at: new Date().toISOString() });
}
