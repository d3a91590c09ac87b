import { CHAT_DEFAULTS, type ChatEvent, type ChatMessage, type ChatSnapshot } from "@rostrum/contract/chat";
import { expect, test } from "vitest";
import { isFarBack, withPast } from "./chat-past.ts";
import {
  applyEvents,
  type ChatState,
  EMPTY_CHAT,
  followPicture,
  letRateFade,
  oldestId,
  reacted,
  reading,
  resetChat,
  sending,
  settled,
  withOlder,
} from "./chat-state.ts";

const ME = { id: "me", handle: "ada", displayName: "Ada" };

function said(id: string, more: Partial<ChatMessage> = {}, by = "bob"): ChatMessage {
  return {
    id,
    broadcastId: "show",
    kind: "message",
    state: "visible",
    author: { id: by, handle: by, displayName: by, role: "viewer", color: "blue" },
    text: `text of ${id}`,
    about: null,
    replyTo: null,
    mentions: [],
    reactions: [],
    highlighted: false,
    mediaTimeMs: 1000,
    at: "2026-01-01T00:00:00.000Z",
    ...more,
  };
}

function snapshot(more: Partial<ChatSnapshot> = {}): ChatSnapshot {
  return {
    messages: [said("a"), said("b")],
    pinned: null,
    settings: CHAT_DEFAULTS,
    emotes: [],
    ownReactions: {},
    you: { mayWrite: true, why: null, mayModerate: false, role: "viewer", accountId: "me", color: "teal" },
    ...more,
  };
}

const begun = (more?: Partial<ChatSnapshot>): ChatState => resetChat(EMPTY_CHAT, snapshot(more));
const ids = ({ gate }: ChatState): string => gate.shown.map(({ id }) => id).join();
const came = (...messages: ChatMessage[]): ChatEvent[] =>
  messages.map((message) => ({ type: "chat.message", message }));
const after = (state: ChatState, ...events: ChatEvent[]): ChatState => applyEvents(state, events, ME, 0);

test("an event that the state contains already changes nothing but what it says", () => {
  const state = after(begun(), ...came(said("b", { text: "again" }), said("c"), said("c")));
  expect(ids(state)).toBe("a,b,c");
  expect(state.gate.shown[1]?.text).toBe("again");
});

test("viewers lose the text of what was deleted, moderators do not", () => {
  const gone = { type: "chat.deleted" as const, ids: ["a"] };
  expect(after(begun(), gone).gate.shown[0]).toMatchObject({ state: "deleted", text: "" });
  const you = { ...snapshot().you, mayModerate: true };
  expect(after(begun({ you }), gone).gate.shown[0]).toMatchObject({ state: "deleted", text: "text of a" });
});

test("what is said and deleted in one frame is never shown with its text", () => {
  const state = after(begun(), ...came(said("c")), { type: "chat.deleted", ids: ["c"] });
  expect(state.gate.shown.at(-1)).toMatchObject({ id: "c", state: "deleted", text: "" });
});

test("a pinned message that is deleted is no longer pinned", () => {
  const state = begun({ pinned: said("a") });
  expect(after(state, { type: "chat.deleted", ids: ["a"] }).pinned).toBeNull();
});

test("what is pinned waits for its picture, and what was pinned before it stays until then", () => {
  const early = said("a", { mediaTimeMs: 1000 });
  const late = said("p", { mediaTimeMs: 9000 });
  const pinnedId = (state: ChatState): string | undefined => state.pinned?.id;
  const pin = (message: ChatMessage | null): ChatEvent => ({ type: "chat.pinned", message });
  const behind = after(followPicture(begun({ pinned: early }), 5000), pin(late));
  expect(pinnedId(behind)).toBe("a");
  expect(pinnedId(followPicture(behind, 9000))).toBe("p");
  expect(pinnedId(followPicture(behind, null))).toBe("p");
  expect(pinnedId(followPicture(followPicture(behind, 9000), 2000))).toBeUndefined();
  const takenAway: readonly ChatEvent[] = [pin(null), { type: "chat.deleted", ids: ["p"] }];
  for (const gone of takenAway) {
    expect(pinnedId(followPicture(after(behind, gone), 9000))).not.toBe("p");
  }
  expect(pinnedId(resetChat(followPicture(EMPTY_CHAT, 5000), snapshot({ pinned: late })))).toBeUndefined();
});

