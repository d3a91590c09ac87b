/** What other features may ask of channels: making one, who may do what on it, whose stream key this is. */
import type { KeySlot, MediaSettings } from "@rostrum/contract/channels";
import type { Category } from "@rostrum/contract/common";
import { can, type ChannelRole, type Permission } from "@rostrum/contract/permissions";
import type { Kysely } from "kysely";
import type { Context } from "../../context.ts";
import type { Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import type { Schema } from "../../store/schema.ts";
import { createStreamKey, openStreamKey, srtCredential, streamKeyHash } from "./keys.ts";
import { mediaSettingsOf } from "./present.ts";
import {
  accountHasHandle,
  findChannel,
  findRole,
  findStreamKeyByHash,
  insertChannel,
  insertMember,
  insertStreamKeys,
  listAllStreamKeys,
  listStreamKeys,
  type StreamKeyRow,
} from "./queries.ts";

/** For features that read the whole row or change what hangs on it, in their own transaction. */
export { mediaSettingsOf } from "./present.ts";
export { type ChannelRow, lockChannel } from "./queries.ts";
export { describeUse, gib, type StorageUse, storageUse } from "./storage.ts";

export type NewChannel = Readonly<{
  ownerId: string;
  handle: string;
  title: string;
  description?: string;
  category?: Category;
  tags?: readonly string[];
  language?: string;
}>;

const SLOTS: readonly KeySlot[] = ["primary", "backup"];

/**
 * Creates a channel with its owner and both stream keys. Pass a transaction as `db` so that all or nothing is stored.
 * The owner's own account handle may be the channel's handle; another account's may not.
 * @returns the new channel's id
 * @throws {AppError} handle_taken
 */
export async function createChannelFor(ctx: Context, db: Kysely<Schema>, wanted: NewChannel): Promise<string> {
  const taken = () => new AppError("handle_taken", `The handle @${wanted.handle} is taken; choose another.`);
  if (await accountHasHandle(db, wanted.handle, wanted.ownerId)) throw taken();
  const id = newId();
  const inserted = await insertChannel(db, {
    id,
    handle: wanted.handle,
    title: wanted.title,
    description: wanted.description ?? "",
    category: wanted.category ?? "other",
    tags: JSON.stringify(wanted.tags ?? []),
    language: wanted.language ?? "en",
    poster_key: null,
  });
  if (!inserted) throw taken();
  await insertMember(db, { channel_id: id, account_id: wanted.ownerId, role: "owner" });
  const keys = SLOTS.map((slot) => ({
    channel_id: id,
    slot,
    ...createStreamKey(ctx.secrets, id, slot).stored,
    rotated_at: null,
  }));
  await insertStreamKeys(db, keys);
  return id;
}

/** Null when there is no such channel. */
export async function mediaSettingsOfChannel(ctx: Context, channelId: string): Promise<MediaSettings | null> {
  const row = await findChannel(ctx.store.db, channelId);
  return row === undefined ? null : mediaSettingsOf(row);
}

/** What somebody is on a channel: `viewer` without a membership, and for everybody who is not signed in. */
export async function roleOn(ctx: Context, channelId: string, viewer: Viewer): Promise<ChannelRole> {
  return viewer.kind === "anonymous" ? "viewer" : findRole(ctx.store.db, channelId, viewer.accountId);
}

/**
 * The caller's role on a channel, when that has the permission.
 * @throws {AppError} forbidden; not_found when there is no such channel
 */
export async function requirePermission(
  ctx: Context,
  viewer: Viewer,
  channelId: string,
  permission: Permission,
): Promise<ChannelRole> {
  const role = await roleOn(ctx, channelId, viewer);
  if (can(role, permission)) return role;
  if ((await findChannel(ctx.store.db, channelId)) === undefined) throw new AppError("not_found", "No such channel.");
  throw refused(role, permission);
}

/** The refusal that names the caller's role. */
export function refused(role: ChannelRole, permission: Permission): AppError {
  const who = role === "viewer" ? "who is not a member of this channel" : `with the role "${role}"`;
  return new AppError("forbidden", `Somebody ${who} may not do this (${permission}).`);
}

const STREAM_KEY = /^rk_[0-9a-hjkmnp-tv-z]{32}$/;

/** The channel and slot that a presented stream key belongs to; null for anything that is not a current key. */
export async function ownerOfStreamKey(
  ctx: Context,
  presented: string,
): Promise<{ channelId: string; slot: KeySlot } | null> {
  if (!STREAM_KEY.test(presented)) return null;
  const row = await findStreamKeyByHash(ctx.store.db, streamKeyHash(ctx.secrets, presented));
  return row === undefined ? null : { channelId: row.channel_id, slot: row.slot };
}

/** A key in clear with its SRT credential, for what decides without asking. Never logged, never sent anywhere. */
export type OpenedStreamKey = Readonly<{ channelId: string; key: string; srtName: string; srtPassphrase: string }>;

/** The keys of one channel, or of all. One that this installation cannot open is left out and told of: the others work. */
export async function openedStreamKeys(ctx: Context, channelId?: string): Promise<OpenedStreamKey[]> {
  const { db } = ctx.store;
  const rows = channelId === undefined ? await listAllStreamKeys(db) : await listStreamKeys(db, channelId);
  return rows.flatMap((row) => openedStreamKey(ctx, row) ?? []);
}

function openedStreamKey(ctx: Context, { channel_id: channelId, slot, sealed }: StreamKeyRow): OpenedStreamKey | null {
  let key: string;
  try {
    key = openStreamKey(ctx.secrets, channelId, slot, sealed);
  } catch (error) {
    const words =
      "a stream key was sealed with other secrets and does not work for SRT: replace it in the channel's settings";
    ctx.log.error({ err: error, channelId, slot }, words);
    return null;
  }
  const { name, passphrase } = srtCredential(ctx.secrets, key);
  return { channelId, key, srtName: name, srtPassphrase: passphrase };
}
