/** What people do with broadcasts: make, change, delete, preview, go live, end. */
import { AGE_OR_KIDS, KIDS_OR_REGISTRATION } from "@rostrum/contract/age-gate";
import type { BroadcastEvent } from "@rostrum/contract/broadcast-state";
import { transition } from "@rostrum/contract/broadcast-state";
import type { CreateBroadcastBody, OwnBroadcast, UpdateBroadcastBody } from "@rostrum/contract/broadcasts";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { publishMediaCommand } from "../../ports/bus-events.ts";
import { actorOf, audit } from "../audit/service.ts";
import { lockChannel, requirePermission } from "../channels/service.ts";
import { copyPoster, removePoster, storePoster, storeWatermark } from "../posters/service.ts";
import { requireRight, unknownBroadcast } from "./service.ts";
import { announceChange } from "./announce.ts";
import { newBroadcastRow } from "./new-row.ts";
import type { Parts } from "./parts.ts";
import { ownBroadcast } from "./present.ts";
import {
  type BroadcastRow,
  type BroadcastValues,
  deleteBroadcastRow,
  findShown,
  insertBroadcast,
  lockBroadcast,
  OPEN_STATES,
  updateBroadcastRow,
} from "./queries.ts";
import { changeState, type StateChange } from "./state-change.ts";

/** @throws {AppError} not_found for an unknown channel; forbidden */
export async function createBroadcast(
  parts: Parts,
  viewer: AccountViewer,
  { channelId, ...wanted }: z.output<typeof CreateBroadcastBody>,
): Promise<OwnBroadcast> {
  const { ctx } = parts;
  await requirePermission(ctx, viewer, channelId, "broadcast.create");
  const id = newId();
  await ctx.store.db.transaction().execute(async (tx) => {
    const channel = await lockChannel(tx, channelId);
    if (channel === undefined) throw new AppError("not_found", "No such channel.");
    await insertBroadcast(tx, newBroadcastRow(channel, { ...wanted, id, createdBy: viewer.accountId }));
    await audit(ctx, actorOf(viewer), { action: "broadcast.create", channelId, target: id }, tx);
  });
  await tellUpdated(ctx, id, channelId);
  return present(parts, viewer, id);
}

/**
 * A new or removed `startAt` schedules or unschedules.
 * @throws {AppError} not_found, forbidden; invalid_transition when it cannot be scheduled any more; invalid_input when it were for
 * children and restricted by age, or one registers for it
 */
export async function updateBroadcast(
  parts: Parts,
  viewer: AccountViewer,
  id: string,
  body: z.output<typeof UpdateBroadcastBody>,
): Promise<OwnBroadcast> {
  const { ctx } = parts;
  const { row: before } = await requireRight(ctx, viewer, id, "broadcast.update");
  const state = await ctx.store.db.transaction().execute(async (tx) => {
    const row = await lockBroadcast(tx, id);
    if (row === undefined) throw unknownBroadcast();
    const values = { ...columnsOf(body), ...scheduleOf(row, body.startAt) };
    if (Object.keys(values).length === 0) return row.state;
    requireOneAudience({ ...row, ...values });
    await updateBroadcastRow(tx, id, values);
    const fact = { channelId: row.channel_id, target: id, details: { fields: Object.keys(values) } };
    await audit(ctx, actorOf(viewer), { action: "broadcast.update", ...fact }, tx);
    return values.state ?? row.state;
  });
  await tellUpdated(ctx, id, before.channel_id);
  if (state !== before.state) {
    const about = { broadcastId: id, channelId: before.channel_id, at: new Date().toISOString() };
    await announceChange(ctx, { ...about, type: "state", state, from: before.state });
  }
  // Last: whatever becomes of the poster, everybody has been asked for their age by now.
  const hides = body.ageRestricted === true && !before.age_restricted;
  if (hides && (await movePoster(ctx, id))) await tellUpdated(ctx, id, before.channel_id);
  return present(parts, viewer, id);
}

/** @throws {AppError} not_found, forbidden; conflict while it is running */
export async function deleteBroadcast(ctx: Context, viewer: AccountViewer, id: string): Promise<void> {
  await requireRight(ctx, viewer, id, "broadcast.delete");
  const row = await ctx.store.db.transaction().execute(async (tx) => {
    const found = await lockBroadcast(tx, id);
    if (found === undefined) throw unknownBroadcast();
    if (found.has_source || OPEN_STATES.includes(found.state)) {
      throw new AppError("conflict", `The broadcast is running (${found.state}); end it first.`);
    }
    await deleteBroadcastRow(tx, id);
    const details = { title: found.title };
    await audit(
      ctx,
      actorOf(viewer),
      { action: "broadcast.delete", channelId: found.channel_id, target: id, details },
      tx,
    );
    return found;
  });
  await publishMediaCommand(ctx.bus, { type: "remove_broadcast", broadcastId: id });
  const about = { broadcastId: id, channelId: row.channel_id, at: new Date().toISOString() };
  await announceChange(ctx, { ...about, type: "deleted" });
  await removePoster(ctx, row.poster_key);
  await removePoster(ctx, row.watermark_key);
}

const EVENT = { preview: "preview", live: "go_live", end: "end" } as const satisfies Record<
  string,
  BroadcastEvent["type"]
>;
export type Action = keyof typeof EVENT;

/** @throws {AppError} not_found, forbidden; invalid_transition with the reason; conflict when another one is on the air */
export async function actOn(parts: Parts, viewer: AccountViewer, id: string, action: Action): Promise<OwnBroadcast> {
  const { ctx } = parts;
  await requireRight(ctx, viewer, id, "broadcast.control");
  const by = { actor: actorOf(viewer), action: `broadcast.${action}` };
  requireChanged(await changeState(ctx, id, () => ({ type: EVENT[action] }), { by }));
  return present(parts, viewer, id);
}

