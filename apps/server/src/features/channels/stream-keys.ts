/** Stream keys in people's hands: seen masked, revealed after the password was given again, rotated. */
import type { KeySlot, MaskedKey, RevealedKey } from "@rostrum/contract/channels";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import type { HttpKit } from "../../http/kit.ts";
import { AppError } from "../../lib/app-error.ts";
import { publishMediaCommand } from "../../ports/bus-events.ts";
import { verifyPassword } from "../accounts/service.ts";
import { actorOf, audit } from "../audit/service.ts";
import { createStreamKey, openStreamKey, srtCredential } from "./keys.ts";
import { maskedKey } from "./present.ts";
import { findStreamKey, listStreamKeys, replaceStreamKey } from "./queries.ts";
import { requirePermission } from "./service.ts";

/** @throws {AppError} not_found, forbidden */
export async function listKeys(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  inUse: (slot: KeySlot) => boolean,
): Promise<MaskedKey[]> {
  await requirePermission(ctx, viewer, channelId, "keys.read");
  const rows = await listStreamKeys(ctx.store.db, channelId);
  return rows.map((row) => maskedKey(row, inUse(row.slot)));
}

/** What a person sees of a key. */
function revealed(ctx: Context, key: string): RevealedKey {
  const { name, passphrase } = srtCredential(ctx.secrets, key);
  return { key, srt: { streamId: `publish:${name}`, passphrase } };
}

/**
 * The key in clear. Right and wrong passwords are both audited.
 * @throws {AppError} not_found, forbidden; invalid_credentials for a wrong password; rate_limited after several
 */
export async function revealKey(
  kit: HttpKit,
  viewer: AccountViewer,
  channelId: string,
  slot: KeySlot,
  password: string,
): Promise<RevealedKey> {
  const { ctx } = kit;
  await requirePermission(ctx, viewer, channelId, "keys.reveal");
  if (!(await verifyPassword(kit, viewer.accountId, password))) {
    await audit(ctx, actorOf(viewer), { action: "stream_key.reveal_refused", channelId, target: slot });
    throw new AppError("invalid_credentials", "That is not your password.");
  }
  const row = await findStreamKey(ctx.store.db, channelId, slot);
  if (row === undefined) throw new AppError("not_found", "No such stream key.");
  await audit(ctx, actorOf(viewer), { action: "stream_key.reveal", channelId, target: slot });
  return revealed(ctx, openStreamKey(ctx.secrets, channelId, slot, row.sealed));
}

/**
 * A new key for the slot. Who publishes with the old one is sent away on whatever node that is.
 * @throws {AppError} not_found, forbidden
 */
export async function rotateKey(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  slot: KeySlot,
): Promise<RevealedKey> {
  await requirePermission(ctx, viewer, channelId, "keys.rotate");
  const { key, stored } = createStreamKey(ctx.secrets, channelId, slot);
  await ctx.store.db.transaction().execute(async (tx) => {
    await replaceStreamKey(tx, channelId, slot, { ...stored, rotated_at: new Date() });
    await audit(ctx, actorOf(viewer), { action: "stream_key.rotate", channelId, target: slot }, tx);
  });
  const reason = "The stream key was replaced. Enter the new one in the encoder.";
  await publishMediaCommand(ctx.bus, { type: "end_sources", channelId, slot, reason });
  return revealed(ctx, key);
}
