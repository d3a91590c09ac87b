/** A channel's own data: made, changed, deleted, with a poster or without. */
import {
  type CreateChannelBody,
  MediaSettings,
  type OwnChannel,
  type UpdateChannelBody,
} from "@rostrum/contract/channels";
import { type Kysely, type Updateable, sql } from "kysely";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { publishBroadcastChange, publishMediaCommand } from "../../ports/bus-events.ts";
import type { ChannelTable, Schema } from "../../store/schema.ts";
import { actorOf, audit } from "../audit/service.ts";
import { followerCount } from "../follows/service.ts";
import { removePoster, storePoster } from "../posters/service.ts";
import { ownChannel } from "./present.ts";
import { deleteChannelRow, findChannel, listChannelBroadcasts, lockChannel, updateChannelRow } from "./queries.ts";
import type { ChannelRow } from "./queries.ts";
import { createChannelFor, requirePermission } from "./service.ts";

/** Several channels per account are normal; this many is a mistake or worse. */
const MAX_OWNED_CHANNELS = 50;

/** @throws {AppError} handle_taken; conflict when the account owns too many channels */
export async function createChannel(
  ctx: Context,
  viewer: AccountViewer,
  body: z.output<typeof CreateChannelBody>,
): Promise<OwnChannel> {
  const id = await ctx.store.db.transaction().execute(async (tx) => {
    const { owned } = await tx
      .selectFrom("channel_member")
      .select((eb) => eb.fn.countAll().as("owned"))
      .where("account_id", "=", viewer.accountId)
      .where("role", "=", "owner")
      .executeTakeFirstOrThrow();
    if (Number(owned) >= MAX_OWNED_CHANNELS) {
      throw new AppError("conflict", `An account may own ${MAX_OWNED_CHANNELS} channels; delete one first.`);
    }
    const channelId = await createChannelFor(ctx, tx, { ownerId: viewer.accountId, ...body });
    await audit(ctx, actorOf(viewer), { action: "channel.create", channelId, details: { handle: body.handle } }, tx);
    return channelId;
  });
  await publishMediaCommand(ctx.bus, { type: "stream_keys_added", channelId: id });
  return ownChannel(await requireChannel(ctx, id), "owner", 0);
}

/** @throws {AppError} not_found, forbidden */
export async function updateChannel(
  ctx: Context,
  viewer: AccountViewer,
  id: string,
  body: z.output<typeof UpdateChannelBody>,
): Promise<OwnChannel> {
  const role = await requirePermission(ctx, viewer, id, "channel.update");
  const values = columnsOf(body);
  if (Object.keys(values).length > 0) {
    await ctx.store.db.transaction().execute((tx) => writeChannel(ctx, tx, viewer, id, values));
    await ctx.bus.publish(`channel:${id}`, { type: "updated", channelId: id });
  }
  return ownChannel(await requireChannel(ctx, id), role, await followerCount(ctx, id));
}

/**
 * Deletes the channel with its broadcasts, keys and members.
 * @throws {AppError} not_found, forbidden; invalid_input for a wrong confirmation; conflict while a broadcast is running
 */
export async function deleteChannel(ctx: Context, viewer: AccountViewer, id: string, confirm: string): Promise<void> {
  await requirePermission(ctx, viewer, id, "channel.delete");
  const gone = await ctx.store.db.transaction().execute(async (tx) => {
    const channel = await lockChannel(tx, id);
    if (channel === undefined) throw new AppError("not_found", "No such channel.");
    if (confirm.trim().replace(/^@/, "").toLowerCase() !== channel.handle) {
      throw new AppError("invalid_input", `Type the channel's handle, ${channel.handle}, to confirm.`);
    }
    const broadcasts = await listChannelBroadcasts(tx, id);
    if (broadcasts.some((row) => row.has_source || OPEN.has(row.state))) {
      throw new AppError("conflict", "A broadcast is running on this channel; end it first.");
    }
    await deleteChannelRow(tx, id);
    const details = { handle: channel.handle };
    await audit(ctx, actorOf(viewer), { action: "channel.delete", channelId: id, details }, tx);
    return { channel, broadcasts };
  });
  await clearAway(ctx, gone.channel, gone.broadcasts);
}

