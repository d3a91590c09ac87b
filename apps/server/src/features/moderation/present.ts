/** What of moderation goes out. The views of moderators and of the person concerned are separate functions. */
import { type Appeal, type Ban, type LogEntry, MODERATION_LIMITS, type OwnBan } from "@rostrum/contract/moderation";
import type { Person } from "@rostrum/contract/moderation";
import type { AppealRow } from "./appeal-queries.ts";
import type { BanRow, EntryRow } from "./queries.ts";

/** Whether a ban counts at `now`. */
export function isActive(row: Pick<BanRow, "lifted_at" | "until">, now: Date): boolean {
  return row.lifted_at === null && (row.until === null || row.until > now);
}

/** For moderators. */
export function presentBan(row: BanRow, now: Date): Ban {
  return {
    id: row.id,
    kind: row.kind,
    scope: row.scope,
    channelId: row.channel_id,
    account: { id: row.account_id, handle: row.who_handle, displayName: row.who_name },
    reason: row.reason,
    by: person(row.created_by, row.by_handle, row.by_name),
    at: row.created_at.toISOString(),
    until: row.until?.toISOString() ?? null,
    liftedAt: row.lifted_at?.toISOString() ?? null,
    active: isActive(row, now),
    appeal: row.appeal_state,
  };
}

/** For the person concerned: without who decided it. */
export function presentOwnBan(row: BanRow, now: Date): OwnBan {
  const { channel_id: id, channel_handle: handle, channel_title: title } = row;
  const appeal = row.appeal_state === null ? null : { text: row.appeal_text ?? "", state: row.appeal_state };
  return {
    id: row.id,
    kind: row.kind,
    scope: row.scope,
    channel: id === null || handle === null || title === null ? null : { id, handle, title },
    reason: row.reason,
    at: row.created_at.toISOString(),
    until: row.until?.toISOString() ?? null,
    message: banSentence(row, now),
    mayAppeal: mayAppeal(row, now),
    appeal: appeal === null ? null : { ...appeal, answer: row.appeal_answer },
  };
}

/** Once, and not against a time-out that is over before anybody has answered. */
export function mayAppeal(row: BanRow, now: Date): boolean {
  return isLong(row) && row.appeal_state === null && isActive(row, now);
}

/** Long enough for an appeal: every ban, and time-outs from `appealFromSec` on. */
export function isLong({ kind, until, created_at: from }: Pick<BanRow, "kind" | "until" | "created_at">): boolean {
  if (kind === "ban" || until === null) return true;
  // The end is reckoned from when it was asked for, the row is written a moment later.
  return until.getTime() - from.getTime() > MODERATION_LIMITS.appealFromSec * 1000 - 60_000;
}

/** What somebody who is banned reads instead of a box to write in. */
export function banSentence(row: BanRow, now: Date): string {
  const where =
    row.scope === "owner"
      ? "the chats of this channel's owner"
      : `the chat of ${row.channel_handle === null ? "this channel" : `@${row.channel_handle}`}`;
  const why = row.reason === "" ? "" : ` Reason: ${row.reason}${/[.!?]$/.test(row.reason) ? "" : "."}`;
  const then = mayAppeal(row, now) ? " You can write one appeal." : "";
  if (row.kind === "timeout" && row.until !== null) {
    return `You can write in ${where} again in ${span(row.until.getTime() - now.getTime())}.${why}${then}`;
  }
  const until = row.until === null ? "" : ` until ${utc(row.until)}`;
  return `You are banned from writing in ${where}${until}; you can still read along.${why}${then}`;
}

/** For moderators. */
export function presentEntry(row: EntryRow): LogEntry {
  return {
    id: row.id,
    at: row.at.toISOString(),
    act: row.act,
    by: person(row.actor_id, row.by_handle, row.by_name),
    account: person(row.account_id, row.who_handle, row.who_name),
    broadcastId: row.broadcast_id,
    messageId: row.message_id,
    messageText: row.message_text,
    banId: row.ban_id,
    text: row.text,
    details: row.details,
    undoes: row.undoes,
    undone: row.undone,
  };
}

/** For moderators. */
export function presentAppeal(row: AppealRow, now: Date): Appeal {
  return {
    id: row.id,
    banId: row.ban_id,
    active: isActive(row, now),
    account: { id: row.account_id, handle: row.who_handle, displayName: row.who_name },
    text: row.text,
    state: row.state,
    answer: row.answer,
    at: row.created_at.toISOString(),
    answeredAt: row.answered_at?.toISOString() ?? null,
  };
}

/** Null when the account is gone. */
export function person(id: string | null, handle: string | null, name: string | null): Person | null {
  return id === null || handle === null ? null : { id, handle, displayName: name ?? handle };
}

function span(ms: number): string {
  const sec = Math.max(1, Math.ceil(ms / 1000));
  if (sec < 120) return sec === 1 ? "1 second" : `${sec} seconds`;
  if (sec < 2 * 3600) return `${Math.ceil(sec / 60)} minutes`;
  if (sec < 2 * 86_400) return `${Math.ceil(sec / 3600)} hours`;
  return `${Math.ceil(sec / 86_400)} days`;
}

function utc(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace("T", ", ")} UTC`;
}
