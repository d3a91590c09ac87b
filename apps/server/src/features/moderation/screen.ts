/** Whether somebody may say something: bans, filters, spam. */
import type { ErrorCode } from "@rostrum/contract/errors";
import { type BanKind, type BanScope, outranks, type RefusedEvent } from "@rostrum/contract/moderation";
import { can, type ChannelRole, MemberRole } from "@rostrum/contract/permissions";
import type { Context } from "../../context.ts";
import { AppError } from "../../lib/app-error.ts";
import { publishToClients } from "../../ports/bus-events.ts";
import { applyFilters } from "./filter.ts";
import { memoryOf, type Rules } from "./memory.ts";
import { noteNetwork } from "./networks.ts";
import { banSentence, mayAppeal } from "./present.ts";
import { type BanRow, findActiveBan, findPerson } from "./queries.ts";
import { rulesOf } from "./rules.ts";
import { findSpam, type Said, type SpamFinding, spamWindowSec } from "./spam.ts";

export type { Said } from "./spam.ts";

export type ScreenRequest = Readonly<{
  /** Where it is said. */
  row: Readonly<{ id: string; channel_id: string }>;
  role: ChannelRole;
  accountId: string;
  /** As `Caller.address`; only a keyed hash of its network is kept. */
  address: string;
  text: string;
  now: Date;
  /** What the account said on this broadcast since then (inclusive), newest first; at most 30 are looked at. */
  recent: (since: Date) => Promise<readonly Said[]>;
}>;

/**
 * - `allow`: store and show `text` (filters may have replaced words in it)
 * - `hold`: store `text` in state held; `reason` is a sentence for moderators
 * - `refuse`: do not store; throw `new AppError(code, message, { details })`, a sentence for who wrote it
 */
export type Verdict =
  | { readonly verdict: "allow"; readonly text: string }
  | { readonly verdict: "hold"; readonly text: string; readonly reason: string }
  | {
      readonly verdict: "refuse";
      readonly code: ErrorCode;
      readonly message: string;
      readonly details?: Readonly<Record<string, unknown>>;
    };

const CREW = ["owner", ...MemberRole.options] as const;
/** So often moderators hear of refused messages of one account. */
const TELL_EVERY_MS = 5000;
const NOT_ALLOWED = "Your message was not sent: it has words that this channel does not allow.";

/**
 * Ask it before a message, a question or an edit is stored. Moderators and above are allowed whatever they say, unless somebody who stands
 * above them has banned them.
 */
export async function screen(ctx: Context, request: ScreenRequest): Promise<Verdict> {
  const { row, role, accountId, text, now } = request;
  const refusal = await banRefusal(ctx, { channelId: row.channel_id, role, accountId }, now);
  if (refusal !== null) return refusal;
  if (can(role, "chat.moderate")) return { verdict: "allow", text };
  await noteNetwork(ctx, accountId, request.address, now);
  const verdict = await judge(ctx, request, await rulesOf(ctx, row.channel_id));
  if (verdict.verdict === "refuse") memoryOf(ctx).unsay(placeOf(request), text, now);
  return verdict;
}

async function judge(ctx: Context, request: ScreenRequest, rules: Rules): Promise<Verdict> {
  const { text } = request;
  const filtered = applyFilters(rules.filters, text);
  const spam = await spamOf(ctx, request, rules);
  if (filtered.action === "refuse") {
    await tellRefused(ctx, request, `Filter: ${filtered.label}`);
    return { verdict: "refuse", code: "forbidden", message: NOT_ALLOWED, details: { why: "filter" } };
  }
  if (spam?.action === "refuse") {
    await tellRefused(ctx, request, spam.reason);
    return refusedAsSpam(spam);
  }
  if (filtered.action === "hold") return { verdict: "hold", text, reason: `Filter: ${filtered.label}` };
  if (spam !== null) return { verdict: "hold", text, reason: spam.reason };
  return { verdict: "allow", text: filtered.text };
}

