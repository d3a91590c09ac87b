import type { OwnBan, Warning } from "@rostrum/contract/moderation";
import { expect, test } from "vitest";
import { ACCOUNT_NOTICES } from "./account-notices.ts";

const warning = (id: string): Warning => ({
  id,
  channel: { id: "c", handle: "mainstage", title: "Main stage" },
  text: "Please stay kind.",
  at: "2026-01-01T00:00:00.000Z",
});

const ban = (id: string, message = "You are banned."): OwnBan => ({
  id,
  kind: "ban",
  scope: "channel",
  channel: warning("w").channel,
  reason: "",
  at: "2026-01-01T00:00:00.000Z",
  until: null,
  message,
  mayAppeal: true,
  appeal: null,
});

test("what changes who may write is counted, what is heard twice is there once", () => {
  const begun = ACCOUNT_NOTICES.reset({ bans: [ban("a")], warnings: [] }, ACCOUNT_NOTICES.initial);
  const later = ACCOUNT_NOTICES.apply(begun, [
    { type: "user.banned", ban: ban("a", "Longer.") },
    { type: "user.banned", ban: ban("b") },
    { type: "user.unbanned", banId: "b" },
    { type: "user.warned", warning: warning("w") },
    { type: "user.warned", warning: warning("w") },
    { type: "user.role_changed", channelId: "c" },
    { type: "push.sent" },
  ]);
  expect(later.bans.map(({ id, message }) => [id, message])).toEqual([["a", "Longer."]]);
  expect(later.warnings.map(({ id }) => id)).toEqual(["w"]);
  expect(later.changes).toBe(4);
});

test("who is let back in by an answer hears the answer", () => {
  const appeal = { text: "Sorry.", state: "lifted", answer: "Welcome back." } as const;
  const told = [
    { type: "user.appeal_answered", ban: { ...ban("a"), appeal } },
    { type: "user.unbanned", banId: "a" },
  ];
  const { bans, lifted } = ACCOUNT_NOTICES.apply(ACCOUNT_NOTICES.initial, told);
  expect([bans, lifted?.appeal?.answer]).toEqual([[], "Welcome back."]);
  const kept = { type: "user.appeal_answered", ban: { ...ban("b"), appeal: { ...appeal, state: "kept" } } };
  expect(ACCOUNT_NOTICES.apply(ACCOUNT_NOTICES.initial, [kept])).toMatchObject({ bans: [{ id: "b" }], lifted: null });
});

test("warnings are bounded", () => {
  const events = Array.from({ length: 100 }, (_, index) => ({ type: "user.warned", warning: warning(`w${index}`) }));
  expect(ACCOUNT_NOTICES.apply(ACCOUNT_NOTICES.initial, events).warnings.length).toBe(20);
});
