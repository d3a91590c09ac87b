/**
 * Which broadcast an encoder feeds. In this order: the one that is on the air or in preview; the one that was fed in the last five
 * minutes; the scheduled one that begins nearest to now, at most six hours away; the newest draft; a new one that takes its title from
 * the channel.
 */
import type { Kysely } from "kysely";
import type { Context } from "../../context.ts";
import { newId } from "../../lib/ids.ts";
import { acquireLease, type LeaseAnswer } from "../../store/leases.ts";
import type { Schema } from "../../store/schema.ts";
import { audit, SYSTEM } from "../audit/service.ts";
import { type ChannelRow, lockChannel } from "../channels/service.ts";
import { announceChange } from "./announce.ts";
import { newBroadcastRow } from "./new-row.ts";
import {
  type BroadcastRow,
  findLastFed,
  findNewestDraft,
  findOpenOnChannel,
  findScheduledNear,
  insertBroadcast,
  lockBroadcast,
} from "./queries.ts";

/** A connection that breaks in preview, or a restart, must not carry a rehearsal into another broadcast, which may go on the air by itself. */
const FED_WITHIN_SEC = 5 * 60;
const SCHEDULED_WITHIN_SEC = 6 * 60 * 60;
/** A node renews with every health report, every 5 s; three in a row may be lost. */
const LEASE_TTL_MS = 20_000;

export type Fed = Readonly<{ channel: ChannelRow; broadcast: BroadcastRow }>;

/** Null when the channel has just been deleted. Two encoders of one channel are answered one after the other. */
export async function broadcastToFeed(ctx: Context, channelId: string): Promise<Fed | null> {
  const { fed, opened } = await ctx.store.db.transaction().execute(async (tx) => {
    const channel = await lockChannel(tx, channelId);
    if (channel === undefined) return { fed: null, opened: false };
    const found = await existing(tx, channelId);
    const broadcast = found ?? (await open(ctx, tx, channel));
    return { fed: { channel, broadcast }, opened: found === undefined };
  });
  if (fed !== null && opened) {
    const at = new Date().toISOString();
    await announceChange(ctx, { type: "updated", broadcastId: fed.broadcast.id, channelId, at });
  }
  return fed;
}

/** Makes this process the broadcast's media node, or keeps it so. */
export async function holdBroadcast(ctx: Context, broadcastId: string): Promise<LeaseAnswer> {
  const { nodeId } = ctx;
  return acquireLease(ctx.store.db, { broadcastId, nodeId, address: ctx.publicUrl(), ttlMs: LEASE_TTL_MS });
}

async function existing(tx: Kysely<Schema>, channelId: string): Promise<BroadcastRow | undefined> {
  return (
    (await findOpenOnChannel(tx, channelId)) ??
    (await findLastFed(tx, channelId, FED_WITHIN_SEC)) ??
    (await findScheduledNear(tx, channelId, SCHEDULED_WITHIN_SEC)) ??
    (await findNewestDraft(tx, channelId))
  );
}

async function open(ctx: Context, tx: Kysely<Schema>, channel: ChannelRow): Promise<BroadcastRow> {
  const id = newId();
  await insertBroadcast(tx, newBroadcastRow(channel, { id, title: channel.title, createdBy: null }));
  await audit(ctx, SYSTEM, { action: "broadcast.open", channelId: channel.id, target: id }, tx);
  const row = await lockBroadcast(tx, id);
  if (row === undefined) throw new Error(`broadcast ${id} is gone in the transaction that made it`);
  return row;
}
