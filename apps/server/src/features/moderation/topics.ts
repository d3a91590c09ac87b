/** Topics `moderation:<broadcastId>` and `channel:<channelId>` for moderators, and `user:<accountId>` for that account alone. */
import type { ModerationSnapshot, UserSnapshot } from "@rostrum/contract/moderation";
import type { Context } from "../../context.ts";
import type { Viewer } from "../../http/auth.ts";
import type { SnapshotPart, TopicRules } from "../../http/realtime-rules.ts";
import { AppError } from "../../lib/app-error.ts";
import { requireRight } from "../broadcasts/service.ts";
import { requirePermission } from "../channels/service.ts";
import { listAppeals } from "./appeal-queries.ts";
import { presentAppeal, presentEntry, presentOwnBan } from "./present.ts";
import { listBansOf, listEntries, listWarningsOf } from "./queries.ts";

/** What a page begins with. */
const MOST = 50;
const WARNINGS_MS = 30 * 86_400_000;

/** Of one show. @param parts what features show there: each what waits for a moderator */
export function moderationTopic(ctx: Context, parts: readonly SnapshotPart[]): TopicRules {
  return {
    async admit({ viewer }, id) {
      if (viewer.kind === "anonymous") throw new AppError("unauthenticated", "Sign in first.");
      await requireRight(ctx, viewer, id, "chat.moderate");
    },
    async snapshot(caller, id) {
      const added = await Promise.all(parts.map((part) => part(caller, id)));
      return Object.assign({}, ...added) as unknown;
    },
  };
}

/** Begins with `ModerationSnapshot`. Of the channel, so that desks of shows that are over, or to come, hear of it, too. */
export function channelTopic(ctx: Context, now: () => Date = () => new Date()): TopicRules {
  const admit = async (viewer: Viewer, id: string): Promise<void> => {
    if (viewer.kind === "anonymous") throw new AppError("unauthenticated", "Sign in first.");
    await requirePermission(ctx, viewer, id, "chat.moderate");
  };
  return {
    admit: ({ viewer }, id) => admit(viewer, id),
    async snapshot({ viewer }, id) {
      await admit(viewer, id);
      return channelSnapshot(ctx, id, now());
    },
  };
}

async function channelSnapshot(ctx: Context, channelId: string, now: Date): Promise<ModerationSnapshot> {
  const page = { channelId, before: undefined, limit: MOST };
  const appeals = await listAppeals(ctx.store.db, { ...page, openAt: now });
  const log = await listEntries(ctx.store.db, page);
  return { appeals: appeals.map((row) => presentAppeal(row, now)), log: log.map(presentEntry) };
}

/** Begins with `{ bans, warnings }`. @param parts what other features show beside it */
export function userTopic(
  ctx: Context,
  parts: readonly SnapshotPart[],
  now: () => Date = () => new Date(),
): TopicRules {
  return {
    async admit({ viewer }, id) {
      if (viewer.kind === "anonymous") throw new AppError("unauthenticated", "Sign in first.");
      if (viewer.accountId !== id) throw new AppError("forbidden", "This is told to that account only.");
    },
    async snapshot(caller, id) {
      const own = await userSnapshot(ctx, id, now());
      const added = await Promise.all(parts.map((part) => part(caller, id)));
      return Object.assign(own, ...added) as unknown;
    },
  };
}

async function userSnapshot(ctx: Context, accountId: string, now: Date): Promise<UserSnapshot> {
  const { db } = ctx.store;
  const bans = await listBansOf(db, accountId, now);
  const warnings = await listWarningsOf(db, accountId, new Date(now.getTime() - WARNINGS_MS));
  return {
    bans: bans.map((row) => presentOwnBan(row, now)),
    warnings: warnings.map(({ id, text, at, channel_id, handle, title }) => ({
      ...{ id, text, at: at.toISOString(), channel: { id: channel_id, handle, title } },
    })),
  };
}
