/** Beginning a tip: who may, how much, which words; then the provider is asked for a page on which it is paid. */
import { amountProblem } from "@rostrum/contract/money";
import { can, type ChannelRole } from "@rostrum/contract/permissions";
import type { CreateTipBody, OwnTip, TipCheckout, TipSettings } from "@rostrum/contract/tips";
import type { z } from "zod";
import type { AccountViewer, Viewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { tooMany } from "../../http/rate-limit.ts";
import { type Sight, sightOf } from "../broadcasts/service.ts";
import { roleOn } from "../channels/service.ts";
import { requireNotBanned, screen } from "../moderation/service.ts";
import type { TipParts } from "./parts.ts";
import { noticeOf, ownTip, shownName } from "./present.ts";
import { countUnpaid, findGiver, findSent, findTip, insertTip, listSaid, type TipRow, updateTip } from "./queries.ts";
import { settingsOf, whyClosed } from "./settings.ts";
import { plainText } from "@rostrum/contract/plain-text";

type Body = z.output<typeof CreateTipBody>;

/** Who tips; `address` as limits count it. */
export type Giver = Readonly<{ viewer: AccountViewer; address: string }>;

/** Stripe allows no shorter life of a checkout than half an hour. */
const CHECKOUT_LIFE_MS = 45 * 60_000;
/** Of one account: begun and not paid, in the last hour. */
const MAX_UNPAID = 10;
const HOUR_MS = 3_600_000;

/**
 * A tip that counts once it is paid at the address given. The same `sendId` of an account gives the same tip.
 * @throws {AppError} not_found, forbidden; conflict: tips are closed; invalid_input: the amount, or what filters refuse;
 * rate_limited; unavailable: the provider does not answer
 */
export async function createTip(parts: TipParts, giver: Giver, broadcastId: string, body: Body): Promise<TipCheckout> {
  const { ctx } = parts;
  const sight = await sightOf(ctx, giver.viewer, broadcastId);
  const known = await sentBefore(parts, giver, body.sendId);
  if (known !== undefined) return checkout(parts, matching(known, broadcastId, body), sight);
  const settings = await settingsOf(ctx.store.db, sight.row.channel_id);
  const closed = await whyClosed(parts, settings, sight.row);
  if (closed !== null) throw new AppError("conflict", closed);
  const { accountId } = giver.viewer;
  // Also without words: a tip shows a name.
  const who = { channelId: sight.row.channel_id, role: roleOf(sight), accountId };
  await requireNotBanned(ctx, who, new Date(parts.now()));
  requireAmount(body, settings);
  const since = new Date(parts.now() - HOUR_MS);
  if ((await countUnpaid(ctx.store.db, accountId, since)) >= MAX_UNPAID) throw tooMany(60_000);
  return checkout(parts, await store(parts, giver, sight, body), sight);
}

const roleOf = (sight: Sight): ChannelRole => (sight.kind === "crew" ? sight.role : "viewer");

/** For who gave it, and for who reads the channel's tips. @throws {AppError} not_found */
export async function ownTipOf({ ctx }: TipParts, viewer: Viewer, id: string): Promise<OwnTip> {
  const row = await findTip(ctx.store.db, id);
  const isOwn = viewer.kind === "account" && row?.account_id === viewer.accountId;
  // Whether there is such a tip is nobody else's business.
  const mayRead = row !== undefined && (isOwn || can(await roleOn(ctx, row.channel_id, viewer), "tips.read"));
  if (!mayRead) throw new AppError("not_found", "No such tip.");
  return ownTip(row);
}

async function sentBefore({ ctx }: TipParts, { viewer }: Giver, sendId: string | undefined) {
  return sendId === undefined ? undefined : findSent(ctx.store.db, viewer.accountId, sendId);
}

/** @throws {AppError} conflict: the id was used for something else */
function matching(row: TipRow, broadcastId: string, body: Body): TipRow {
  const isSame =
    row.broadcast_id === broadcastId && Number(row.amount_minor) === body.amountMinor && row.currency === body.currency;
  if (isSame) return row;
  throw new AppError("conflict", "This sendId was used for another tip; take a new one.");
}

function requireAmount({ amountMinor, currency }: Body, settings: TipSettings): void {
  if (currency !== settings.currency) {
    throw refusedField("currency", `This channel takes tips in ${settings.currency}.`);
  }
  const problem = amountProblem(amountMinor, currency, settings.minAmountMinor ?? 0);
  if (problem !== null) throw refusedField("amountMinor", problem);
}

function refusedField(path: string, message: string): AppError {
  return new AppError("invalid_input", message, { details: { issues: [{ path, message }] } });
}

async function store(parts: TipParts, giver: Giver, sight: Sight, body: Body): Promise<TipRow> {
  const { ctx, payments } = parts;
  const { db } = ctx.store;
  const { accountId } = giver.viewer;
  const words = await screenedWords(parts, giver, sight, body.message ?? "");
  const person = await findGiver(db, accountId);
  const id = newId(parts.now());
  const inserted = await insertTip(db, {
    ...{ id, broadcast_id: sight.row.id, channel_id: sight.row.channel_id, account_id: accountId },
    ...{ send_id: body.sendId ?? null, provider: payments.provider, state: "pending" },
    ...{ session_id: null, checkout_url: null, payment_id: null, paid_at: null, media_time_ms: null },
    ...{ amount_minor: body.amountMinor, currency: body.currency, anonymous: body.anonymous },
    ...{ name: shownName(person?.display_name ?? "", person?.handle ?? ""), created_at: new Date(parts.now()) },
    ...words,
  });
  const row = inserted ? await findTip(db, id) : await sentBefore(parts, giver, body.sendId);
  if (row === undefined) throw new Error(`tip ${id} was stored and is gone`);
  return inserted ? row : matching(row, sight.row.id, body);
}

/** @throws {AppError} what moderation refuses with */
async function screenedWords(
  { ctx, now }: TipParts,
  { viewer: { accountId }, address }: Giver,
  sight: Sight,
  message: string,
): Promise<Pick<TipRow, "message" | "message_state" | "held_reason">> {
  const { row } = sight;
  const text = plainText(message);
  if (text === "") return { message: null, message_state: "none", held_reason: null };
  const verdict = await screen(ctx, {
    ...{ row, accountId, address, text, now: new Date(now()) },
    role: roleOf(sight),
    recent: (since) => listSaid(ctx.store.db, { accountId, broadcastId: row.id, since }),
  });
  if (verdict.verdict === "refuse") {
    const { code, message: reason, details } = verdict;
    throw new AppError(code, reason, details === undefined ? {} : { details: { ...details } });
  }
  const held_reason = verdict.verdict === "hold" ? verdict.reason : null;
  return { message: verdict.text, message_state: held_reason === null ? "shown" : "held", held_reason };
}

/** The page on which it is paid; asked for again when the first answer was lost. */
async function checkout(parts: TipParts, row: TipRow, { row: show }: Sight): Promise<TipCheckout> {
  const { ctx, payments } = parts;
  const notice = noticeOf(row.provider);
  if (row.checkout_url !== null) return { tipId: row.id, checkoutUrl: row.checkout_url, notice };
  const back = `${ctx.publicUrl()}/watch/${show.id}`;
  const { sessionId, url } = await payments.createCheckout({
    ...{ tipId: row.id, amountMinor: Number(row.amount_minor), currency: row.currency },
    title: `Tip for ${plainText(show.channel_title) || `@${show.channel_handle}`}`.slice(0, 200).toWellFormed(),
    expiresAt: new Date(row.created_at.getTime() + CHECKOUT_LIFE_MS),
    ...{ successUrl: `${back}?tip=${row.id}`, cancelUrl: back },
  });
  await updateTip(ctx.store.db, row.id, { session_id: sessionId, checkout_url: url });
  return { tipId: row.id, checkoutUrl: url, notice };
}
