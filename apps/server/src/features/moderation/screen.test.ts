/** What the chat lets through: filters, limits, bans and their settings, through the chat itself. */
import type { ModerationEvent, ModerationSettings, RefusedEvent } from "@rostrum/contract/moderation";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../lib/ids.ts";
import type { Caller } from "../broadcasts/testing.ts";
import { banRefusal, screen } from "./service.ts";
import { type Moderated, openModerated } from "./testing.ts";

let show: Moderated;
let n = 0;
beforeAll(async () => {
  show = await openModerated();
});
afterAll(() => show.close());

type Input = { [K in keyof ModerationSettings]?: Partial<ModerationSettings[K]> };

async function opened(settings: Input = {}) {
  n += 1;
  const { id: channelId, people } = await show.channel(`screen${n}`);
  const broadcastId = await show.broadcast(channelId);
  const url = `/channels/${channelId}/moderation`;
  await set(people.owner.call, url, settings);
  const say = (caller: Caller, text: string) => show.say(caller, broadcastId, text);
  return { channelId, broadcastId, people, url, say };
}

async function set(caller: Caller, url: string, settings: Input): Promise<void> {
  const { status, body } = await caller("PUT", `${url}/settings`, settings);
  if (status !== 200) throw new Error(JSON.stringify(body));
}

const shown = (answer: { body: Record<string, unknown> }) => answer.body["result"] as Record<string, unknown>;

test("a held message is shown to moderators only, until one approves it", async () => {
  const { people, broadcastId, say } = await opened({ profanity: { level: "all" } });
  const held = shown(await say(people.viewer.call, "oh $h1t"));
  expect(held).toMatchObject({ state: "held", text: "oh $h1t" });
  const first = await show.follow(people.moderator.call, `moderation:${broadcastId}`);
  expect(first).toMatchObject({
    snapshot: { held: [{ id: held["id"], note: "Filter: the list of swear words (en)" }] },
  });
  expect(await show.told(`chat:${broadcastId}`)).toEqual([]);
  await show.done(people.moderator.call, "approve", { broadcastId, messageId: held["id"] });
  const [event] = await show.told<Record<string, unknown>>(`chat:${broadcastId}`);
  expect(event).toMatchObject({ type: "chat.message", message: { id: held["id"], at: held["at"], state: "visible" } });
  const after = await show.follow(people.moderator.call, `moderation:${broadcastId}`);
  expect(after).toMatchObject({ snapshot: { held: [] } });
});

test("what a moderator has deleted in the chat is shown again by undo, by whoever may overrule that", async () => {
  const { channelId, people, say } = await opened();
  const { id: messageId } = shown(await say(people.viewer.call, "was this so bad?"));
  const body = { messageId, reason: "Rude" };
  const sent = { id: "0123456789", action: "chat.delete", body };
  expect((await people.producer.call("POST", "/realtime/send", sent)).status).toBe(200);
  expect(await show.stateOf(String(messageId))).toBe("deleted");
  const told = await show.told<ModerationEvent>(`channel:${channelId}`);
  const entry = told.flatMap((event) => (event.type === "moderation.logged" ? [event.entry] : [])).at(-1);
  expect(entry).toMatchObject({ act: "delete", messageId, messageText: "was this so bad?", text: "Rude" });
  expect((await show.send(people.moderator.call, "undo", { entryId: entry?.id })).code).toBe("forbidden");
  await show.done(people.admin.call, "undo", { entryId: entry?.id });
  expect(await show.stateOf(String(messageId))).toBe("visible");
});