/** The pictures of a show, and how each is kept. */
const PICTURES = {
  poster: { column: "poster_key", store: storePoster },
  watermark: { column: "watermark_key", store: storeWatermark },
} as const;
type PictureName = keyof typeof PICTURES;

/** `read` null takes it away. @throws {AppError} not_found, forbidden; unsupported_media when it is not a picture that can be used */
export async function setPicture(
  parts: Parts,
  viewer: AccountViewer,
  id: string,
  { name, read }: Readonly<{ name: PictureName; read: (() => Promise<Uint8Array>) | null }>,
): Promise<OwnBroadcast> {
  const { ctx } = parts;
  await requireRight(ctx, viewer, id, "broadcast.update");
  const { column, store } = PICTURES[name];
  const key = read === null ? null : await store(ctx, await read());
  const row = await ctx.store.db.transaction().execute(async (tx) => {
    const former = await lockBroadcast(tx, id);
    if (former === undefined) throw unknownBroadcast();
    await updateBroadcastRow(tx, id, column === "poster_key" ? { poster_key: key } : { watermark_key: key });
    const fact = { channelId: former.channel_id, target: id, details: { fields: [column] } };
    await audit(ctx, actorOf(viewer), { action: "broadcast.update", ...fact }, tx);
    return former;
  });
  await removePoster(ctx, row[column]);
  await tellUpdated(ctx, id, row.channel_id);
  return present(parts, viewer, id);
}

/** Whoever saw the poster knows its address; what is restricted by age from now on shows it to nobody else. False: there is none. */
async function movePoster(ctx: Context, id: string): Promise<boolean> {
  const { db } = ctx.store;
  const former = (await findShown(db, id))?.poster_key ?? null;
  const copy = former === null ? null : await copyPoster(ctx, former);
  if (copy === null) return false;
  const moved = await db.transaction().execute(async (tx) => {
    const row = await lockBroadcast(tx, id);
    if (row?.poster_key !== former) return false;
    await updateBroadcastRow(tx, id, { poster_key: copy });
    return true;
  });
  await removePoster(ctx, moved ? former : copy);
  return moved;
}

/** The crew's view as it is now. @throws {AppError} not_found, forbidden */
async function present({ ctx, viewers }: Parts, viewer: AccountViewer, id: string): Promise<OwnBroadcast> {
  const { role } = await requireRight(ctx, viewer, id, "broadcast.read_private");
  const row = await findShown(ctx.store.db, id);
  if (row === undefined) throw unknownBroadcast();
  return ownBroadcast(row, role, viewers.count(id));
}

function requireChanged(change: StateChange): void {
  if (change.ok) return;
  if (change.reason === "not_found") throw unknownBroadcast();
  throw new AppError(change.reason === "occupied" ? "conflict" : "invalid_transition", change.message);
}

async function tellUpdated(ctx: Context, broadcastId: string, channelId: string): Promise<void> {
  const at = new Date().toISOString();
  await announceChange(ctx, { type: "updated", broadcastId, channelId, at });
}

type Audience = Pick<BroadcastValues, "age_restricted" | "kid_mode" | "registration">;

/** Half of it may stand in the row already. */
function requireOneAudience({ age_restricted, kid_mode, registration }: Audience): void {
  if (kid_mode !== true || (age_restricted !== true && registration === "off")) return;
  const message = age_restricted === true ? AGE_OR_KIDS : KIDS_OR_REGISTRATION;
  throw new AppError("invalid_input", message, { details: { issues: [{ path: "kidMode", message }] } });
}

/** Pages send the whole form: a date that stays as it is, is no wish to schedule. */
function scheduleOf(row: BroadcastRow, startAt: string | null | undefined): BroadcastValues {
  const wanted = startAt === undefined || startAt === null ? null : new Date(startAt);
  if (startAt === undefined || wanted?.getTime() === row.start_at?.getTime()) return {};
  const facts = { state: row.state, hasSource: row.has_source, startAt: row.start_at };
  const next = transition(facts, { type: wanted === null ? "unschedule" : "schedule" });
  if (!next.ok) throw new AppError("invalid_transition", next.reason);
  return { start_at: wanted, ...(next.changed ? { state: next.state } : {}) };
}

function columnsOf(body: z.output<typeof UpdateBroadcastBody>): BroadcastValues {
  const values: BroadcastValues = {};
  if (body.title !== undefined) values.title = body.title;
  if (body.description !== undefined) values.description = body.description;
  if (body.category !== undefined) values.category = body.category;
  if (body.tags !== undefined) values.tags = JSON.stringify(body.tags);
  if (body.language !== undefined) values.language = body.language;
  if (body.visibility !== undefined) values.visibility = body.visibility;
  if (body.latencyMode !== undefined) values.latency_mode = body.latencyMode;
  if (body.dvrWindowSec !== undefined) values.dvr_window_sec = body.dvrWindowSec;
  if (body.reconnectWindowSec !== undefined) values.reconnect_window_sec = body.reconnectWindowSec;
  if (body.autoLive !== undefined) values.auto_live = body.autoLive;
  if (body.record !== undefined) values.record = body.record;
  if (body.watermarkCorner !== undefined) values.watermark_corner = body.watermarkCorner;
  if (body.ageRestricted !== undefined) values.age_restricted = body.ageRestricted;
  if (body.minimumAge !== undefined) values.minimum_age = body.minimumAge;
  if (body.kidMode !== undefined) values.kid_mode = body.kidMode;
  return values;
}
