/** The whole chat of a show as a file, for its crew. Read and written piece by piece: it never stands in memory as a whole. */
import type { ModeratedChatMessage } from "@rostrum/contract/chat";
import type { Context } from "../../context.ts";
import type { AccountViewer } from "../../http/auth.ts";
import { CSV_START, csvLine } from "../../lib/csv.ts";
import { actorOf, audit } from "../audit/service.ts";
import { requireRight } from "../broadcasts/service.ts";
import { presentAllModerated } from "./present.ts";
import { listAfter } from "./queries.ts";

const PIECE = 500;
const COLUMNS = [
  ...["id", "at", "media_time_ms", "kind", "state", "role", "handle", "display_name", "text"],
  ...["reply_to", "reactions", "reports", "note"],
];

export type ChatFile = "csv" | "json";

/**
 * Oldest first, with what is held and deleted.
 * @returns the file's pieces; the check and the note in the audit log are done before it resolves
 * @throws {AppError} not_found, forbidden
 */
export async function exportChat(
  ctx: Context,
  viewer: AccountViewer,
  broadcastId: string,
  file: ChatFile,
): Promise<AsyncIterable<string>> {
  const { row } = await requireRight(ctx, viewer, broadcastId, "chat.moderate");
  const fact = { channelId: row.channel_id, target: broadcastId, details: { file } };
  await audit(ctx, actorOf(viewer), { action: "chat.export", ...fact });
  return file === "csv" ? csv(ctx, broadcastId) : json(ctx, broadcastId);
}

async function* csv(ctx: Context, broadcastId: string): AsyncGenerator<string> {
  yield CSV_START + csvLine(COLUMNS);
  for await (const messages of pieces(ctx, broadcastId)) yield messages.map(lineOf).join("");
}

async function* json(ctx: Context, broadcastId: string): AsyncGenerator<string> {
  yield `{"broadcastId":${JSON.stringify(broadcastId)},"messages":[`;
  let between = "\n";
  for await (const messages of pieces(ctx, broadcastId)) {
    yield between + messages.map((message) => JSON.stringify(message)).join(",\n");
    between = ",\n";
  }
  yield "\n]}\n";
}

async function* pieces(ctx: Context, broadcastId: string): AsyncGenerator<ModeratedChatMessage[]> {
  for (let after = ""; ;) {
    const rows = await listAfter(ctx.store.db, broadcastId, after, PIECE);
    if (rows.length > 0) yield await presentAllModerated(ctx, rows);
    if (rows.length < PIECE) return;
    after = rows.at(-1)?.id ?? "";
  }
}

function lineOf(message: ModeratedChatMessage): string {
  const { id, at, mediaTimeMs, kind, state, author, text, replyTo, reactions, reports, note } = message;
  const counts = reactions.map(({ emote, count }) => `${emote} ${count}`).join(", ");
  const who = [author?.role ?? null, author?.handle ?? null, author?.displayName ?? null];
  return csvLine([id, at, mediaTimeMs, kind, state, ...who, text, replyTo?.id ?? null, counts, reports, note]);
}