test("words are replaced, or the message is refused and moderators hear of it once in a while", async () => {
  const { people, broadcastId, url, say } = await opened();
  const { call } = people.owner;
  await call("POST", `${url}/filters`, { text: "banana", action: "replace" });
  await call("POST", `${url}/filters`, { kind: "pattern", text: "pine*", action: "refuse" });
  expect(shown(await say(people.viewer.call, "I like B4N4NAS? no: b a n a n a, bananas"))).toMatchObject({
    text: "I like B4N4NAS? no: ***, bananas",
    state: "visible",
  });
  const refused = await say(people.viewer.call, "PINEAPPLE");
  expect([refused.status, refused.body["error"]]).toMatchObject([403, { details: { why: "filter" } }]);
  await say(people.viewer.call, "pineapples");
  const told = await show.told<RefusedEvent>(`moderation:${broadcastId}`);
  expect(told.filter((event) => event.type === "moderation.refused")).toMatchObject([
    { account: { id: people.viewer.id }, text: "PINEAPPLE", reason: 'Filter: "pine*"' },
  ]);
});

test("a changed filter and changed settings count from the next message on, in every process", async () => {
  const { people, channelId, broadcastId, url, say } = await opened();
  // What another process keeps of the channel: the same store, nothing else in common.
  const elsewhere = { ...show.ctx };
  const there = async (text: string) =>
    (
      await screen(elsewhere, {
        ...{ row: { id: broadcastId, channel_id: channelId }, role: "viewer", accountId: people.guest.id, text },
        ...{ address: "192.0.2.1", now: new Date(), recent: async () => [] },
      })
    ).verdict;
  expect([shown(await say(people.viewer.call, "a banana"))["state"], await there("a banana")]).toEqual([
    "visible",
    "allow",
  ]);
  const { body } = await people.owner.call("POST", `${url}/filters`, { text: "banana", action: "hold" });
  expect([shown(await say(people.viewer.call, "one banana"))["state"], await there("one banana")]).toEqual([
    "held",
    "hold",
  ]);
  await people.owner.call("PATCH", `${url}/filters/${String(body["id"])}`, { action: "refuse" });
  expect([(await say(people.viewer.call, "my banana")).status, await there("my banana")]).toEqual([403, "refuse"]);
  await people.owner.call("DELETE", `${url}/filters/${String(body["id"])}`);
  expect([(await say(people.viewer.call, "this banana")).status, await there("this banana")]).toEqual([200, "allow"]);
  await set(people.owner.call, url, { links: { action: "refuse", most: 0 } });
  expect([(await say(people.viewer.call, "www.a.example")).status, await there("www.a.example")]).toEqual([
    403,
    "refuse",
  ]);
  const { body: log } = await people.owner.call("GET", `${url}/log`);
  expect(log.items.map((entry) => entry["act"])).toEqual([
    "settings",
    "filter_remove",
    "filter_change",
    "filter_add",
    "settings",
  ]);
});

test("the same again and again is refused, also when it comes all at once; other words may follow", async () => {
  const { people, say } = await opened();
  const answers = await Promise.all(Array.from({ length: 5 }, () => say(people.viewer.call, "Buy my things today!")));
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(2);
  expect(answers.find((answer) => answer.status !== 200)?.body["error"]).toMatchObject({
    code: "rate_limited",
    details: { why: "spam", retryAfterSec: expect.any(Number) },
  });
  expect((await say(people.viewer.call, "Sorry about that")).status).toBe(200);
});

test("what other processes have stored counts, too", async () => {
  const { people, broadcastId, say } = await opened();
  for (let i = 0; i < 2; i += 1) await show.message(broadcastId, people.viewer.id, { text: "Buy my things today!" });
  expect((await say(people.viewer.call, "buy my things, today")).code).toBe("rate_limited");
});

test("who was refused may write it in other words", async () => {
  const { people, url, say } = await opened();
  await people.owner.call("POST", `${url}/filters`, { text: "banana", action: "refuse" });
  for (let i = 0; i < 4; i += 1) expect((await say(people.viewer.call, "what a lovely banana")).code).toBe("forbidden");
  expect((await say(people.viewer.call, "what a lovely bandana")).status).toBe(200);
});

