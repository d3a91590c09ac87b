/** A channel's own emotes: uploaded pictures, re-encoded, stored as blobs, served from a path without cookies. */
import { CHAT_LIMITS, type ChatEmote } from "@rostrum/contract/chat";
import type { Readable } from "node:stream";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { reencodeRaster } from "../../lib/raster.ts";
import { isUniqueViolation } from "../../store/store-error.ts";
import { actorOf, audit } from "../audit/service.ts";
import { requirePermission } from "../channels/service.ts";
import { tellChat } from "./events.ts";
import { listOpenBroadcasts } from "./settings-queries.ts";

const FILE = /^([0-9a-hjkmnp-tv-z]{20})\.webp$/;

/** The database's trigger knows the prefix, too. */
const keyOf = (id: string): string => `emotes/${id}/emote.webp`;

/** By name. */
export async function listEmotes(ctx: Context, channelId: string): Promise<ChatEmote[]> {
  const rows = await ctx.store.db
    .selectFrom("chat_emote")
    .select(["id", "name"])
    .where("channel_id", "=", channelId)
    .orderBy("name")
    .execute();
  return rows.map(({ id, name }) => ({ id, name, url: `/media/emotes/${id}.webp` }));
}

export async function emoteNames(ctx: Context, channelId: string): Promise<ReadonlySet<string>> {
  return new Set((await listEmotes(ctx, channelId)).map(({ name }) => name));
}

/**
 * The picture is not read before it is known that it may be kept.
 * @throws {AppError} not_found, forbidden; unsupported_media when it is not a picture that can be used; conflict when the name is taken
 * or there are too many
 */
export async function addEmote(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  { name, read }: Readonly<{ name: string; read: () => Promise<Uint8Array> }>,
): Promise<ChatEmote> {
  await requirePermission(ctx, viewer, channelId, "chat.settings");
  const known = await listEmotes(ctx, channelId);
  if (known.length >= CHAT_LIMITS.emotes) {
    throw new AppError("conflict", `A channel may have ${CHAT_LIMITS.emotes} emotes; delete one first.`);
  }
  if (known.some((emote) => emote.name === name)) throw taken(name);
  const box = { widthPx: CHAT_LIMITS.emotePx, heightPx: CHAT_LIMITS.emotePx };
  const result = await reencodeRaster(await read(), box);
  if (!result.ok) throw new AppError("unsupported_media", result.reason);
  const id = newId();
  await ctx.blobs.put(keyOf(id), result.webp, "image/webp");
  try {
    await ctx.store.db.transaction().execute(async (tx) => {
      const row = { id, channel_id: channelId, name, created_by: viewer.accountId };
      await tx.insertInto("chat_emote").values(row).execute();
      await audit(ctx, actorOf(viewer), { action: "chat.emote_add", channelId, target: id, details: { name } }, tx);
    });
  } catch (error) {
    await ctx.blobs.removeAll(`emotes/${id}/`);
    throw isUniqueViolation(error) ? taken(name) : error;
  }
  await tell(ctx, channelId);
  return { id, name, url: `/media/emotes/${id}.webp` };
}

/** Messages keep the name they were written with. @throws {AppError} not_found, forbidden; conflict when the name is taken */
export async function renameEmote(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  { id, name }: Readonly<{ id: string; name: string }>,
): Promise<ChatEmote> {
  await requirePermission(ctx, viewer, channelId, "chat.settings");
  try {
    await ctx.store.db.transaction().execute(async (tx) => {
      const row = await tx
        .updateTable("chat_emote")
        .set({ name })
        .where("id", "=", id)
        .where("channel_id", "=", channelId)
        .returning("id")
        .executeTakeFirst();
      if (row === undefined) throw new AppError("not_found", "There is no such emote.");
      await audit(ctx, actorOf(viewer), { action: "chat.emote_rename", channelId, target: id, details: { name } }, tx);
    });
  } catch (error) {
    throw isUniqueViolation(error) ? taken(name) : error;
  }
  await tell(ctx, channelId);
  return { id, name, url: `/media/emotes/${id}.webp` };
}

/** Messages keep their `:name:`. @throws {AppError} not_found, forbidden */
export async function removeEmote(ctx: Context, viewer: AccountViewer, channelId: string, id: string): Promise<void> {
  await requirePermission(ctx, viewer, channelId, "chat.settings");
  await ctx.store.db.transaction().execute(async (tx) => {
    const row = await tx
      .deleteFrom("chat_emote")
      .where("id", "=", id)
      .where("channel_id", "=", channelId)
      .returning("name")
      .executeTakeFirst();
    if (row === undefined) throw new AppError("not_found", "There is no such emote.");
    const details = { name: row.name };
    await audit(ctx, actorOf(viewer), { action: "chat.emote_remove", channelId, target: id, details }, tx);
  });
  await tell(ctx, channelId);
}

/** The picture of that file name; null when there is none. The caller consumes or destroys `body`. */
export async function openEmote(ctx: Context, name: string): Promise<{ body: Readable; bytes: number } | null> {
  const id = FILE.exec(name)?.[1];
  const blob = id === undefined ? null : await ctx.blobs.get(keyOf(id));
  return blob === null ? null : { body: blob.body, bytes: blob.info.bytes };
}

function taken(name: string): AppError {
  return new AppError("conflict", `This channel has an emote :${name}: already; choose another name.`);
}

async function tell(ctx: Context, channelId: string): Promise<void> {
  const event = { type: "chat.emotes", emotes: await listEmotes(ctx, channelId) } as const;
  for (const id of await listOpenBroadcasts(ctx.store.db, channelId)) {
    await tellChat(ctx.bus, id, event);
  }
}
