/** What the server itself says in a chat: the show begins, it ends, something is pinned. */
import type { ChatSystemAbout } from "@rostrum/contract/chat";
import type { BroadcastChange } from "../../ports/bus-events.ts";
import { follow } from "../../ports/follow.ts";
import { findShown } from "../broadcasts/service.ts";
import { tellChat } from "./events.ts";
import { mediaTimeOf } from "./media-time.ts";
import { presentMessage } from "./present.ts";
import { findMessage, storeSystemMessage } from "./queries.ts";
import type { Desk } from "./send.ts";

/** @param key what is told under it is told once in this chat, whichever process tells it */
export type Saying = Readonly<{ broadcastId: string; about: ChatSystemAbout; key: string; text: string }>;

/** False when it was said already, or there is no such show. */
export async function sayInChat(
  { ctx, ids }: Pick<Desk, "ctx" | "ids">,
  { broadcastId, about, key, text }: Saying,
): Promise<boolean> {
  const { db } = ctx.store;
  const broadcast = await findShown(db, broadcastId);
  if (broadcast === undefined) return false;
  const at = new Date();
  const id = ids.next(at.getTime());
  const stored = await storeSystemMessage(db, {
    ...{ id, broadcast_id: broadcastId, account_id: null, send_id: key, kind: "system", state: "visible", at },
    ...{ role: null, text, about, reply_to: null, mentions: [], note: null },
    media_time_ms: await mediaTimeOf(ctx, broadcast, at),
  });
  const row = stored ? await findMessage(db, id) : undefined;
  if (row !== undefined) await tellChat(ctx.bus, broadcastId, { type: "chat.message", message: presentMessage(row) });
  return stored;
}

/** Says when shows begin and end, until `signal` aborts. Every process may do it: it is said once. Never rejects. */
export async function followShows(desk: Desk, signal: AbortSignal): Promise<void> {
  const { ctx } = desk;
  await follow<BroadcastChange>(ctx, "broadcasts", signal, (change) => {
    const saying = change.type === "state" ? sayingOf(change.broadcastId, change.state) : null;
    if (saying === null) return;
    sayInChat(desk, saying).catch((err: unknown) => {
      if (!signal.aborted) ctx.log.warn({ err, ...saying }, "a chat was not told of its show");
    });
  });
}

function sayingOf(broadcastId: string, state: string): Saying | null {
  if (state === "live") return { broadcastId, about: "show_began", key: "show_began", text: "The show begins." };
  if (state === "ended") return { broadcastId, about: "show_ended", key: "show_ended", text: "The show is over." };
  return null;
}