test("a message that was shown before the picture began is kept back with what is pinned of it", () => {
  const late = said("b", { mediaTimeMs: 30_000 });
  const state = followPicture(begun({ messages: [said("a"), late], pinned: late }), 5000);
  expect([ids(state), state.pinned]).toEqual(["a", null]);
  expect([ids(followPicture(state, 30_000)), followPicture(state, 30_000).pinned?.id]).toEqual(["a,b", "b"]);
});

test("a deleted message is not quoted any more, but to moderators", () => {
  const answer = said("c", { replyTo: { id: "a", author: null, excerpt: "text of a" } });
  const gone = { type: "chat.deleted" as const, ids: ["a"] };
  const quoted = (state: ChatState): string | undefined => state.gate.shown.at(-1)?.replyTo?.excerpt;
  expect(quoted(after(begun(), ...came(answer), gone))).toBe("");
  expect(quoted(after(after(begun(), ...came(answer)), gone))).toBe("");
  const you = { ...snapshot().you, mayModerate: true };
  expect(quoted(after(begun({ you }), ...came(answer), gone))).toBe("text of a");
});

test("who goes back behind all that is known gets what was said then, until the picture is moved on", () => {
  const at = (ms: number): string => new Date(1_700_000_000_000 + ms).toISOString();
  const crowd = Array.from({ length: 100 }, (_, index) =>
    said(`m${String(index).padStart(3, "0")}`, {
      mediaTimeMs: 3_600_000 + index * 1000,
      at: at(3_600_000 + index * 1000),
    }),
  );
  // Somebody far behind says something, too: it tells nothing about when the others were.
  const slow = said("m001", { mediaTimeMs: 0, at: at(3_601_000) });
  const long = begun({ messages: [crowd[0]!, slow, ...crowd.slice(2)] });
  expect(isFarBack(followPicture(long, 3_650_000))).toBe(false);
  const back = followPicture(long, 600_000);
  expect([ids(back), isFarBack(back)]).toEqual(["m001", true]);
  const past = withPast(back, [said("a"), said("b"), said("m001")]);
  const gone = after(past, { type: "chat.deleted", ids: ["a"] });
  expect(withPast(gone, [said("a"), said("b"), said("c")]).past.map(({ id, text }) => [id, text])).toEqual([
    ["a", ""],
    ["b", "text of b"],
    ["c", "text of c"],
  ]);
  expect(withPast(gone, gone.past)).toBe(gone);
  expect(followPicture(gone, 601_000).past).toHaveLength(2);
  expect(followPicture(gone, 3_650_000).past).toEqual([]);
  // Of a chat that is known from its beginning nothing is to be fetched.
  expect(isFarBack(followPicture(begun({ messages: crowd.slice(1) }), 600_000))).toBe(false);
});

test("one's own message stands there at once, and once when it is acknowledged, whichever comes first", () => {
  const waiting = sending(begun(), { key: "k", text: "hello", replyTo: null });
  expect(waiting.pending.length).toBe(1);
  const mine = said("c", { mediaTimeMs: 99_000 }, "me");
  const ackFirst = after(settled(waiting, "k", mine), ...came(mine));
  const eventFirst = settled(after(waiting, ...came(mine)), "k", mine);
  for (const state of [ackFirst, eventFirst]) expect([ids(state), state.pending]).toEqual(["a,b,c", []]);
});

test("one that is refused is gone", () => {
  const state = settled(sending(begun(), { key: "k", text: "hello", replyTo: null }), "k", null);
  expect([ids(state), state.pending]).toEqual(["a,b", []]);
});