/** @throws {AppError} not_found, forbidden; unsupported_media when it is not a picture that can be used */
export async function setChannelPoster(
  ctx: Context,
  viewer: AccountViewer,
  id: string,
  read: () => Promise<Uint8Array>,
): Promise<OwnChannel> {
  const role = await requirePermission(ctx, viewer, id, "channel.update");
  const key = await storePoster(ctx, await read());
  return replacePoster(ctx, viewer, id, key, role);
}

/** @throws {AppError} not_found, forbidden */
export async function clearChannelPoster(ctx: Context, viewer: AccountViewer, id: string): Promise<OwnChannel> {
  const role = await requirePermission(ctx, viewer, id, "channel.update");
  return replacePoster(ctx, viewer, id, null, role);
}

/** @throws {AppError} not_found */
export async function requireChannel(ctx: Context, id: string): Promise<ChannelRow> {
  const row = await findChannel(ctx.store.db, id);
  if (row === undefined) throw new AppError("not_found", "No such channel.");
  return row;
}

const OPEN: ReadonlySet<string> = new Set(["preview", "live", "interrupted"]);

async function replacePoster(
  ctx: Context,
  viewer: AccountViewer,
  id: string,
  key: string | null,
  role: OwnChannel["role"],
): Promise<OwnChannel> {
  const former = await ctx.store.db.transaction().execute(async (tx) => {
    const row = await lockChannel(tx, id);
    if (row === undefined) throw new AppError("not_found", "No such channel.");
    await writeChannel(ctx, tx, viewer, id, { poster_key: key });
    return row;
  });
  await removePoster(ctx, former.poster_key);
  return ownChannel({ ...former, poster_key: key }, role, await followerCount(ctx, id));
}

async function writeChannel(
  ctx: Context,
  tx: Kysely<Schema>,
  viewer: AccountViewer,
  id: string,
  values: Updateable<ChannelTable>,
): Promise<void> {
  await updateChannelRow(tx, id, values);
  const details = { fields: Object.keys(values) };
  await audit(ctx, actorOf(viewer), { action: "channel.update", channelId: id, details }, tx);
}

/** After the rows are gone: an encoder that is just connecting is sent away, windows and pictures are removed. */
async function clearAway(
  ctx: Context,
  channel: ChannelRow,
  broadcasts: readonly { id: string; poster_key: string | null; watermark_key: string | null }[],
): Promise<void> {
  for (const slot of ["primary", "backup"] as const) {
    const reason = "The channel was deleted.";
    await publishMediaCommand(ctx.bus, { type: "end_sources", channelId: channel.id, slot, reason });
  }
  const at = new Date().toISOString();
  for (const { id, poster_key, watermark_key } of broadcasts) {
    await publishMediaCommand(ctx.bus, { type: "remove_broadcast", broadcastId: id });
    await publishBroadcastChange(ctx.bus, { type: "deleted", broadcastId: id, channelId: channel.id, at });
    await removePoster(ctx, poster_key);
    await removePoster(ctx, watermark_key);
  }
  await removePoster(ctx, channel.poster_key);
}

function columnsOf(body: z.output<typeof UpdateChannelBody>): Updateable<ChannelTable> {
  const { settings } = body;
  const values: Updateable<ChannelTable> = {};
  if (body.title !== undefined) values.title = body.title;
  if (body.description !== undefined) values.description = body.description;
  if (body.category !== undefined) values.category = body.category;
  if (body.language !== undefined) values.language = body.language;
  if (body.tags !== undefined) values.tags = JSON.stringify(body.tags);
  if (settings?.autoLive !== undefined) values.auto_live = settings.autoLive;
  if (settings?.secondPublisher !== undefined) values.second_publisher = settings.secondPublisher;
  if (settings?.reconnectWindowSec !== undefined) values.reconnect_window_sec = settings.reconnectWindowSec;
  if (settings?.dvrWindowSec !== undefined) values.dvr_window_sec = settings.dvrWindowSec;
  const media = mediaOf(settings ?? {});
  if (Object.keys(media).length > 0) values.media = sql`media || ${JSON.stringify(media)}::jsonb`;
  return values;
}

/** Those of the settings that stand in the column `media`. */
function mediaOf(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => name in MediaSettings.shape));
}
