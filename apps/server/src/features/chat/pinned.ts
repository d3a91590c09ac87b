/** The message that stays on top of a chat. */
import type { ChatMessage } from "@rostrum/contract/chat";
import type { Context } from "../../context.ts";
import { tellChat, tellNow } from "./events.ts";
import { presentAll } from "./present.ts";
import { findMessages } from "./queries.ts";
import { findPin } from "./side-queries.ts";

/** Null: none is. */
export async function pinnedIn(ctx: Context, broadcastId: string): Promise<ChatMessage | null> {
  const { db } = ctx.store;
  const id = await findPin(db, broadcastId);
  const [message = null] = id === null ? [] : await presentAll(ctx, await findMessages(db, [id]));
  return message;
}

/** Everybody hears what is pinned now. */
export async function tellPinned(ctx: Context, broadcastId: string): Promise<void> {
  await tellNow(
    () => pinnedIn(ctx, broadcastId),
    (message) => tellChat(ctx.bus, broadcastId, { type: "chat.pinned", message }),
  );
}
