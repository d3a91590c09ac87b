/** Topic `chat:<broadcastId>`, and what the chat adds to `broadcast` and `moderation`. */
import { CHAT_LIMITS, type ChatSnapshot } from "@rostrum/contract/chat";
import type { Context } from "../../context.ts";
import type { Viewer } from "../../http/auth.ts";
import type { SnapshotPart, TopicRules } from "../../http/realtime-rules.ts";
import { standingOf, seeChat } from "./access.ts";
import { amendChat } from "./amend.ts";
import { listEmotes } from "./emotes.ts";
import { pinnedIn } from "./pinned.ts";
import { presentAll, presentAllModerated } from "./present.ts";
import { findMessages, listMessages } from "./queries.ts";
import { settingsOf } from "./settings.ts";
import { listOwnReactions, listReported } from "./side-queries.ts";

export function chatTopic(ctx: Context): TopicRules {
  return {
    async admit({ viewer }, id, token) {
      await seeChat(ctx, viewer, id, token);
    },
    async snapshot({ viewer }, id, token) {
      return chatSnapshot(ctx, viewer, id, token);
    },
    amend: amendChat,
  };
}

/** @throws {AppError} as `seeChat` */
export async function chatSnapshot(ctx: Context, viewer: Viewer, id: string, token?: string): Promise<ChatSnapshot> {
  const { db } = ctx.store;
  const place = await seeChat(ctx, viewer, id, token);
  const rows = (await listMessages(db, id, { states: ["visible"], limit: CHAT_LIMITS.snapshot })).toReversed();
  const pinned = await pinnedIn(ctx, id);
  const messages = await presentAll(ctx, rows);
  const ids = [...new Set([...messages, ...(pinned === null ? [] : [pinned])].map((message) => message.id))];
  return {
    ...{ messages, pinned, settings: place.settings, emotes: await listEmotes(ctx, place.row.channel_id) },
    ownReactions: viewer.kind === "account" ? await listOwnReactions(db, viewer.accountId, ids) : {},
    you: await standingOf(ctx, viewer, place),
  };
}

/** For the snapshot of `broadcast:<id>`: `{ chat: ChatSettings }`, also while the chat is off. */
export function chatPart(ctx: Context): SnapshotPart {
  return async (_caller, id) => {
    const row = await ctx.store.db
      .selectFrom("broadcast")
      .select(["id", "channel_id", "kid_mode"])
      .where("id", "=", id)
      .executeTakeFirst();
    if (row === undefined) return {};
    const settings = await settingsOf(ctx, row);
    return { chat: row.kid_mode ? { ...settings, mode: "off" } : settings };
  };
}

/** The queue's length; what comes behind it is reached once these are decided. */
const MOST_HELD = 200;
const MOST_REPORTED = 50;

/** For the snapshot of `moderation:<id>`: `{ held, reported }`, oldest first. */
export function chatStaffPart(ctx: Context): SnapshotPart {
  return async (_caller, id) => {
    const { db } = ctx.store;
    const held = await listMessages(db, id, { states: ["held"], limit: MOST_HELD });
    const reported = await findMessages(db, await listReported(db, id, MOST_REPORTED));
    return {
      held: await presentAllModerated(ctx, held.toReversed()),
      reported: await presentAllModerated(ctx, reported),
    };
  };
}
