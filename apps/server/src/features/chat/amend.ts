/** What of a chat's earlier events is told to who comes later, once messages were deleted. Pure. */
import type { ChatEvent, ChatMessage } from "@rostrum/contract/chat";

/**
 * How earlier events are told after `event`; null when nothing changes. As in `presentMessage`: what is deleted, and what answers it,
 * has no text.
 */
export function amendChat(event: unknown): ((earlier: unknown) => unknown) | null {
  const { type, ids } = event as { type: ChatEvent["type"]; ids?: readonly string[] };
  if (type !== "chat.deleted" || ids === undefined) return null;
  const gone = new Set(ids);
  return (earlier) => withoutGone(earlier as ChatEvent, gone);
}

function withoutGone(event: ChatEvent, gone: ReadonlySet<string>): ChatEvent {
  if (event.type !== "chat.message" && event.type !== "chat.updated" && event.type !== "chat.pinned") return event;
  const { message } = event;
  if (message === null) return event;
  const { id, replyTo } = message;
  if (gone.has(id)) return { ...event, message: deleted(message) };
  if (replyTo === null || !gone.has(replyTo.id)) return event;
  return { ...event, message: { ...message, replyTo: { ...replyTo, excerpt: "" } } };
}

function deleted(message: ChatMessage): ChatMessage {
  return { ...message, state: "deleted", text: "", mentions: [], reactions: [] };
}
