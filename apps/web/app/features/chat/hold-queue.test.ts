import type { ModeratedChatMessage } from "@rostrum/contract/chat";
import { expect, test } from "vitest";
import { HOLD_QUEUE, type HoldQueueState } from "./hold-queue.ts";

function message(id: string, more: Partial<ModeratedChatMessage> = {}): ModeratedChatMessage {
  return {
    id,
    broadcastId: "show",
    kind: "message",
    state: "held",
    author: { id: "bob", handle: "bob", displayName: "Bob", role: "viewer", color: "blue" },
    text: "look at https://a.example",
    about: null,
    replyTo: null,
    mentions: [],
    reactions: [],
    highlighted: false,
    mediaTimeMs: null,
    at: "2026-01-01T00:00:00.000Z",
    note: "It has a link.",
    reports: 0,
    ...more,
  };
}

const ids = ({ held, reported }: HoldQueueState) => [held.map(({ id }) => id), reported.map(({ id }) => id)];

test("what is held and reported waits, what is decided does not", () => {
  const begun = HOLD_QUEUE.reset(
    { held: [message("a")], reported: [message("r", { state: "visible" })] },
    HOLD_QUEUE.initial,
  );
  const later = HOLD_QUEUE.apply(begun, [
    { type: "chat.held", message: message("b") },
    { type: "chat.held", message: message("b", { text: "again" }) },
    { type: "chat.reported", message: message("s", { state: "visible", reports: 2 }), reason: "spam" },
    { type: "chat.released", ids: ["a", "r"] },
    { type: "moderation.logged", entry: {} },
  ]);
  expect(ids(later)).toEqual([["b"], ["s"]]);
  expect(later.held[0]?.text).toBe("again");
});

test("another feature's part of the state is not needed", () => {
  expect(HOLD_QUEUE.reset({ appeals: [], log: [] }, HOLD_QUEUE.initial)).toEqual({ held: [], reported: [] });
});

test("a flood of held messages is bounded", () => {
  const events = Array.from({ length: 1000 }, (_, index) => ({ type: "chat.held", message: message(`m${index}`) }));
  expect(HOLD_QUEUE.apply(HOLD_QUEUE.initial, events).held.length).toBe(200);
});
