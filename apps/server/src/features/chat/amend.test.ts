import type { ChatMessage } from "@rostrum/contract/chat";
import { expect, test } from "vitest";
import { amendChat } from "./amend.ts";

const person = { id: "p", handle: "ada", displayName: "Ada" };
const message = (id: string, more: Partial<ChatMessage> = {}): ChatMessage => ({
  ...{ id, broadcastId: "b", kind: "message", state: "visible", author: null, text: `text of ${id}`, about: null },
  ...{ replyTo: null, mentions: [person], reactions: [{ emote: "👍", count: 1 }], highlighted: false },
  ...{ mediaTimeMs: null, at: "2026-01-01T00:00:00Z" },
  ...more,
});
const gone: Partial<ChatMessage> = { state: "deleted", text: "", mentions: [], reactions: [] };
const answer = message("c", { replyTo: { id: "a", author: person, excerpt: "text of a" } });

test("after a deletion neither the message nor what quotes it has its text", () => {
  const amended = amendChat({ type: "chat.deleted", ids: ["a", "x"] });
  const told = (event: unknown): unknown => amended?.(event);
  for (const type of ["chat.message", "chat.updated", "chat.pinned"]) {
    expect(told({ type, message: message("a") })).toEqual({ type, message: message("a", gone) });
  }
  expect(JSON.stringify(told({ type: "chat.message", message: answer }))).not.toContain("text of a");
  expect(told({ type: "chat.message", message: answer })).toMatchObject({ message: { text: "text of c" } });
});

test("all others stay as they were, and other events change nothing", () => {
  const amended = amendChat({ type: "chat.deleted", ids: ["a"] });
  for (const event of [
    { type: "chat.message", message: message("b") },
    { type: "chat.pinned", message: null },
    { type: "chat.reactions", id: "a", reactions: [] },
    { type: "chat.deleted", ids: ["a"] },
  ]) {
    expect(amended?.(event)).toBe(event);
  }
  expect(amendChat({ type: "chat.message", message: message("a") })).toBeNull();
});
