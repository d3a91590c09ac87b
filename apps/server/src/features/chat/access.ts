/** Who sees a chat and who may write in it. */
import { CHAT_LIMITS, type ChatSettings, type ChatStanding } from "@rostrum/contract/chat";
import { defaultChatColor } from "@rostrum/contract/chat-colors";
import type { ErrorCode } from "@rostrum/contract/errors";
import { can, type ChannelRole } from "@rostrum/contract/permissions";
import type { Context } from "../../context.ts";
import { type AccountViewer, hasScope, type Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { type Sight, sightByToken, whyNotWithKids } from "../broadcasts/service.ts";
import { isFollower } from "../follows/service.ts";
import { banRefusal } from "../moderation/service.ts";
import { type AuthorRow, findAuthor } from "./queries.ts";
import { settingsOf } from "./settings.ts";

/** A chat as somebody stands to it. */
export type Place = Readonly<{
  row: Sight["row"];
  role: ChannelRole;
  settings: ChatSettings;
  /** Nothing but a playback token lets them in: they read along. */
  byToken: boolean;
}>;

/** What is wrong, and for how long when only time is needed. */
export type Refusal = Readonly<{ code: ErrorCode; message: string; retryAfterSec: number | null; banId?: string }>;

/**
 * @throws {AppError} not_found, forbidden, age_restricted as for the show; conflict when its chat is off and the caller not of its crew,
 * and for everybody when the show is for children
 */
export async function seeChat(ctx: Context, viewer: Viewer, broadcastId: string, token?: string): Promise<Place> {
  const sight = await sightByToken(ctx, viewer, broadcastId, token);
  const noChat = whyNotWithKids(sight.row, "chat");
  if (noChat !== null) throw new AppError("conflict", noChat);
  const role = sight.kind === "crew" ? sight.role : "viewer";
  const settings = await settingsOf(ctx, sight.row);
  if (settings.mode === "off" && sight.kind !== "crew") throw new AppError("conflict", OFF);
  return { row: sight.row, role, settings, byToken: sight.kind === "public" && sight.byToken === true };
}

/** Moderators and above are free of what limits the others. */
export const isExempt = (role: ChannelRole): boolean => can(role, "chat.moderate");

/** @throws {AppError} unauthenticated; forbidden for an API token without the scope "broadcasts" */
export function requireWriter(viewer: Viewer): AccountViewer {
  if (viewer.kind === "anonymous") throw new AppError("unauthenticated", "Sign in to take part in the chat.");
  if (hasScope(viewer, "broadcasts")) return viewer;
  throw new AppError("forbidden", 'This API token does not have the scope "broadcasts".');
}

/**
 * Whether the chat is open to this author: the show is not over, and its mode lets them. Pauses, texts and bans are looked at elsewhere.
 * @throws {AppError} conflict, forbidden; `details.retryAfterSec` when only time is needed
 */
export async function requireOpen(ctx: Context, place: Place, author: AuthorRow): Promise<void> {
  const refusal = await whyClosed(ctx, place, author);
  if (refusal !== null) throw errorOf(refusal);
}

export function errorOf({ code, message, retryAfterSec }: Refusal): AppError {
  return new AppError(code, message, retryAfterSec === null ? {} : { details: { retryAfterSec } });
}

/** As the caller's page shows it beside the box to write in. */
export async function standingOf(ctx: Context, viewer: Viewer, place: Place): Promise<ChatStanding> {
  const { role } = place;
  const mayModerate = can(role, "chat.moderate");
  if (place.byToken)
    return { mayWrite: false, why: readsAlong(place), mayModerate, role, accountId: null, color: null };
  const author = viewer.kind === "account" ? await findAuthor(ctx.store.db, viewer.accountId, place.row.id) : undefined;
  if (author === undefined) {
    const why = { code: "unauthenticated", message: "Sign in to take part in the chat.", retryAfterSec: null } as const;
    return { mayWrite: false, why, mayModerate: false, role, accountId: null, color: null };
  }
  const why =
    (await whyClosed(ctx, place, author)) ??
    (await whyBanned(ctx, place, author)) ??
    pauseOf(place, author.last_at, new Date());
  const color = author.color ?? defaultChatColor(author.id);
  return { mayWrite: why === null, why, mayModerate, role, accountId: author.id, color };
}

/** The rest of the pause of slow mode; null: none. */
export function pauseOf({ role, settings }: Place, lastAt: Date | null, now: Date): Refusal | null {
  if (settings.slowModeSec === 0 || isExempt(role) || lastAt === null) return null;
  const restMs = lastAt.getTime() + settings.slowModeSec * 1000 - now.getTime();
  if (restMs <= 0) return null;
  const retryAfterSec = Math.ceil(restMs / 1000);
  const message = `Slow mode: one message every ${settings.slowModeSec} s. Wait ${retryAfterSec} s.`;
  return { code: "rate_limited", message, retryAfterSec };
}

const OFF = "The chat of this show is off.";

/** Signing in would not help: what lets them in is the link. */
function readsAlong({ row }: Place): Refusal {
  const message =
    row.visibility === "private"
      ? "This show is private. With its link you can watch and read along; only the channel's crew can write."
      : `With this link you can watch and read along. To write, open the show's page and confirm there that you are ${row.minimum_age} or older.`;
  return { code: "forbidden", message, retryAfterSec: null };
}

async function whyBanned(ctx: Context, { row, role }: Place, author: AuthorRow): Promise<Refusal | null> {
  const ban = await banRefusal(ctx, { channelId: row.channel_id, role, accountId: author.id });
  if (ban === null) return null;
  const { code, message, details } = ban;
  return { code, message, retryAfterSec: details.retryAfterSec ?? null, banId: details.ban.id };
}

async function whyClosed(ctx: Context, place: Place, author: AuthorRow): Promise<Refusal | null> {
  const now = Date.now();
  const { row, role, settings } = place;
  const isOver = row.state === "ended" || row.state === "archived";
  if (isOver && now - (row.ended_at?.getTime() ?? 0) > CHAT_LIMITS.openAfterEndMs) {
    return { code: "conflict", message: "This show is over; its chat is closed.", retryAfterSec: null };
  }
  if (isExempt(role)) return null;
  switch (settings.mode) {
    case "off":
      return { code: "conflict", message: OFF, retryAfterSec: null };
    case "registered":
      return waitFor(settings.minAgeMin, author.created_at, now, (age) => `Accounts must be ${age} old to write here.`);
    case "followers":
      return whyNotFollower(ctx, place, author, now);
    case "emotes":
    case "everybody":
      return null;
    default:
      return settings.mode satisfies never;
  }
}

/** The crew needs not follow its own channel. */
async function whyNotFollower(
  ctx: Context,
  { row, role, settings }: Place,
  author: AuthorRow,
  now: number,
): Promise<Refusal | null> {
  if (can(role, "broadcast.read_private")) return null;
  const since = await isFollower(ctx, author.id, row.channel_id);
  const name = `@${row.channel_handle}`;
  if (since === null) {
    return { code: "forbidden", message: `Only followers of ${name} may write now: follow it.`, retryAfterSec: null };
  }
  return waitFor(settings.minAgeMin, since, now, (age) => `Only who has followed ${name} for ${age} may write now.`);
}

function waitFor(minAgeMin: number, since: Date, now: number, say: (age: string) => string): Refusal | null {
  const restMs = since.getTime() + minAgeMin * 60_000 - now;
  if (restMs <= 0) return null;
  const retryAfterSec = Math.ceil(restMs / 1000);
  return { code: "forbidden", message: say(wordsOf(minAgeMin)), retryAfterSec };
}

function wordsOf(minutes: number): string {
  if (minutes % 1440 === 0) return minutes === 1440 ? "a day" : `${minutes / 1440} days`;
  if (minutes % 60 === 0) return minutes === 60 ? "an hour" : `${minutes / 60} hours`;
  return minutes === 1 ? "a minute" : `${minutes} minutes`;
}