test("moderators and above are free of filters and limits; guests are not", async () => {
  const { people, broadcastId, say } = await opened({ profanity: { level: "all", action: "refuse" } });
  for (const role of ["owner", "admin", "producer", "moderator"] as const) {
    for (let i = 0; i < 3; i += 1) {
      const text = "FUCK THIS SHIT EVERYBODY https://a.example https://b.example https://c.example";
      expect(shown(await say(people[role].call, text))).toMatchObject({ state: "visible", text });
    }
  }
  expect((await say(people.guest.call, "fuck")).status).toBe(403);
  await show.done(people.moderator.call, "timeout", { broadcastId, accountId: people.guest.id, seconds: 60 });
  expect((await say(people.guest.call, "hello")).status).toBe(403);
});

test("of the crew, who is banned by somebody above neither writes nor reacts, and cannot let themselves back in", async () => {
  const { people, channelId, broadcastId, say } = await opened();
  const { id } = shown(await say(people.guest.call, "hello"));
  const { moderator, producer } = people;
  const banned = await show.done(people.owner.call, "ban", { broadcastId, accountId: moderator.id, reason: "Rest" });
  await show.done(people.admin.call, "timeout", { broadcastId, accountId: producer.id, seconds: 60 });
  for (const who of [moderator, producer]) {
    expect((await say(who.call, "let me in")).body["error"]).toMatchObject({
      code: "forbidden",
      details: { why: "ban" },
    });
    const reaction = { id: newId(), action: "chat.react", body: { messageId: id, emote: "👍" } };
    expect((await who.call("POST", "/realtime/send", reaction)).code).toBe("forbidden");
  }
  expect(await show.follow(moderator.call, `chat:${broadcastId}`)).toMatchObject({
    snapshot: { you: { mayWrite: false, why: { code: "forbidden" } } },
  });
  expect((await show.send(moderator.call, "unban", { channelId, banId: banned.banId })).code).toBe("forbidden");
  expect((await show.send(moderator.call, "undo", { entryId: banned.id })).code).toBe("forbidden");
  await show.done(people.owner.call, "undo", { entryId: banned.id });
  expect((await say(moderator.call, "thank you")).status).toBe(200);
});

test("the crew of one channel is not silenced by an admin of another, but by their owner", async () => {
  const { people, channelId, broadcastId } = await opened();
  const { id: second, people: there } = await show.channel(`screen${n}_second`);
  const { db } = show.ctx.store;
  await db
    .updateTable("channel_member")
    .set({ account_id: people.owner.id })
    .where("channel_id", "=", second)
    .where("role", "=", "owner")
    .execute();
  const role = "moderator";
  const silenced = async () =>
    (await banRefusal(show.ctx, { channelId: second, role, accountId: there.moderator.id })) !== null;
  const body = { broadcastId, accountId: there.moderator.id, scope: "owner" };
  await show.done(people.admin.call, "ban", body);
  expect(await silenced()).toBe(false);
  await show.done(people.owner.call, "ban", body);
  expect(await silenced()).toBe(true);
  expect(await banRefusal(show.ctx, { channelId, role: "owner", accountId: people.owner.id })).toBeNull();
});

test("a reported message that is kept waits for no moderator any more, until it is reported anew", async () => {
  const { people, broadcastId, say } = await opened();
  const { id: messageId } = shown(await say(people.guest.call, "an opinion"));
  const report = async (who: Caller) => {
    const sent = { id: newId(), action: "chat.report", body: { messageId, reason: "abuse" } };
    expect((await who("POST", "/realtime/send", sent)).status).toBe(200);
  };
  const reported = async () => {
    const first = await show.follow(people.producer.call, `moderation:${broadcastId}`);
    return (first as unknown as { snapshot: { reported: { id: string; reports: number }[] } }).snapshot.reported;
  };
  await report(people.viewer.call);
  expect(await reported()).toMatchObject([{ id: messageId, reports: 1 }]);
  expect((await show.send(people.guest.call, "keep", { broadcastId, messageId })).code).toBe("forbidden");
  const entry = await show.done(people.moderator.call, "keep", { broadcastId, messageId, reason: "No insult" });
  expect(entry).toMatchObject({ act: "keep", messageId, messageText: "an opinion", text: "No insult" });
  expect(await reported()).toEqual([]);
  expect((await show.told(`moderation:${broadcastId}`)).at(-1)).toEqual({ type: "chat.released", ids: [messageId] });
  expect(await show.stateOf(String(messageId))).toBe("visible");
  expect((await show.send(people.producer.call, "keep", { broadcastId, messageId })).code).toBe("conflict");
  expect((await show.send(people.moderator.call, "undo", { entryId: entry.id })).code).toBe("conflict");
  const other = await opened();
  const there = { broadcastId: other.broadcastId, messageId };
  expect((await show.send(other.people.moderator.call, "keep", there)).code).toBe("not_found");
  await report(people.viewer.call);
  expect(await reported()).toMatchObject([{ id: messageId, reports: 1 }]);
});

