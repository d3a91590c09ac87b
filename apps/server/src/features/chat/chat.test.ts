/** What is said: stored once, told to everybody, limited, cleaned, taken away again. */
import type { ChatMessage } from "@rostrum/contract/chat";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { ChannelRole } from "@rostrum/contract/permissions";
import type { Person } from "../broadcasts/testing.ts";
import { newId } from "../../lib/ids.ts";
import { publishBroadcastChange } from "../../ports/bus-events.ts";
import { chatDoor } from "./service.ts";
import { createDesk, type Desk, sendMessage } from "./send.ts";
import { setHighlight, setPin } from "./side-queries.ts";
import { followShows, sayInChat } from "./system.ts";
import { type ChatShow, openChatShow } from "./testing.ts";

let show: ChatShow;
let channelId: string;
let people: Readonly<Record<ChannelRole, Person>>;
let ann: Person;
let ben: Person;
beforeAll(async () => {
  show = await openChatShow();
  ({ id: channelId, people } = await show.channel("talk"));
  ann = await show.person("ann");
  ben = await show.person("ben");
});
afterAll(() => show.close());

const settle = async (id: string, body: unknown): Promise<void> => {
  const answer = await people.owner.call("PATCH", `/broadcasts/${id}/chat-settings`, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
};
const textsOf = (messages: readonly { text: string }[]): string[] => messages.map(({ text }) => text);

test("a message is told to everybody as it is acknowledged, with its author's name, role and colour", async () => {
  const id = await show.broadcast(channelId);
  const first = await show.say(ann.call, id, "hello @ben, and @nobody_here");
  const second = await show.say(people.moderator.call, id, "welcome", { replyTo: first.id });
  expect(first).toMatchObject({
    ...{ broadcastId: id, kind: "message", state: "visible", text: "hello @ben, and @nobody_here" },
    author: { id: ann.id, handle: "ann", displayName: "ann", role: "viewer" },
    mentions: [{ id: ben.id, handle: "ben", displayName: "ben" }],
  });
  expect(second.replyTo).toEqual({
    ...{ id: first.id, excerpt: first.text },
    author: { id: ann.id, handle: "ann", displayName: "ann" },
  });
  expect(second.author?.role).toBe("moderator");
  expect(await show.told(id)).toEqual([
    { type: "chat.message", message: first },
    { type: "chat.message", message: second },
  ]);
  expect((await show.snapshot(show.anonymous, id)).messages).toEqual([first, second]);
});

test("what is sent again is said once, also at the same time, also in slow mode", async () => {
  const id = await show.broadcast(channelId);
  await settle(id, { slowModeSec: 60 });
  const sendId = newId();
  const sending = () => show.send(ann.call, "chat.send", { broadcastId: id, text: "once" }, sendId);
  const answers = [...(await Promise.all([sending(), sending(), sending()])), await sending()];
  const ids = new Set(answers.map(({ body }) => (body["result"] as ChatMessage).id));
  expect(ids.size).toBe(1);
  const { messages } = await show.snapshot(ben.call, id);
  expect(messages.map(({ kind, text }) => [kind, text])).toEqual([
    ["system", "Slow mode: one message every 60 s."],
    ["message", "once"],
  ]);
  expect((await show.told(id)).filter(({ type }) => type === "chat.message")).toHaveLength(2);
  // Another account may use the same id.
  const other = await show.send(ben.call, "chat.send", { broadcastId: id, text: "mine" }, sendId);
  expect((other.body["result"] as ChatMessage).text).toBe("mine");
});

test("what a process stored but did not live to tell is told when it is sent again", async () => {
  const id = await show.broadcast(channelId);
  const sendId = newId();
  const body = { broadcastId: id, text: "survives" };
  const { result } = (await show.send(ann.call, "chat.send", body, sendId)).body as unknown as { result: ChatMessage };
  await show.send(ben.call, "chat.react", { messageId: result.id, emote: "👍" });
  show.desk.told.delete(result.id);
  await show.send(ann.call, "chat.send", body, sendId);
  await show.send(ann.call, "chat.send", body, sendId);
  const told = (await show.told(id)).filter(({ type }) => type === "chat.message");
  const reactions = [{ emote: "👍", count: 1 }];
  expect(told).toEqual([
    { type: "chat.message", message: result },
    { type: "chat.message", message: { ...result, reactions } },
  ]);
});

function sendOn(node: Desk, who: Person, broadcastId: string, text: string, sendId = newId()): Promise<ChatMessage> {
  const viewer = { kind: "account", accountId: who.id, owner: false, via: "bearer", scopes: "all" } as const;
  return sendMessage(node, { viewer, address: "192.0.2.1" }, { broadcastId, text }, sendId);
}

test("two processes keep slow mode together, and take what is sent to both of them once", async () => {
  const id = await show.broadcast(channelId);
  await settle(id, { slowModeSec: 60 });
  const nodes = [show.desk, createDesk({ ...show.ctx }), createDesk({ ...show.ctx })];
  const on = (node: Desk, who: Person, text: string, sendId = newId()) => sendOn(node, who, id, text, sendId);
  const sendId = newId();
  const same = await Promise.all(nodes.map((node) => on(node, ann, "once", sendId)));
  expect(new Set(same.map((message) => message.id)).size).toBe(1);
  const answers = await Promise.allSettled(nodes.map((node, n) => on(node, ben, `at once ${n}`)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected", "rejected"]);
  const { messages } = await show.snapshot(ann.call, id);
  expect(messages.filter(({ kind }) => kind === "message")).toHaveLength(2);
});

test("ids sort in the order of the chat; the snapshot is the newest hundred, oldest first", async () => {
  const id = await show.broadcast(channelId);
  const said: ChatMessage[] = [];
  for (let n = 0; n < 103; n += 1) said.push(await show.say(people.moderator.call, id, `line ${n}`));
  expect(said.map((message) => message.id)).toEqual(said.map((message) => message.id).toSorted());
  expect((await show.snapshot(ann.call, id)).messages).toEqual(said.slice(3));
  const pages: string[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const path = `/broadcasts/${id}/chat?limit=40${cursor === "" ? "" : `&cursor=${cursor}`}`;
    const { body } = await show.anonymous("GET", path);
    pages.push(...(body.items as unknown as ChatMessage[]).map(({ text }) => text));
    cursor = body.nextCursor;
  }
  expect(pages).toEqual(textsOf(said.toReversed()));
  const { body } = await show.anonymous("GET", `/broadcasts/${id}/chat?limit=2&before=${said[50]?.id}`);
  expect(textsOf(body.items as unknown as ChatMessage[])).toEqual(["line 49", "line 48"]);
  const next = await show.anonymous(
    "GET",
    `/broadcasts/${id}/chat?limit=1&before=${said[50]?.id}&cursor=${body.nextCursor}`,
  );
  expect(textsOf(next.body.items as unknown as ChatMessage[])).toEqual(["line 47"]);
});

test("of many that come at once each is told once, and the order is the same for who listens and who comes later", async () => {
  const id = await show.broadcast(channelId);
  const crew = [people.owner, people.admin, people.producer, people.moderator];
  const texts = Array.from({ length: 60 }, (_, n) => `at once ${n}`);
  const said = await Promise.all(texts.map((text, n) => show.say((crew[n % 4] ?? people.owner).call, id, text)));
  const told = (await show.told(id)).flatMap((event) => (event.type === "chat.message" ? [event.message.id] : []));
  expect(told.toSorted()).toEqual(said.map((message) => message.id).toSorted());
  expect(told).toEqual(told.toSorted());
  expect((await show.snapshot(ann.call, id)).messages.map((message) => message.id)).toEqual(told);
});

test("slow mode: one message in its time, the refusal says how long, moderators are free of it", async () => {
  const id = await show.broadcast(channelId);
  const set = await people.moderator.call("PATCH", `/broadcasts/${id}/chat-settings`, { slowModeSec: 30 });
  expect(set.body).toMatchObject({ effective: { slowModeSec: 30 } });
  const sending = (text: string) => show.send(ann.call, "chat.send", { broadcastId: id, text });
  const both = await Promise.all([sending("one"), sending("two")]);
  expect(new Set(both.map(({ code }) => code))).toEqual(new Set(["rate_limited", undefined]));
  const refused = await sending("three");
  expect([refused.status, refused.code]).toEqual([429, "rate_limited"]);
  const { details } = refused.body["error"] as { details: { retryAfterSec: number } };
  expect(details.retryAfterSec).toBeGreaterThan(25);
  expect(details.retryAfterSec).toBeLessThanOrEqual(30);
  const { you } = await show.snapshot(ann.call, id);
  expect(you).toMatchObject({ mayWrite: false, why: { code: "rate_limited" }, mayModerate: false, role: "viewer" });
  for (const text of ["a", "b", "c"]) await show.say(people.moderator.call, id, text);
  const past = new Date(Date.now() - 31_000);
  await show.ctx.store.db.updateTable("chat_turn").set({ last_at: past }).where("account_id", "=", ann.id).execute();
  expect((await sending("later")).code).toBeUndefined();
  expect((await people.owner.call("PATCH", `/broadcasts/${id}/chat-settings`, { slowModeSec: 121 })).code).toBe(
    "invalid_input",
  );
});

test("nobody floods a chat that has no slow mode", async () => {
  const id = await show.broadcast(channelId);
  const codes: (string | undefined)[] = [];
  for (let n = 0; n < 14; n += 1)
    codes.push((await show.send(ben.call, "chat.send", { broadcastId: id, text: newId() })).code);
  expect(codes[0]).toBeUndefined();
  expect(codes.at(-1)).toBe("rate_limited");
});

test("the system's clock that is set back keeps nobody from writing", async () => {
  const id = await show.broadcast(channelId);
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    const node = createDesk({ ...show.ctx });
    await sendOn(node, ann, id, "before");
    vi.setSystemTime(Date.now() - 3_600_000);
    expect((await sendOn(node, ann, id, "after")).text).toBe("after");
  } finally {
    vi.useRealTimers();
  }
});

test("modes say who may write", async () => {
  const { id: place, people: crew } = await show.channel("modes");
  const id = await show.broadcast(place);
  const follower = await show.person("modes_follower");
  const stranger = await show.person("modes_stranger");
  expect((await follower.call("PUT", `/channels/${place}/follow`, {})).status).toBeLessThan(300);
  const set = async (body: unknown) => crew.owner.call("PATCH", `/broadcasts/${id}/chat-settings`, body);
  const tries = async (text = newId()) => {
    const callers = [crew.moderator, crew.guest, follower, stranger];
    const answers = await Promise.all(
      callers.map(({ call }) => show.send(call, "chat.send", { broadcastId: id, text })),
    );
    return answers.map(({ code }) => code ?? "ok");
  };
  expect(await tries()).toEqual(["ok", "ok", "ok", "ok"]);
  await set({ mode: "followers" });
  expect(await tries()).toEqual(["ok", "ok", "ok", "forbidden"]);
  await set({ mode: "followers", minAgeMin: 10 });
  expect(await tries()).toEqual(["ok", "ok", "forbidden", "forbidden"]);
  const early = await show.send(follower.call, "chat.send", { broadcastId: id, text: "x" });
  expect(early.body["error"]).toMatchObject({ message: "Only who has followed @modes for 10 minutes may write now." });
  await set({ mode: "registered", minAgeMin: 10 });
  expect(await tries()).toEqual(["ok", "forbidden", "forbidden", "forbidden"]);
  await set({ mode: "registered", minAgeMin: 0 });
  expect(await tries()).toEqual(["ok", "ok", "ok", "ok"]);
  await set({ mode: "emotes" });
  expect(await tries("well done")).toEqual(["ok", "forbidden", "forbidden", "forbidden"]);
  expect(await tries("👏🏽 👨‍👩‍👧‍👦")).toEqual(["ok", "ok", "ok", "ok"]);
  await set({ mode: "off" });
  expect(await tries()).toEqual(["ok", "conflict", "conflict", "conflict"]);
  expect((await show.follow(stranger.call, `chat:${id}`)).type).toBe("refused");
  expect((await show.follow(crew.guest.call, `chat:${id}`)).type).toBe("reset");
  // Who was refused hears on the show's own topic that it is on again.
  await set({ mode: "everybody" });
  const heard = (await show.told(id, "broadcast")).filter(({ type }) => type === "chat.settings").at(-1);
  expect(heard).toMatchObject({ settings: { mode: "everybody" } });
  const state = await show.follow(stranger.call, `broadcast:${id}`);
  expect(state).toMatchObject({ snapshot: { chat: { mode: "everybody" } } });
});

test("shield mode stands over the settings and goes without a trace; the broadcast's stand over the channel's", async () => {
  const { id: place, people: crew } = await show.channel("shield");
  const id = await show.broadcast(place);
  const onShow = (body: unknown) => crew.owner.call("PATCH", `/broadcasts/${id}/chat-settings`, body);
  const onChannel = (body: unknown) => crew.owner.call("PATCH", `/channels/${place}/chat-settings`, body);
  await onChannel({ slowModeSec: 5, links: "hold" });
  const before = (await onShow({ slowModeSec: 90, minAgeMin: 3 })).body;
  expect(before).toMatchObject({
    effective: { mode: "everybody", slowModeSec: 90, minAgeMin: 3, links: "hold", shield: false },
    set: { slowModeSec: 90, minAgeMin: 3 },
  });
  const shielded = await crew.moderator.call("PATCH", `/broadcasts/${id}/chat-settings`, { shield: true });
  expect(shielded.body["effective"]).toEqual({
    ...{ mode: "followers", slowModeSec: 90, minAgeMin: 10, links: "moderators", shield: true },
  });
  expect((await show.told(id)).slice(-2)).toMatchObject([
    { type: "chat.settings", settings: { shield: true } },
    { type: "chat.message", message: { about: "settings", text: "Only followers of the channel may write." } },
  ]);
  await onChannel({ preset: { mode: "off", slowModeSec: 0, minAgeMin: 0, links: "allow" } });
  expect((await show.snapshot(crew.guest.call, id)).settings.mode).toBe("off");
  expect((await onShow({ preset: null })).code).toBe("invalid_input");
  const after = await crew.moderator.call("PATCH", `/broadcasts/${id}/chat-settings`, { shield: null });
  expect(after.body["effective"]).toEqual(before["effective"]);
  expect((await onShow({ slowModeSec: null })).body["effective"]).toMatchObject({ slowModeSec: 5 });
});

test.each([
  ["markup", "<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
  ["direction overrides and zero-width letters", "a\u202Eb\u200Bc\u2066", "abc"],
  ["a flood of marks", `H${"\u0335\u0336\u0337".repeat(40)}i`, "H\u0335\u0336\u0337\u0335i"],
  ["lines", "one\n\n\r\ntwo", "one two"],
  ["decomposed letters", "Cafe\u0301", "Caf\u00E9"],
  ["a family", "👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"],
])("hostile text: %s", async (_, text, wanted) => {
  const id = await show.broadcast(channelId);
  const said = await show.say(people.moderator.call, id, text);
  expect(said.text).toBe(wanted);
  expect((await show.snapshot(ann.call, id)).messages[0]?.text).toBe(wanted);
});

test.each([
  ["nothing that is seen", "\u200B\u202E \u2800\u3164", "nothing to be seen"],
  ["501 characters", "👍".repeat(501), "at most 500 characters; this one has 501"],
  ["a word of 10,000 letters", "x".repeat(10_000), "this one has 10000"],
])("refused: %s", async (_, text, words) => {
  const id = await show.broadcast(channelId);
  const answer = await show.send(people.moderator.call, "chat.send", { broadcastId: id, text });
  expect([answer.code, (answer.body["error"] as { message: string }).message]).toEqual([
    "invalid_input",
    expect.stringContaining(words),
  ]);
});

test("500 characters are taken, however many bytes they have; NUL and halves of pairs are not", async () => {
  const id = await show.broadcast(channelId);
  expect((await show.say(people.moderator.call, id, "👍".repeat(500))).text).toHaveLength(1000);
  for (const text of ["a\0b", "a\uD800"]) {
    expect((await show.send(ann.call, "chat.send", { broadcastId: id, text })).code).toBe("invalid_input");
  }
});

test("links: held for a moderator, or for moderators only", async () => {
  const id = await show.broadcast(channelId);
  await settle(id, { links: "hold" });
  const sender = await show.person("links_sender");
  const held = await show.say(sender.call, id, "look at example.org/page");
  expect(held.state).toBe("held");
  expect((await show.say(people.producer.call, id, "see https://example.org")).state).toBe("visible");
  expect(textsOf((await show.snapshot(ann.call, id)).messages)).toEqual(["see https://example.org"]);
  expect(await show.told(id, "moderation")).toEqual([
    { type: "chat.held", message: { ...held, note: "It has a link.", reports: 0 } },
  ]);
  const { db } = show.ctx.store;
  const approve = { from: ["held"], to: "visible", by: people.moderator.id, note: null } as const;
  const change = await db.transaction().execute((tx) => chatDoor.moveMessages(show.ctx, tx, [held.id], approve));
  await change.tell();
  expect((await show.told(id)).at(-1)).toEqual({ type: "chat.message", message: { ...held, state: "visible" } });
  expect((await show.told(id, "moderation")).at(-1)).toEqual({ type: "chat.released", ids: [held.id] });
  expect(textsOf((await show.snapshot(ann.call, id)).messages)).toEqual([held.text, "see https://example.org"]);
  await settle(id, { links: "moderators" });
  expect((await show.send(sender.call, "chat.send", { broadcastId: id, text: "www.example.org" })).code).toBe(
    "forbidden",
  );
});

test("a deleted message is gone for viewers, with what was pinned and quoted of it; moderators find it with its text", async () => {
  const id = await show.broadcast(channelId);
  const bad = await show.say(ann.call, id, "a bad word");
  await show.say(ben.call, id, "no", { replyTo: bad.id });
  await show.send(people.moderator.call, "chat.pin", { messageId: bad.id });
  expect((await show.snapshot(ann.call, id)).pinned?.id).toBe(bad.id);
  expect((await show.send(ben.call, "chat.delete", { messageId: bad.id })).code).toBe("forbidden");
  const reason = { messageId: bad.id, reason: "rude" };
  expect((await show.send(people.moderator.call, "chat.delete", reason)).code).toBeUndefined();
  expect((await show.send(people.moderator.call, "chat.delete", reason)).code).toBeUndefined();
  // Who asks again may not have been told.
  expect((await show.told(id)).slice(-3)).toEqual([
    { type: "chat.deleted", ids: [bad.id] },
    { type: "chat.pinned", message: null },
    { type: "chat.deleted", ids: [bad.id] },
  ]);
  const snapshot = await show.snapshot(ann.call, id);
  expect(textsOf(snapshot.messages)).toEqual(["no", "A message of @ann was pinned."]);
  expect(snapshot.messages[0]?.replyTo?.excerpt).toBe("");
  expect(JSON.stringify((await show.anonymous("GET", `/broadcasts/${id}/chat`)).body)).not.toContain("bad word");
  const found = await people.moderator.call("GET", `/broadcasts/${id}/chat/search?q=BAD%20w&account=ann`);
  expect(found.body.items).toMatchObject([
    { id: bad.id, state: "deleted", text: "a bad word", note: "rude", author: { handle: "ann" } },
  ]);
  const none = await people.moderator.call("GET", `/broadcasts/${id}/chat/search?q=%25`);
  expect(none.body.items).toEqual([]);
  const { db } = show.ctx.store;
  expect(await setPin(db, id, bad.id, people.moderator.id)).toBe(false);
  expect(await setHighlight(db, bad.id, true)).toBe(false);
  // Nobody reacts to it any more, nor finds out that it was there.
  expect((await show.send(ben.call, "chat.react", { messageId: bad.id, emote: "👍" })).code).toBe("not_found");
});

test("moderators search one chat or all of a channel, by time too, and see what was said around a message", async () => {
  const search = async (path: string, who = people.moderator) => {
    const { body, code } = await who.call("GET", `${path}/chat/search?${query}`);
    return code ?? textsOf(body.items as unknown as ChatMessage[]);
  };
  const [one, two] = [await show.broadcast(channelId), await show.broadcast(channelId)];
  // Said when that show was on the air; it is over by now, and its chat still open.
  await show.say(ann.call, one, "alpha needle");
  const said: ChatMessage[] = [];
  for (const text of ["b1", "b2", "b3 needle", "b4", "b5"]) said.push(await show.say(people.producer.call, two, text));
  let query = "q=needle";
  expect(await search(`/broadcasts/${two}`)).toEqual(["b3 needle"]);
  expect(await search(`/channels/${channelId}`)).toEqual(["b3 needle", "alpha needle"]);
  expect(await search(`/channels/${channelId}`, people.viewer)).toBe("forbidden");
  query = "q=needle&account=ann";
  expect(await search(`/channels/${channelId}`)).toEqual(["alpha needle"]);
  query = `account=${said[0]?.author?.handle}&from=${said[1]?.at}&to=${said[3]?.at}`;
  const between = said.filter(({ at }) => at >= (said[1]?.at ?? "") && at < (said[3]?.at ?? ""));
  expect(await search(`/broadcasts/${two}`)).toEqual(textsOf(between).toReversed());
  query = `around=${said[2]?.id}&limit=4`;
  expect(await search(`/broadcasts/${two}`)).toEqual(["b4", "b3 needle", "b2", "b1"]);
  query = `around=${said[4]?.id}&limit=2`;
  expect(await search(`/broadcasts/${two}`)).toEqual(["b5", "b4"]);
  expect(await search(`/broadcasts/${one}`)).toBe("not_found");
  query = "from=yesterday";
  expect(await search(`/broadcasts/${two}`)).toBe("invalid_input");
});

test("one's own message can be taken back, and answered no more", async () => {
  const id = await show.broadcast(channelId);
  const said = await show.say(ann.call, id, "typo");
  expect((await show.send(ann.call, "chat.delete", { messageId: said.id })).code).toBeUndefined();
  expect((await show.snapshot(ann.call, id)).messages).toEqual([]);
  const writer = await show.person("answers");
  for (let n = 0; n < 6; n += 1) {
    const answer = { broadcastId: id, text: "what was that?", replyTo: said.id };
    expect((await show.send(writer.call, "chat.send", answer)).code).toBe("not_found");
  }
  // It was not said yet, so it is not said again.
  expect((await show.say(writer.call, id, "what was that?")).state).toBe("visible");
});

test("what is pinned and deleted at the same time is not pinned", async () => {
  const id = await show.broadcast(channelId);
  for (let n = 0; n < 5; n += 1) {
    const { id: messageId } = await show.say(people.producer.call, id, `offer ${n}`);
    await Promise.all([
      show.send(people.moderator.call, "chat.pin", { messageId }),
      show.send(people.owner.call, "chat.delete", { messageId }),
    ]);
    expect((await show.snapshot(ann.call, id)).pinned).toBeNull();
  }
});

test("reactions are counted once for each account, and are emoji", async () => {
  const id = await show.broadcast(channelId);
  const { id: messageId } = await show.say(people.owner.call, id, "good evening");
  const react = (who: Person, emote: string) => show.send(who.call, "chat.react", { messageId, emote });
  await react(ann, "❤️");
  await react(ben, "👍🏽");
  await react(ben, "❤️");
  const last = await react(ben, "❤️");
  const both = [
    { emote: "❤️", count: 2 },
    { emote: "👍🏽", count: 1 },
  ];
  expect(last.body["result"]).toEqual(both);
  const snapshot = await show.snapshot(ben.call, id);
  expect([snapshot.messages[0]?.reactions, snapshot.ownReactions]).toEqual([both, { [messageId]: ["👍🏽", "❤️"] }]);
  const told = (await show.told(id)).length;
  const none = await show.send(ben.call, "chat.unreact", { messageId, emote: "🎉" });
  expect([none.body["result"], (await show.told(id)).length]).toEqual([both, told]);
  const gone = await show.send(ben.call, "chat.unreact", { messageId, emote: "👍🏽" });
  expect(gone.body["result"]).toEqual([{ emote: "❤️", count: 2 }]);
  expect((await show.told(id)).at(-1)).toEqual({
    type: "chat.reactions",
    id: messageId,
    reactions: [{ emote: "❤️", count: 2 }],
  });
  for (const emote of ["x", "👍👍", "<b>", ":unknown:", "1"])
    expect((await react(ann, emote)).code, emote).toBe("invalid_input");
  for (const emote of ["🎉", "🔥", "👏", "🤔"]) await react(ann, emote);
  expect((await react(ann, "😮")).code).toBe("conflict");
});

test("a report reaches moderators once, and never its author", async () => {
  const id = await show.broadcast(channelId);
  const said = await show.say(ann.call, id, "buy this");
  const report = { messageId: said.id, reason: "spam" };
  expect((await show.send(ann.call, "chat.report", report)).code).toBe("conflict");
  await show.send(ben.call, "chat.report", report);
  await show.send(ben.call, "chat.report", report);
  const told = await show.told(id, "moderation");
  expect(told).toMatchObject([{ type: "chat.reported", reason: "spam", message: { id: said.id, reports: 1 } }]);
  expect((await show.told(id)).map(({ type }) => type)).toEqual(["chat.message"]);
});

test("highlighting and one's colour are for all to see", async () => {
  const id = await show.broadcast(channelId);
  await show.send(ann.call, "chat.color", { color: "teal" });
  const said = await show.say(ann.call, id, "look");
  expect(said.author?.color).toBe("teal");
  await show.send(people.producer.call, "chat.highlight", { messageId: said.id, highlighted: true });
  expect((await show.told(id)).at(-1)).toMatchObject({
    type: "chat.updated",
    message: { id: said.id, highlighted: true },
  });
  expect((await show.send(ann.call, "chat.color", { color: "#ffffff" })).code).toBe("invalid_input");
});

test("the server says once when a show begins and ends, however many processes hear of it", async () => {
  const id = await show.broadcast(channelId);
  const stop = new AbortController();
  const following = [followShows(show.desk, stop.signal), followShows(show.desk, stop.signal)];
  const about = { broadcastId: id, channelId, at: new Date().toISOString() };
  await publishBroadcastChange(show.ctx.bus, { ...about, type: "state", from: "preview", state: "live" });
  await publishBroadcastChange(show.ctx.bus, { ...about, type: "state", from: "live", state: "interrupted" });
  await publishBroadcastChange(show.ctx.bus, { ...about, type: "state", from: "interrupted", state: "live" });
  await publishBroadcastChange(show.ctx.bus, { ...about, type: "state", from: "live", state: "ended" });
  await expect.poll(async () => (await show.told(id)).length).toBe(2);
  stop.abort();
  await Promise.all(following);
  const again = { broadcastId: id, about: "show_began", key: "show_began", text: "The show begins." } as const;
  expect(await sayInChat(show.desk, again)).toBe(false);
  const { messages } = await show.snapshot(ann.call, id);
  expect(messages.map(({ kind, about: what, author }) => [kind, what, author])).toEqual([
    ["system", "show_began", null],
    ["system", "show_ended", null],
  ]);
});

test("media time is what the sender saw, never more than was shown; a recording is replayed by it", async () => {
  const id = await show.broadcast(channelId);
  const early = await show.say(people.moderator.call, id, "early", { mediaTimeMs: 10_000 });
  const future = await show.say(people.moderator.call, id, "from the future", { mediaTimeMs: 1e12 });
  const now = await show.say(people.moderator.call, id, "now");
  expect(early.mediaTimeMs).toBe(10_000);
  expect(future.mediaTimeMs).toBeGreaterThanOrEqual(60_000);
  expect(future.mediaTimeMs).toBeLessThan(600_000);
  expect(now.mediaTimeMs).toBeGreaterThanOrEqual(future.mediaTimeMs ?? 0);
  const replay = async (query: string) => {
    const { body } = await show.anonymous("GET", `/broadcasts/${id}/chat?${query}`);
    return [textsOf(body.items as unknown as ChatMessage[]), body.nextCursor] as const;
  };
  expect((await replay("fromMs=0&toMs=10000"))[0]).toEqual([]);
  expect((await replay("fromMs=10000&toMs=10001"))[0]).toEqual(["early"]);
  const [first, cursor] = await replay("fromMs=0&limit=2");
  expect(first).toEqual(["early", "from the future"]);
  expect((await replay(`fromMs=0&limit=2&cursor=${cursor}`))[0]).toEqual(["now"]);
  expect((await show.anonymous("GET", `/broadcasts/${id}/chat?fromMs=5&toMs=1`)).code).toBe("invalid_input");
});

test("media time is the program's own where its node tells it: it began before the show went live", async () => {
  const id = await show.broadcast(channelId);
  const at = new Date(Date.now() - 2000).toISOString();
  await show.ctx.bus.publish(`health:${id}`, { at, mediaTimeMs: 500_000 });
  const now = await show.say(people.moderator.call, id, "now");
  expect(now.mediaTimeMs).toBeGreaterThanOrEqual(502_000);
  expect(now.mediaTimeMs).toBeLessThan(512_000);
});

test("a show that is over keeps its chat open for ten minutes, and readable for ever", async () => {
  const id = await show.broadcast(channelId, { state: "ended" });
  const bye = await show.say(ann.call, id, "bye");
  expect(bye.mediaTimeMs).toBeNull();
  const past = new Date(Date.now() - 11 * 60_000);
  await show.ctx.store.db.updateTable("broadcast").set({ ended_at: past }).where("id", "=", id).execute();
  for (const who of [ann, people.owner]) {
    expect((await show.send(who.call, "chat.send", { broadcastId: id, text: "late" })).code).toBe("conflict");
  }
  expect(textsOf((await show.snapshot(show.anonymous, id)).messages)).toEqual(["bye"]);
});

test("with its broadcast a chat is gone", async () => {
  const id = await show.broadcast(channelId, { state: "ended" });
  const said = await show.say(ann.call, id, "for ever?");
  await show.send(ben.call, "chat.react", { messageId: said.id, emote: "👍" });
  await settle(id, { slowModeSec: 1 });
  expect((await people.owner.call("DELETE", `/broadcasts/${id}`)).status).toBeLessThan(300);
  const { db } = show.ctx.store;
  const left = await db.selectFrom("chat_message").select("id").where("broadcast_id", "=", id).execute();
  const settings = await db.selectFrom("chat_settings").select("scope_id").where("scope_id", "=", id).execute();
  expect([left, settings]).toEqual([[], []]);
  expect((await show.send(ann.call, "chat.send", { broadcastId: id, text: "x" })).code).toBe("not_found");
});
