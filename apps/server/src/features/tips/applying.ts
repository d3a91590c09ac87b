/** What a payment provider tells becomes entries in the ledger and a state of the tip: once, whatever comes twice or in another order. */
import { Id } from "@rostrum/contract/common";
import type { TipState } from "@rostrum/contract/tips";
import { type Kysely, sql } from "kysely";
import type { PaymentEvent } from "../../ports/payments.ts";
import type { Schema } from "../../store/schema.ts";
import { audit, SYSTEM } from "../audit/service.ts";
import { mediaTimeOf } from "../chat/service.ts";
import { balancesOfTip, post } from "./ledger.ts";
import type { TipParts } from "./parts.ts";
import {
  findTimes,
  findTip,
  forgetWaiting,
  insertPaymentEvent,
  lockTip,
  lockTipOfPayment,
  takeWaiting,
  type TipRow,
  updateTip,
} from "./queries.ts";
import { type Applied, tellApplied } from "./telling.ts";

type Tx = Kysely<Schema>;
type Told = Exclude<PaymentEvent, { kind: "other" }>;
type Paid = Extract<PaymentEvent, { kind: "paid" }>;
type Returned = Extract<PaymentEvent, { kind: "refunded" | "dispute" }>;

/** Any number that nothing else in the database takes an advisory lock on. */
const PAYMENTS_LOCK = 7_203_110_042;
/** What nobody here asked for is kept for so long. */
const WAITING_MS = 30 * 86_400_000;

/** Resolves when it is stored and told. What is not about a tip of ours changes nothing. */
export async function applyPaymentEvent(parts: TipParts, event: PaymentEvent): Promise<void> {
  if (event.kind === "other") return;
  const mediaTimeMs = event.kind === "paid" ? await mediaTimeFor(parts, event.tipId) : null;
  const applied = await parts.ctx.store.db.transaction().execute(async (tx) => {
    // One at a time: what was told of a payment before it was known must be found by what makes it known.
    await sql`select pg_advisory_xact_lock(${PAYMENTS_LOCK}::bigint)`.execute(tx);
    return applyOnce({ ...parts, mediaTimeMs }, tx, event);
  });
  if (applied !== null) await tellApplied(parts, applied);
}

/** `mediaTimeMs`: where the program stands, for a tip that is paid now. */
type ApplyParts = TipParts & Readonly<{ mediaTimeMs: number | null }>;

async function applyOnce(parts: ApplyParts, tx: Tx, event: Told): Promise<Applied | null> {
  const { payments, now } = parts;
  const before = await tipOf(parts, tx, event);
  const isReturn = event.kind === "refunded" || event.kind === "dispute";
  if (before === undefined && !isReturn) {
    parts.ctx.log.info({ provider: payments.provider, kind: event.kind }, "a payment is of no tip here");
    return null;
  }
  const isWaiting = isReturn && before?.payment_id == null;
  const isNew = await insertPaymentEvent(tx, {
    ...{ provider: payments.provider, event_id: event.eventId, event: JSON.stringify(event) },
    ...{ tip_id: before?.id ?? null, payment_id: isReturn ? event.paymentId : null },
    ...{ received_at: new Date(now()), applied_at: isWaiting ? null : new Date(now()) },
  });
  if (isWaiting || before === undefined) {
    if (isNew) await forgetWaiting(tx, new Date(now() - WAITING_MS));
    return null;
  }
  // Told again, nothing is counted; but a process that died after it had counted has told nobody.
  if (!isNew) return { before: untold(before, event), after: before };
  await apply(parts, tx, before, event);
  const after = await findTip(tx, before.id);
  return after === undefined ? null : { before, after };
}

/** A tip as it was before what is told again. */
function untold(tip: TipRow, { kind }: Told): TipRow {
  if (kind === "paid") return { ...tip, state: "pending", paid_at: null };
  return kind === "unpaid" ? tip : { ...tip, state: "paid" };
}

/** Held until the transaction ends. */
async function tipOf({ payments: { provider } }: TipParts, tx: Tx, event: Told): Promise<TipRow | undefined> {
  if (event.kind === "refunded" || event.kind === "dispute") {
    const paid = await lockTipOfPayment(tx, provider, event.paymentId);
    if (paid !== undefined || event.kind === "dispute") return paid;
  }
  // Others' payments at the same account carry names of their own making.
  const named = Id.safeParse(event.tipId).data;
  const row = named === undefined ? undefined : await lockTip(tx, named);
  if (row?.provider !== provider) return undefined;
  // Of a tip that was paid by another payment nothing goes back by this one.
  return event.kind === "refunded" && row.payment_id !== null ? undefined : row;
}

