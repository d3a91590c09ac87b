/** What other features may ask of channels: making one, and who may do what on it. */
import type { KeySlot } from "@rostrum/contract/channels";
import type { Category } from "@rostrum/contract/common";
import type { Kysely } from "kysely";
import type { Context } from "../../context.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import type { Schema } from "../../store/schema.ts";
import { createStreamKey } from "./keys.ts";
import { accountHasHandle, insertChannel, insertMember, insertStreamKeys } from "./queries.ts";

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
