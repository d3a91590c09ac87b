/** What of a message goes out, to whom. */
import { CHAT_LIMITS, type ChatMessage, type ChatReaction, type ModeratedChatMessage } from "@rostrum/contract/chat";
import { defaultChatColor } from "@rostrum/contract/chat-colors";
import type { Context } from "../../context.ts";
import { excerptOf, plainText } from "@rostrum/contract/plain-text";
import type { MessageRow } from "./queries.ts";
import { countReactions, countReports } from "./side-queries.ts";

/** For everybody: of what is deleted, and of an answer to it, there is no text. */
export function presentMessage(row: MessageRow, reactions: readonly ChatReaction[] = []): ChatMessage {
  return present(row, reactions, false);
}

export function presentModerated(
  row: MessageRow,
  reactions: readonly ChatReaction[] = [],
  reports = 0,
): ModeratedChatMessage {
  return { ...present(row, reactions, true), note: row.note, reports };
}

/** Adds reactions. In the order of the rows. */
export async function presentAll(ctx: Context, rows: readonly MessageRow[]): Promise<ChatMessage[]> {
  const reactions = await countReactions(ctx.store.db, idsOf(rows));
  return rows.map((row) => presentMessage(row, reactions.get(row.id)));
}

/** Adds reactions and reports. In the order of the rows. */
export async function presentAllModerated(ctx: Context, rows: readonly MessageRow[]): Promise<ModeratedChatMessage[]> {
  const ids = idsOf(rows);
  const reactions = await countReactions(ctx.store.db, ids);
  const reports = await countReports(ctx.store.db, ids);
  return rows.map((row) => presentModerated(row, reactions.get(row.id), reports.get(row.id)));
}

const idsOf = (rows: readonly MessageRow[]): string[] => rows.map((row) => row.id);

function present(row: MessageRow, reactions: readonly ChatReaction[], forStaff: boolean): ChatMessage {
  return {
    id: row.id,
    broadcastId: row.broadcast_id,
    kind: row.kind,
    state: row.state,
    author: authorOf(row),
    text: row.state === "deleted" && !forStaff ? "" : row.text,
    about: row.about,
    replyTo: replyOf(row, forStaff),
    mentions: row.state === "deleted" && !forStaff ? [] : row.mentions,
    reactions: [...reactions],
    highlighted: row.highlighted,
    mediaTimeMs: row.media_time_ms === null ? null : Math.round(row.media_time_ms),
    at: row.at.toISOString(),
  };
}

function authorOf({ account_id: id, handle, display_name, role, color }: MessageRow): ChatMessage["author"] {
  if (id === null || handle === null) return null;
  const shown = color ?? defaultChatColor(id);
  return { id, handle, displayName: nameOf(display_name, handle), role: role ?? "viewer", color: shown };
}

function replyOf(row: MessageRow, forStaff: boolean): ChatMessage["replyTo"] {
  if (row.reply_to === null) return null;
  const { reply_account_id: id, reply_handle: handle } = row;
  const author = id === null || handle === null ? null : { id, handle, displayName: nameOf(row.reply_name, handle) };
  const isShown = row.reply_state === "visible" || forStaff;
  return {
    id: row.reply_to,
    author,
    excerpt: isShown ? excerptOf(row.reply_text ?? "", CHAT_LIMITS.excerptChars) : "",
  };
}

/** Names were taken as they came; here they stand in one line with others. */
export function nameOf(name: string | null, handle: string): string {
  return plainText(name ?? "") || handle;
}
