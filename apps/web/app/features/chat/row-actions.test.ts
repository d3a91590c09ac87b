import type { ChatMessage, ChatStanding } from "@rostrum/contract/chat";
import type { ChannelRole } from "@rostrum/contract/permissions";
import { expect, test } from "vitest";
import { rowActions } from "./row-actions.ts";

function by(role: ChannelRole, id = "author", more: Partial<ChatMessage> = {}): ChatMessage {
  return {
    id: "m",
    broadcastId: "show",
    kind: "message",
    state: "visible",
    author: { id, handle: id, displayName: id, role, color: "blue" },
    text: "hello",
    about: null,
    replyTo: null,
    mentions: [],
    reactions: [],
    highlighted: false,
    mediaTimeMs: null,
    at: "2026-01-01T00:00:00.000Z",
    ...more,
  };
}

function standing(role: ChannelRole, accountId: string | null = "me"): ChatStanding {
  const mayModerate = ["owner", "admin", "producer", "moderator"].includes(role);
  return { mayWrite: true, why: null, mayModerate, role, accountId, color: null };
}

const CREW = "pin,highlight,delete,warn,timeout,ban,person";

test.each([
  ["a stranger", by("viewer"), standing("viewer", null), "copy"],
  ["a viewer", by("viewer"), standing("viewer"), "reply,react,copy,report"],
  ["a viewer, of their own", by("viewer", "me"), standing("viewer"), "reply,react,copy,delete"],
  ["a moderator of a viewer", by("viewer"), standing("moderator"), `reply,react,copy,report,${CREW}`],
  ["a moderator of the owner", by("owner"), standing("moderator"), "reply,react,copy,report,pin,highlight,person"],
  [
    "a moderator of their own",
    by("moderator", "me"),
    standing("moderator"),
    "reply,react,copy,pin,highlight,delete,person",
  ],
  ["anybody of what was deleted", by("viewer", "author", { state: "deleted" }), standing("owner"), ""],
])("%s", (_, message, you, expected) => {
  expect(rowActions(message, you, null).join()).toBe(expected);
});

test("what is pinned or highlighted can be taken back", () => {
  const message = by("viewer", "author", { highlighted: true });
  expect(rowActions(message, standing("owner"), "m")).toEqual(expect.arrayContaining(["unpin", "unhighlight"]));
});
