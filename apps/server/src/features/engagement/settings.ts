/** What a channel lets its audience do and its crew show. */
import {
  DEFAULT_ENGAGEMENT_SETTINGS,
  type EngagementSettings,
  type UpdateEngagementSettingsBody,
} from "@rostrum/contract/engagement";
import { sql } from "kysely";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { actorOf, audit } from "../audit/service.ts";
import { requirePermission } from "../channels/service.ts";
import { tellAudience } from "./events.ts";

/** Shows of one channel that are told of new settings: it has one on the air, and some planned. */
const MAX_TOLD = 50;

/** The defaults where nothing is set. */
export async function settingsOf(ctx: Context, channelId: string): Promise<EngagementSettings> {
  const row = await ctx.store.db
    .selectFrom("engagement_settings")
    .select("settings")
    .where("channel_id", "=", channelId)
    .executeTakeFirst();
  return { ...DEFAULT_ENGAGEMENT_SETTINGS, ...row?.settings };
}

/** What holds in one show: children are asked nothing. */
export async function settingsOfShow(
  ctx: Context,
  row: Readonly<{ channel_id: string; kid_mode: boolean }>,
): Promise<EngagementSettings> {
  const settings = await settingsOf(ctx, row.channel_id);
  return row.kid_mode ? { ...settings, polls: false, questions: false, reactions: false, hands: false } : settings;
}

/** @throws {AppError} not_found, forbidden */
export async function settingsFor(ctx: Context, viewer: AccountViewer, channelId: string): Promise<EngagementSettings> {
  await requirePermission(ctx, viewer, channelId, "engagement.manage");
  return settingsOf(ctx, channelId);
}

/** Tells the audience of every show that is not over. @throws {AppError} not_found, forbidden */
export async function updateSettings(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  changes: z.output<typeof UpdateEngagementSettingsBody>,
): Promise<EngagementSettings> {
  await requirePermission(ctx, viewer, channelId, "engagement.manage");
  const json = JSON.stringify(changes);
  await ctx.store.db.transaction().execute(async (tx) => {
    await tx
      .insertInto("engagement_settings")
      .values({ channel_id: channelId, settings: json })
      .onConflict((conflict) =>
        conflict.column("channel_id").doUpdateSet({ settings: sql`engagement_settings.settings || ${json}::jsonb` }),
      )
      .execute();
    await audit(ctx, actorOf(viewer), { action: "engagement.settings", channelId, details: { ...changes } }, tx);
  });
  const settings = await settingsOf(ctx, channelId);
  for (const id of await showsToTell(ctx, channelId)) {
    await tellAudience(ctx, id, { type: "engagement.settings", settings });
  }
  return settings;
}

async function showsToTell(ctx: Context, channelId: string): Promise<string[]> {
  const rows = await ctx.store.db
    .selectFrom("broadcast")
    .select("id")
    .where("channel_id", "=", channelId)
    .where("state", "not in", ["ended", "archived"])
    .where("kid_mode", "=", false)
    .orderBy("id", "desc")
    .limit(MAX_TOLD)
    .execute();
  return rows.map((row) => row.id);
}