test("other people's messages wait for their picture, one's own do not", () => {
  let state = followPicture(begun(), 5000);
  state = after(state, ...came(said("c", { mediaTimeMs: 9000 }), said("d", { mediaTimeMs: 9000 }, "me")));
  expect(ids(state)).toBe("a,b,d");
  expect(ids(followPicture(state, 9000))).toBe("a,b,d,c");
});

test("in a flood a part is shown, and never without what concerns the reader", () => {
  let state = begun();
  const important = [
    said("m1", { text: "@ada look" }),
    said("m2", { highlighted: true }),
    said("m3", {}, "me"),
    said("m4", { author: { ...said("x").author!, role: "moderator" } }),
  ];
  for (let second = 0; second < 4; second += 1) {
    const crowd = Array.from({ length: 200 }, (_, index) => said(`s${second}-${index}`));
    state = applyEvents(state, came(...crowd, ...(second === 3 ? important : [])), ME, second * 1000);
  }
  expect(state.sampling.oneOf).toBeGreaterThan(10);
  const lastSecond = state.gate.shown.filter(({ id }) => id.startsWith("s3"));
  expect(lastSecond.length).toBeLessThan(20);
  expect(state.gate.shown.map(({ id }) => id)).toEqual(expect.arrayContaining(["m1", "m2", "m3", "m4"]));
  expect(letRateFade(state, 60_000).sampling.oneOf).toBe(1);
});

test("who wants all gets all", () => {
  const crowd = Array.from({ length: 300 }, (_, index) => said(`c${index}`));
  const state = applyEvents({ ...begun(), showsAll: true }, came(...crowd), ME, 0);
  expect(state.gate.shown.length).toBe(302);
});

test("nothing is kept without bound, and what is being read is kept longer", () => {
  const crowd = Array.from({ length: 3000 }, (_, index) => said(`c${index}`));
  const all = { ...begun(), showsAll: true };
  expect(applyEvents(all, came(...crowd), ME, 0).gate.shown.length).toBe(400);
  expect(applyEvents(reading(all, true), came(...crowd), ME, 0).gate.shown.length).toBe(2000);
});

test("older messages stand before those that are known, once", () => {
  expect(ids(withOlder(begun(), [said("0"), said("a")]))).toBe("0,a,b");
});

test("older ones are looked for before the oldest that is known, also when those that were found once are forgotten", () => {
  expect(oldestId(EMPTY_CHAT)).toBeNull();
  const found = withOlder(begun(), [said("0")]);
  expect(oldestId(found)).toBe("0");
  const crowd = Array.from({ length: 500 }, (_, index) => said(`c${String(index).padStart(3, "0")}`));
  const back = applyEvents({ ...reading(found, false), showsAll: true }, came(...crowd), ME, 0);
  expect(oldestId(back)).toBe("c100");
  const all = Array.from({ length: 2000 }, (_, index) => said(`a${index}`));
  expect(oldestId(withOlder(begun(), all))).toBeNull();
});

test("older ones of a picture that is yet to come wait for it", () => {
  const state = withOlder(followPicture(begun({ messages: [said("b", { mediaTimeMs: 90_000 })] }), 5000), [
    said("0", { mediaTimeMs: 1000 }),
    said("1", { mediaTimeMs: 60_000 }),
  ]);
  expect(ids(state)).toBe("0");
  expect(ids(followPicture(state, 60_000))).toBe("0,1");
});

test("a reaction counts at once and is taken back as fast", () => {
  const on = reacted(begun(), "a", "👍", true);
  expect([on.gate.shown[0]?.reactions, on.ownReactions["a"]]).toEqual([[{ emote: "👍", count: 1 }], ["👍"]]);
  const twice = reacted(on, "a", "👍", true);
  expect(twice.gate.shown[0]?.reactions).toEqual([{ emote: "👍", count: 1 }]);
  const off = reacted(on, "a", "👍", false);
  expect([off.gate.shown[0]?.reactions, off.ownReactions["a"]]).toEqual([[], []]);
});
