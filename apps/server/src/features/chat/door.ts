/** What moderation may do with messages: look at them, and move them between shown, held and deleted. */
import type { Kysely } from "kysely";
import type { Context } from "../../context.ts";
import type { Schema } from "../../store/schema.ts";
import type { ChatChange, ChatDoor, ModeratedMessage } from "../moderation/service.ts";
import { tellChat, tellStaff } from "./events.ts";
import { tellPinned } from "./pinned.ts";
import { presentAll, presentAllModerated } from "./present.ts";
import { changeState, findMessage, findMessages, listMessages, type MessageRow } from "./queries.ts";
import { deletePin, deleteReports } from "./side-queries.ts";

/** Of one account; who has said more is banned, not tidied up after. */
const MOST = 500;

export const chatDoor: ChatDoor = {
  async message(ctx, id) {
    const row = await findMessage(ctx.store.db, id);
    return row === undefined ? null : moderated(row);
  },
  async messagesOf(ctx, broadcastId, accountId, since) {
    const options = { states: ["visible", "held"], limit: MOST, accountId, since } as const;
    return (await listMessages(ctx.store.db, broadcastId, options)).map(moderated);
  },
  moveMessages,
  async settleReports(ctx, tx, { id, broadcastId }) {
    const ids = (await deleteReports(tx, id)) ? [id] : [];
    return { ids, tell: () => tellStaff(ctx.bus, broadcastId, { type: "chat.released", ids }) };
  },
};

type Move = Parameters<ChatDoor["moveMessages"]>[3];

/** A deleted message is not pinned any more. */
async function moveMessages(ctx: Context, tx: Kysely<Schema>, ids: readonly string[], move: Move): Promise<ChatChange> {
  const { from, to, by, note } = move;
  const isDeleted = to === "deleted";
  const moved = await changeState(tx, ids, from, {
    ...{ state: to, note: to === "visible" ? null : note },
    ...{ by: isDeleted ? by : null, at: isDeleted ? new Date() : null },
  });
  const byBroadcast = Map.groupBy(moved, (row) => row.broadcast_id);
  const unpinned = new Set<string>();
  for (const [broadcastId, rows] of to === "visible" ? [] : byBroadcast) {
    const movedIds = rows.map(({ id }) => id);
    if (await deletePin(tx, broadcastId, movedIds)) unpinned.add(broadcastId);
  }
  return {
    ids: moved.map(({ id }) => id),
    async tell() {
      for (const [broadcastId, rows] of byBroadcast) {
        const movedIds = rows.map(({ id }) => id);
        await tellMoved(ctx, broadcastId, movedIds, move);
        if (unpinned.has(broadcastId)) await tellPinned(ctx, broadcastId);
      }
    },
  };
}

async function tellMoved(ctx: Context, broadcastId: string, ids: readonly string[], { from, to }: Move): Promise<void> {
  if (from.includes("held") && to !== "held")
    await tellStaff(ctx.bus, broadcastId, { type: "chat.released", ids: [...ids] });
  if (to === "deleted") return tellChat(ctx.bus, broadcastId, { type: "chat.deleted", ids: [...ids] });
  const rows = await findMessages(ctx.store.db, ids);
  if (to === "visible") {
    for (const message of await presentAll(ctx, rows))
      await tellChat(ctx.bus, broadcastId, { type: "chat.message", message });
    return;
  }
  await tellChat(ctx.bus, broadcastId, { type: "chat.deleted", ids: [...ids] });
  for (const message of await presentAllModerated(ctx, rows)) {
    await tellStaff(ctx.bus, broadcastId, { type: "chat.held", message });
  }
}

function moderated({
  id,
  broadcast_id: broadcastId,
  account_id: accountId,
  text,
  state,
}: MessageRow): ModeratedMessage {
  return { id, broadcastId, accountId, text, state };
}