/**
 * For what is no chat message (questions, hands, reactions): bans only.
 * @throws {AppError} forbidden, with the sentence for who is banned and `details.ban`
 */
export async function requireNotBanned(
  ctx: Context,
  who: Readonly<{ channelId: string; role: ChannelRole; accountId: string }>,
  now: Date = new Date(),
): Promise<void> {
  const refusal = await banRefusal(ctx, who, now);
  if (refusal !== null) throw new AppError(refusal.code, refusal.message, { details: refusal.details });
}

/**
 * What somebody who is banned is told; null for everybody else. Of the staff, only what was decided by those who stand above them on this
 * channel counts: they may have been appointed since, and an admin of one channel must not silence the crew of another by the shared list.
 */
export async function banRefusal(
  ctx: Context,
  { channelId, role, accountId }: Readonly<{ channelId: string; role: ChannelRole; accountId: string }>,
  now: Date = new Date(),
): Promise<BanRefusal | null> {
  const by = can(role, "chat.moderate") ? CREW.filter((other) => outranks(other, role)) : undefined;
  if (by?.length === 0) return null;
  const ban = await findActiveBan(ctx.store.db, channelId, accountId, { now, ...(by === undefined ? {} : { by }) });
  return ban === undefined ? null : refusedByBan(ban, now);
}

type BanRefusal = Readonly<{
  verdict: "refuse";
  code: "forbidden";
  message: string;
  details: Readonly<{
    why: "ban";
    ban: Readonly<{ id: string; kind: BanKind; scope: BanScope; until: string | null; mayAppeal: boolean }>;
    retryAfterSec?: number;
  }>;
}>;

function refusedByBan(ban: BanRow, now: Date): BanRefusal {
  const { id, kind, scope, until } = ban;
  const retryAfterSec = until === null ? null : Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000));
  return {
    verdict: "refuse",
    code: "forbidden",
    message: banSentence(ban, now),
    details: {
      why: "ban",
      ban: { id, kind, scope, until: until?.toISOString() ?? null, mayAppeal: mayAppeal(ban, now) },
      ...(retryAfterSec === null ? {} : { retryAfterSec }),
    },
  };
}

function refusedAsSpam({ message, retryAfterSec }: SpamFinding): Verdict {
  return retryAfterSec === null
    ? { verdict: "refuse", code: "forbidden", message, details: { why: "spam" } }
    : { verdict: "refuse", code: "rate_limited", message, details: { why: "spam", retryAfterSec } };
}

/** By what this process has heard, and by what is stored: whichever is worse. */
async function spamOf(ctx: Context, request: ScreenRequest, { settings }: Rules): Promise<SpamFinding | null> {
  const { text, now } = request;
  const heard = findSpam(settings, text, memoryOf(ctx).say(placeOf(request), text, now), now);
  if (heard?.action === "refuse") return heard;
  const windowSec = spamWindowSec(settings);
  if (windowSec === 0) return heard;
  const stored = await request.recent(new Date(now.getTime() - windowSec * 1000));
  const found = findSpam(settings, text, stored, now);
  return found?.action === "refuse" ? found : (heard ?? found);
}

const placeOf = ({ row, accountId }: ScreenRequest): string => `${row.id} ${accountId}`;

async function tellRefused(ctx: Context, { row, accountId, text, now }: ScreenRequest, reason: string): Promise<void> {
  const { told } = memoryOf(ctx);
  if (now.getTime() - (told.get(accountId) ?? -Infinity) < TELL_EVERY_MS) return;
  told.set(accountId, now.getTime());
  const who = await findPerson(ctx.store.db, accountId);
  if (who === undefined) return;
  const event: RefusedEvent = {
    type: "moderation.refused",
    account: { id: who.id, handle: who.handle, displayName: who.display_name },
    text,
    reason,
    at: now.toISOString(),
  };
  await publishToClients(ctx.bus, `moderation:${row.id}`, event);
}