test("a banned account reads on but neither writes nor reacts, and its page knows why", async () => {
  const { people, broadcastId, say } = await opened();
  const { id } = shown(await say(people.guest.call, "hello"));
  await show.done(people.moderator.call, "ban", { broadcastId, accountId: people.viewer.id, reason: "Spam" });
  const refused = await say(people.viewer.call, "let me in");
  expect(refused.body["error"]).toMatchObject({
    code: "forbidden",
    message: `You are banned from writing in the chat of @screen${n}; you can still read along. Reason: Spam. You can write one appeal.`,
    details: { why: "ban" },
  });
  const reaction = { id: "0123456789", action: "chat.react", body: { messageId: id, emote: "👍" } };
  expect((await people.viewer.call("POST", "/realtime/send", reaction)).code).toBe("forbidden");
  const first = await show.follow(people.viewer.call, `chat:${broadcastId}`);
  expect(first).toMatchObject({
    type: "reset",
    snapshot: { messages: [{ id }], you: { mayWrite: false, why: { code: "forbidden" } } },
  });
});

test("a text is tried without being said", async () => {
  const { people, url } = await opened({ profanity: { level: "all", action: "replace" } });
  const { call } = people.moderator;
  const tried = async (text: string) => (await call("POST", `${url}/try`, { text })).body;
  expect(await tried("hello")).toEqual({ verdict: "allow", text: "hello", reason: null });
  expect(await tried("oh shit")).toMatchObject({ verdict: "allow", text: "oh ***" });
  expect(await tried("www.a.example www.b.example www.c.example")).toMatchObject({ verdict: "hold" });
  expect(await tried("LOOK AT THIS EVERYBODY RIGHT NOW")).toMatchObject({ verdict: "refuse" });
});

test("filters that find nothing or everything, doubles, and too many are refused", async () => {
  const { people, channelId, url } = await opened();
  const add = (body: unknown) => people.owner.call("POST", `${url}/filters`, body);
  expect((await add({ kind: "pattern", text: "*", action: "hold" })).code).toBe("invalid_input");
  expect((await add({ text: "\u200b", action: "hold" })).code).toBe("invalid_input");
  expect((await add({ text: "one two three four five six seven eight nine", action: "hold" })).code).toBe(
    "invalid_input",
  );
  expect((await add({ text: "banana", action: "hold" })).status).toBe(201);
  expect((await add({ text: "banana", action: "refuse" })).code).toBe("conflict");
  const rows = Array.from({ length: 199 }, (_, i) => ({
    ...{ id: `${n}-${i}`, channel_id: channelId, kind: "word" as const, text: `word${i}`, action: "hold" as const },
    ...{ created_by: null, created_at: new Date() },
  }));
  await show.ctx.store.db.insertInto("word_filter").values(rows).execute();
  expect((await add({ text: "cherry", action: "hold" })).code).toBe("conflict");
});

test("settings outside their bounds are refused", async () => {
  const { people, url } = await opened();
  for (const body of [{ repeat: { times: 1 } }, { links: { most: -1 } }, { profanity: { level: "most" } }, []]) {
    expect((await people.owner.call("PUT", `${url}/settings`, body)).code).toBe("invalid_input");
  }
});
