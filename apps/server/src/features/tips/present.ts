/** From rows to what crosses the wire. Pure. */
import {
  ANONYMOUS_NAME,
  DEMO_NOTICE,
  type HeldTip,
  type OwnTip,
  type ShownTip,
  type StaffTip,
} from "@rostrum/contract/tips";
import type { StaffRow, TipRow } from "./queries.ts";
import { plainText } from "@rostrum/contract/plain-text";

/** What must be said beside whatever comes of this provider. */
export function noticeOf(provider: TipRow["provider"]): typeof DEMO_NOTICE | null {
  return provider === "demo" ? DEMO_NOTICE : null;
}

/** Words that wait or were hidden are left out. */
export function shownTip(row: TipRow): ShownTip {
  return {
    id: row.id,
    amountMinor: Number(row.amount_minor),
    currency: row.currency,
    name: row.anonymous ? ANONYMOUS_NAME : row.name,
    anonymous: row.anonymous,
    message: row.message_state === "shown" ? row.message : null,
    mediaTimeMs: row.media_time_ms,
    at: (row.paid_at ?? row.created_at).toISOString(),
    notice: noticeOf(row.provider),
  };
}

/** For who gave it: with the words. */
export function ownTip(row: TipRow): OwnTip {
  return { ...shownTip(row), message: row.message, state: row.state };
}

export function heldTip(row: TipRow): HeldTip {
  return { tip: shownTip(row), text: row.message ?? "", reason: row.held_reason ?? "" };
}

export function staffTip(row: StaffRow): StaffTip {
  return {
    id: row.id,
    broadcastId: row.broadcast_id,
    broadcastTitle: row.broadcast_title,
    name: row.name,
    handle: row.handle,
    anonymous: row.anonymous,
    message: row.message,
    messageState: row.message_state,
    state: row.state,
    amountMinor: Number(row.amount_minor),
    feeMinor: Number(row.fee_minor),
    returnedMinor: Number(row.returned_minor),
    currency: row.currency,
    provider: row.provider,
    notice: noticeOf(row.provider),
    createdAt: row.created_at.toISOString(),
    paidAt: row.paid_at?.toISOString() ?? null,
    mediaTimeMs: row.media_time_ms,
  };
}

/** A name as it stands beside a tip; the handle when nothing of the name can be seen. */
export function shownName(displayName: string, handle: string): string {
  return plainText(displayName).slice(0, 60).toWellFormed() || handle;
}
