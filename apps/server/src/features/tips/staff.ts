/** What a channel's crew does with tips: lists, tables, words that were held, paying back. */
import { Readable } from "node:stream";
import { formatMinor } from "@rostrum/contract/money";
import type { HeldTip, ListTipsQuery, SettleTipBody, StaffTip } from "@rostrum/contract/tips";
import type { z } from "zod";
import type { AccountViewer } from "../../http/auth.ts";
import { AppError } from "../../lib/app-error.ts";
import { csvLine, CSV_START } from "../../lib/csv.ts";
import { decodeCursor, pageOfRows } from "../../lib/cursor.ts";
import { actorOf, audit } from "../audit/service.ts";
import { requireRight } from "../broadcasts/service.ts";
import { requirePermission } from "../channels/service.ts";
import { applyPaymentEvent } from "./applying.ts";
import { type TipParts, tellModerators, tellViewers } from "./parts.ts";
import { heldTip, staffTip } from "./present.ts";
import { findTip, listForStaff, listHeld, lockTip, type StaffFilter, type StaffRow, type TipRow } from "./queries.ts";
import { updateTip } from "./queries.ts";

type Query = z.output<typeof ListTipsQuery>;

const MAX_HELD = 100;
/** Rows of a table, read so many at a time. */
const CSV_ROWS = { max: 50_000, page: 500 } as const;

/** Newest first. @throws {AppError} not_found, forbidden */
export async function tipsOfChannel({ ctx }: TipParts, viewer: AccountViewer, channelId: string, query: Query) {
  await requirePermission(ctx, viewer, channelId, "tips.read");
  const { cursor, limit, ...filter } = query;
  const before = cursor === undefined ? undefined : String(decodeCursor(cursor, "s")[0]);
  const rows = await listForStaff(ctx.store.db, { channelId, ...filter, before, limit: limit + 1 });
  return pageOfRows<StaffRow, StaffTip>(rows, limit, (row) => [row.id], staffTip);
}

/** A table for spreadsheets, newest first. @throws {AppError} not_found, forbidden */
export async function tipsTable(
  { ctx }: TipParts,
  viewer: AccountViewer,
  channelId: string,
  filter: Omit<Query, "cursor" | "limit">,
): Promise<Readable> {
  await requirePermission(ctx, viewer, channelId, "tips.read");
  await audit(ctx, actorOf(viewer), { action: "tips.export", channelId, details: { ...filter } });
  const page = (before: string | undefined) =>
    listForStaff(ctx.store.db, { channelId, ...filter, before, limit: CSV_ROWS.page } satisfies StaffFilter);
  return Readable.from(lines(page));
}

const HEADINGS = [
  ...["tip", "asked for", "paid", "show", "name", "handle", "nameless", "message", "state", "currency"],
  ...["amount", "fee", "returned", "provider", "notice"],
];

async function* lines(page: (before: string | undefined) => Promise<StaffRow[]>): AsyncGenerator<string> {
  yield CSV_START + csvLine(HEADINGS);
  let before: string | undefined;
  for (let count = 0; count < CSV_ROWS.max; count += CSV_ROWS.page) {
    const rows = await page(before);
    if (rows.length > 0) yield rows.map((row) => csvLine(cells(staffTip(row)))).join("");
    before = rows.at(-1)?.id;
    if (rows.length < CSV_ROWS.page) return;
  }
}

function cells(tip: StaffTip): (string | null)[] {
  const { id, createdAt, paidAt, broadcastTitle, name, handle, anonymous, message, state, currency } = tip;
  const amounts = [tip.amountMinor, tip.feeMinor, tip.returnedMinor].map((minor) => formatMinor(minor, currency));
  const who = [broadcastTitle, name, handle, anonymous ? "yes" : "no", message];
  return [id, createdAt, paidAt, ...who, state, currency, ...amounts, tip.provider, tip.notice];
}

/** Oldest first. @throws {AppError} not_found, forbidden */
export async function heldTips({ ctx }: TipParts, viewer: AccountViewer, broadcastId: string): Promise<HeldTip[]> {
  await requireRight(ctx, viewer, broadcastId, "chat.moderate");
  return heldOf({ ctx }, broadcastId);
}

/** Without asking who wants to know. */
export async function heldOf({ ctx }: Pick<TipParts, "ctx">, broadcastId: string): Promise<HeldTip[]> {
  return (await listHeld(ctx.store.db, broadcastId, MAX_HELD)).map(heldTip);
}

/** Shows or hides the words of a tip; also those that are shown already. @throws {AppError} not_found, forbidden, conflict */
export async function settleWords(
  parts: TipParts,
  viewer: AccountViewer,
  id: string,
  { decision }: z.output<typeof SettleTipBody>,
): Promise<void> {
  const { ctx } = parts;
  const { broadcast_id: broadcastId, channel_id: channelId } = await requireTip(parts, viewer, id, "chat.moderate");
  const tip = await ctx.store.db.transaction().execute(async (tx) => {
    const row = await lockTip(tx, id);
    if (row?.message == null) throw new AppError("conflict", "This tip came without words.");
    const message_state = decision === "show" ? "shown" : "hidden";
    await updateTip(tx, id, { message_state, held_reason: null });
    const details = { decision, before: row.message_state };
    await audit(ctx, actorOf(viewer), { action: "tip.words", channelId, target: id, details }, tx);
    return row;
  });
  if (broadcastId === null || tip.paid_at === null) return;
  // An empty message takes back what is shown.
  const message = decision === "show" ? (tip.message ?? "") : "";
  await tellViewers(parts, broadcastId, { type: "tip.message", id, message });
  await tellModerators(parts, broadcastId, { type: "tip.settled", id });
}

/** Gives all of a tip back. @throws {AppError} not_found, forbidden; conflict: it is not (or no longer) paid; unavailable */
export async function refundTip(parts: TipParts, viewer: AccountViewer, id: string): Promise<void> {
  const { ctx, payments } = parts;
  const tip = await requireTip(parts, viewer, id, "tips.manage");
  const { payment_id: paymentId, currency, amount_minor, channel_id: channelId } = tip;
  if (tip.state !== "paid" || paymentId === null) {
    throw new AppError("conflict", `This tip is ${tip.state}; only one that is paid can be given back.`);
  }
  if (tip.provider !== payments.provider) {
    throw new AppError("conflict", `This tip was paid by ${tip.provider}, which is not set up here any more.`);
  }
  const order = { tipId: id, paymentId, amountMinor: Number(amount_minor), currency };
  const told = await payments.refund(order);
  await audit(ctx, actorOf(viewer), { action: "tip.refund", channelId, target: id, details: { currency } });
  for (const event of told) await applyPaymentEvent(parts, event);
}

async function requireTip(
  { ctx }: TipParts,
  viewer: AccountViewer,
  id: string,
  permission: "chat.moderate" | "tips.manage",
): Promise<TipRow> {
  const row = await findTip(ctx.store.db, id);
  if (row === undefined) throw new AppError("not_found", "No such tip.");
  await requirePermission(ctx, viewer, row.channel_id, permission);
  return row;
}
