/** Lists for moderators: bans, the log, appeals, what is known of an account. */
import type {
  Appeal,
  Ban,
  ListAppealsQuery,
  ListBansQuery,
  ListLogQuery,
  LogEntry,
  OwnBan,
  PersonCard,
} from "@rostrum/contract/moderation";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { decodeCursor, pageOfRows } from "../../lib/cursor.ts";
import { requirePermission } from "../channels/service.ts";
import { listAppeals } from "./appeal-queries.ts";
import { bannedOnSameNetwork } from "./networks.ts";
import { presentAppeal, presentBan, presentEntry, presentOwnBan } from "./present.ts";
import { findPerson, listBans, listBansOf, listEntries, roleOf } from "./queries.ts";
import { settingsOf } from "./rules.ts";

type Page<T> = { items: T[]; nextCursor: string | null };
const DAY_MS = 86_400_000;
const CARD_ROWS = 50;

/** Those that count on the channel, newest first. @throws {AppError} forbidden, not_found, invalid_input */
export async function bansOn(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  query: z.output<typeof ListBansQuery>,
  now: Date,
): Promise<Page<Ban>> {
  await requirePermission(ctx, viewer, channelId, "chat.moderate");
  const { accountId, scope, state, limit } = query;
  const active = state === "active" ? now : undefined;
  const filter = { channelId, accountId, scope, now: active };
  const rows = await listBans(ctx.store.db, { ...filter, ...pageOf(query.cursor, limit) });
  return pageOfRows(
    rows,
    limit,
    (row) => [row.id],
    (row) => presentBan(row, now),
  );
}

/** Newest first. @throws {AppError} forbidden, not_found, invalid_input */
export async function logOn(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  query: z.output<typeof ListLogQuery>,
): Promise<Page<LogEntry>> {
  await requirePermission(ctx, viewer, channelId, "chat.moderate");
  const { accountId, person, act, limit } = query;
  const acts = act === undefined ? undefined : [act];
  const filter = { channelId, accountId, person, acts };
  const rows = await listEntries(ctx.store.db, { ...filter, ...pageOf(query.cursor, limit) });
  return pageOfRows(rows, limit, (row) => [row.id], presentEntry);
}

/** Newest first. @throws {AppError} forbidden, not_found, invalid_input */
export async function appealsOn(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  { state, cursor, limit }: z.output<typeof ListAppealsQuery>,
  now: Date,
): Promise<Page<Appeal>> {
  await requirePermission(ctx, viewer, channelId, "chat.moderate");
  const openAt = state === "open" ? now : undefined;
  const rows = await listAppeals(ctx.store.db, { channelId, openAt, ...pageOf(cursor, limit) });
  return pageOfRows(
    rows,
    limit,
    (row) => [row.id],
    (row) => presentAppeal(row, now),
  );
}

/** @throws {AppError} forbidden, not_found */
export async function cardOf(
  ctx: Context,
  viewer: AccountViewer,
  channelId: string,
  accountId: string,
  now: Date,
): Promise<PersonCard> {
  await requirePermission(ctx, viewer, channelId, "chat.moderate");
  const { db } = ctx.store;
  const who = await findPerson(db, accountId);
  if (who === undefined) throw new AppError("not_found", "There is no such account (any more).");
  const page = { channelId, accountId, before: undefined, limit: CARD_ROWS };
  const bans = await listBans(db, { ...page, now: undefined });
  const remarks = await listEntries(db, { ...page, acts: ["warn", "note"] });
  const entries = remarks.filter((row) => !row.undone).map(presentEntry);
  return {
    account: personOf(who),
    role: await roleOf(db, channelId, accountId),
    hints: await hintsOf(ctx, channelId, who, now),
    bans: bans.map((row) => presentBan(row, now)),
    warnings: entries.filter((entry) => entry.act === "warn"),
    notes: entries.filter((entry) => entry.act === "note"),
  };
}

/** What counts against the caller, everywhere. */
export async function ownBans(ctx: Context, viewer: AccountViewer, now: Date): Promise<OwnBan[]> {
  const rows = await listBansOf(ctx.store.db, viewer.accountId, now);
  return rows.map((row) => presentOwnBan(row, now));
}

type Found = NonNullable<Awaited<ReturnType<typeof findPerson>>>;

async function hintsOf(ctx: Context, channelId: string, who: Found, now: Date): Promise<PersonCard["hints"]> {
  const accountAgeDays = Math.max(0, Math.floor((now.getTime() - who.created_at.getTime()) / DAY_MS));
  const { newAccountDays } = await settingsOf(ctx, channelId);
  const near = await bannedOnSameNetwork(ctx.store.db, channelId, who.id, now);
  return { accountAgeDays, isNew: accountAgeDays < newAccountDays, sameNetworkAs: near.map(personOf) };
}

function personOf({
  id,
  handle,
  display_name: displayName,
}: Readonly<{ id: string; handle: string; display_name: string }>) {
  return { id, handle, displayName };
}

function pageOf(cursor: string | undefined, limit: number) {
  return { before: cursor === undefined ? undefined : String(decodeCursor(cursor, "s")[0]), limit: limit + 1 };
}
