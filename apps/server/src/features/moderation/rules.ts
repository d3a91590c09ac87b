/** The rules of a channel, compiled once for each revision. */
import { ModerationSettings } from "@rostrum/contract/moderation";
import type { Context } from "../../context.ts";
import { compileFilters } from "./filter.ts";
import { memoryOf, type Rules } from "./memory.ts";
import { findSettings, listFilters, revisionOf } from "./settings-queries.ts";

/** As they are now, in every process. */
export async function rulesOf(ctx: Context, channelId: string): Promise<Rules> {
  const { rules } = memoryOf(ctx);
  const known = rules.get(channelId);
  const revision = await revisionOf(ctx.store.db, channelId);
  if (known?.revision === revision) return known;
  const settings = await settingsOf(ctx, channelId);
  const own = revision === 0 ? [] : await listFilters(ctx.store.db, channelId);
  // A change that came in between has a higher revision: the next message finds it.
  const compiled = { revision, settings, filters: compileFilters(own, settings.profanity) };
  rules.set(channelId, compiled);
  return compiled;
}

/** With defaults for what was never set. */
export async function settingsOf(ctx: Context, channelId: string): Promise<ModerationSettings> {
  const row = await findSettings(ctx.store.db, channelId);
  return ModerationSettings.parse(row?.settings ?? {});
}
