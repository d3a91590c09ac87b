/** Chat around a picture that lies before everything that the page knows: of a viewer who went back in a long show. Pure. */
import type { ChatMessage } from "@rostrum/contract/chat";
import type { ChatState } from "./chat-state.ts";

/** Whether what was said around the picture has to be fetched. */
export function isFarBack({ gate: { shown, waiting, atMs }, hasAll }: ChatState): boolean {
  if (hasAll || atMs === null) return false;
  const known = [...shown, ...waiting];
  const first = known.reduce<ChatMessage | null>(
    (least, one) => (least !== null && least.id < one.id ? least : one),
    null,
  );
  if (first === null || first.mediaTimeMs === null) return false;
  // People say something about a picture when they see it, or later: who sees it first tells when the show began.
  const began = known.map(({ at, mediaTimeMs }) => Date.parse(at) - (mediaTimeMs ?? -Infinity));
  return atMs < Date.parse(first.at) - Math.min(...began);
}

/** The page shows what was said around the picture, as it was stored; what was heard of it since stays. */
export function withPast(state: ChatState, past: readonly ChatMessage[]): ChatState {
  const { gate, past: before } = state;
  const heard = new Map(before.map((message) => [message.id, message]));
  const known = new Set([...gate.shown, ...gate.waiting].map(({ id }) => id));
  const next = past.filter(({ id }) => !known.has(id)).map((message) => heard.get(message.id) ?? message);
  const isSame = next.length === before.length && next.every((message, index) => message === before[index]);
  return isSame ? state : { ...state, past: next };
}
