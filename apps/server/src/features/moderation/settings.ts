/** A channel's filters and limits: who reads and who changes them. Every change stands in the log. */
import {
  type CreateFilterBody,
  type FilterAction,
  MODERATION_LIMITS,
  type ModerationSettings,
  type TryTextAnswer,
  type WordFilter,
} from "@rostrum/contract/moderation";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { requirePermission } from "../channels/service.ts";
import { applyFilters } from "./filter.ts";
import { parsePattern } from "./filter-pattern.ts";
import { log, type LogFact, tellLogged } from "./log.ts";
import { person } from "./present.ts";
import { rulesOf, settingsOf } from "./rules.ts";
import {
  deleteFilter,
  type FilterRow,
  findFilter,
  insertFilter,
  listFilters,
  saveSettings,
  updateFilter,
} from "./settings-queries.ts";
import { findSpam } from "./spam.ts";

/** @throws {AppError} forbidden, not_found */
export async function readSettings(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
): Promise<ModerationSettings> {
  await requirePermission(ctx, viewer, channelId, "chat.moderate");
  return settingsOf(ctx, channelId);
}

/** As a whole: what is left out has its default again. @throws {AppError} forbidden, not_found */
export async function writeSettings(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  settings: ModerationSettings,
): Promise<ModerationSettings> {
  await requirePermission(ctx, viewer, channelId, "chat.settings");
  const before = await settingsOf(ctx, channelId);
  await logged(
    ctx,
    { channelId, actorId: viewer.accountId, act: "settings", details: { before, after: settings } },
    (db) => saveSettings(db, channelId, settings),
  );
  return settings;
}

/** Newest first. @throws {AppError} forbidden, not_found */
export async function readFilters(ctx: Context, viewer: AccountViewer, channelId: string): Promise<WordFilter[]> {
  await requirePermission(ctx, viewer, channelId, "chat.moderate");
  return (await listFilters(ctx.store.db, channelId)).map(presentFilter);
}

/** @throws {AppError} forbidden, not_found; invalid_input when it would find everything or nothing; conflict */
export async function addFilter(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  { kind, text, action }: z.output<typeof CreateFilterBody>,
): Promise<WordFilter> {
  await requirePermission(ctx, viewer, channelId, "chat.settings");
  if (parsePattern(text, kind === "pattern") === null) {
    const wanted =
      kind === "pattern" ? "at least two letters or digits beside * and ?, in at most 8 words" : "at most 8 words";
    throw new AppError("invalid_input", `A filter needs ${wanted}; "${text}" finds nothing or everything.`);
  }
  const id = newId();
  const fact = { channelId, actorId: viewer.accountId, act: "filter_add", text, details: { kind, action } } as const;
  await logged(ctx, fact, async (db) => {
    // Raises the revision first: that locks the row, so that two who add at once are counted one after the other.
    await saveSettings(db, channelId);
    if ((await listFilters(db, channelId)).length >= MODERATION_LIMITS.filtersPerChannel) {
      throw new AppError("conflict", `A channel has at most ${MODERATION_LIMITS.filtersPerChannel} filters.`);
    }
    const row = { id, channel_id: channelId, kind, text, action, created_by: viewer.accountId, created_at: new Date() };
    if (!(await insertFilter(db, row))) throw new AppError("conflict", "There is this filter already.");
  });
  return presentFilter(await requireFilter(ctx, channelId, id));
}

/** @throws {AppError} forbidden, not_found */
export async function changeFilter(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  id: string,
  action: FilterAction,
): Promise<WordFilter> {
  await requirePermission(ctx, viewer, channelId, "chat.settings");
  const { text, kind, action: from } = await requireFilter(ctx, channelId, id);
  const details = { kind, from, action };
  await logged(ctx, { channelId, actorId: viewer.accountId, act: "filter_change", text, details }, async (db) => {
    await saveSettings(db, channelId);
    await updateFilter(db, id, action);
  });
  return presentFilter(await requireFilter(ctx, channelId, id));
}

/** @throws {AppError} forbidden, not_found */
export async function removeFilter(ctx: Context, viewer: AccountViewer, channelId: string, id: string): Promise<void> {
  await requirePermission(ctx, viewer, channelId, "chat.settings");
  const { text, kind, action } = await requireFilter(ctx, channelId, id);
  const fact = { channelId, actorId: viewer.accountId, act: "filter_remove", text, details: { kind, action } } as const;
  await logged(ctx, fact, async (db) => {
    await saveSettings(db, channelId);
    await deleteFilter(db, id);
  });
}

/** What filters and limits make of a text; bans and what was said before do not count. @throws {AppError} forbidden, not_found */
export async function tryText(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  text: string,
): Promise<z.infer<typeof TryTextAnswer>> {
  await requirePermission(ctx, viewer, channelId, "chat.moderate");
  const { settings, filters } = await rulesOf(ctx, channelId);
  const filtered = applyFilters(filters, text);
  const spam = findSpam(settings, text, [], new Date());
  const found = { refuse: filtered.action === "refuse", hold: filtered.action === "hold" };
  if (found.refuse) return { verdict: "refuse", text, reason: `Filter: ${filtered.label}` };
  if (spam?.action === "refuse") return { verdict: "refuse", text, reason: spam.reason };
  if (found.hold) return { verdict: "hold", text, reason: `Filter: ${filtered.label}` };
  if (spam !== null) return { verdict: "hold", text, reason: spam.reason };
  const reason = filtered.action === null ? null : `Filter: ${filtered.label}`;
  return { verdict: "allow", text: filtered.text, reason };
}

async function logged(
  ctx: Context,
  fact: LogFact,
  change: (db: Context["store"]["db"]) => Promise<void>,
): Promise<void> {
  const entry = await ctx.store.db.transaction().execute(async (tx) => {
    await change(tx);
    return log(ctx, fact, tx);
  });
  await tellLogged(ctx, entry);
}

async function requireFilter(ctx: Context, channelId: string, id: string): Promise<FilterRow> {
  const row = await findFilter(ctx.store.db, channelId, id);
  if (row === undefined) throw new AppError("not_found", "There is no such filter on this channel.");
  return row;
}

function presentFilter(row: FilterRow): WordFilter {
  const { id, kind, text, action } = row;
  const by = person(row.created_by, row.by_handle, row.by_name);
  return { id, kind, text, action, by, at: row.created_at.toISOString() };
}