async function apply(parts: ApplyParts, tx: Tx, tip: TipRow, event: Told): Promise<void> {
  switch (event.kind) {
    case "paid":
      return applyPaid(parts, tx, tip, event);
    case "unpaid":
      if (tip.state === "pending" && isOfSession(tip, event)) await updateTip(tx, tip.id, { state: event.reason });
      return;
    case "refunded":
    case "dispute":
      return applyReturn(parts, tx, tip, event);
  }
}

/** A tip without a session: the answer to the checkout was lost, but what the provider signs names the tip. */
function isOfSession({ session_id }: TipRow, { sessionId }: { sessionId: string }): boolean {
  return session_id === null || session_id === sessionId;
}

async function applyPaid(parts: ApplyParts, tx: Tx, tip: TipRow, event: Paid): Promise<void> {
  const { ctx, now, mediaTimeMs } = parts;
  // A checkout tells of itself more than once, under different events.
  if (tip.paid_at !== null || tip.state === "mismatch") return;
  const { sessionId, paymentId, amountMinor, currency } = event;
  const asked = { amountMinor: Number(tip.amount_minor), currency: tip.currency };
  const isAsked = isOfSession(tip, event) && amountMinor === asked.amountMinor && currency === asked.currency;
  if (!isAsked) {
    ctx.log.error({ tipId: tip.id, asked, paid: { amountMinor, currency } }, "a payment is not what was asked for");
    const details = { asked, paid: { amountMinor, currency } };
    await audit(ctx, SYSTEM, { action: "tip.mismatch", channelId: tip.channel_id, target: tip.id, details }, tx);
    // Another session's payment must not take this tip from its own.
    if (isOfSession(tip, event)) await updateTip(tx, tip.id, { state: "mismatch", payment_id: paymentId });
    return;
  }
  await post(tx, { kind: "tip", reference: sessionId, tip, amountMinor });
  const at = new Date(now());
  await updateTip(tx, tip.id, {
    ...{ state: "paid", session_id: sessionId, payment_id: paymentId, paid_at: at, media_time_ms: mediaTimeMs },
  });
  const paid = paymentId === null ? undefined : await findTip(tx, tip.id);
  if (paid === undefined || paymentId === null) return;
  for (const early of await takeWaiting(tx, tip.provider, paymentId, at)) {
    await applyReturn(parts, tx, paid, early as Returned);
  }
}

async function applyReturn({ ctx }: TipParts, tx: Tx, tip: TipRow, event: Returned): Promise<void> {
  if (tip.paid_at === null || event.currency !== tip.currency) {
    ctx.log.error({ tipId: tip.id, kind: event.kind }, "money of a tip went back that was not counted");
    return;
  }
  if (event.kind === "refunded") {
    const { refunds } = await balancesOfTip(tx, tip.id);
    // The provider tells the sum so far: an older one that comes late changes nothing.
    const more = Math.min(event.refundedMinor, Number(tip.amount_minor)) + refunds;
    const reference = `${event.paymentId}:${event.refundedMinor}`;
    if (more > 0) await post(tx, { kind: "refund", reference, tip, amountMinor: more });
  } else {
    const kind = event.step === "taken" ? "dispute" : "dispute_returned";
    const { disputeId: reference, amountMinor } = event;
    if (amountMinor > 0) await post(tx, { kind, reference, tip, amountMinor });
  }
  await updateTip(tx, tip.id, { state: await stateOf(tx, tip) });
}

async function stateOf(tx: Tx, tip: TipRow): Promise<TipState> {
  const { disputes, refunds } = await balancesOfTip(tx, tip.id);
  if (disputes < 0) return "disputed";
  return -refunds >= Number(tip.amount_minor) ? "refunded" : "paid";
}

/** The program's position when the money comes; a payment that ends after the show is put at its end. */
async function mediaTimeFor({ ctx, now }: TipParts, tipId: string | null): Promise<number | null> {
  const id = Id.safeParse(tipId).data;
  const show = id === undefined ? undefined : await findTimes(ctx.store.db, id);
  if (!show?.live_at) return null;
  if (show.ended_at !== null) return Math.max(0, show.ended_at.getTime() - show.live_at.getTime());
  return mediaTimeOf(ctx, show, new Date(now()));
}
