/** Reactions, raised hands, announcements and handouts: what a crowd does stays bounded, what the crew shows is harmless. */
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../lib/ids.ts";
import { type Event, openStage, type Stage } from "./testing.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const setUp = (settings: Record<string, unknown>) =>
  stage.people.owner.call("PATCH", `/channels/${stage.channelId}/engagement`, settings);
const reactions = async (id: string): Promise<Event[]> =>
  (await stage.told(`broadcast:${id}`)).filter(({ type }) => type === "engagement.reactions");

test("reactions are told as counts twice a second, also those of people without an account", async () => {
  const id = await stage.broadcast();
  const { viewer, guest } = stage.people;
  const react = (who: typeof viewer | null, reaction: string, count?: number) =>
    stage.send(who, "engagement.react", { broadcastId: id, reaction, ...(count === undefined ? {} : { count }) });
  expect(await react(viewer, "heart")).toEqual({ result: null });
  await react(guest, "heart", 3);
  await react(null, "fire");
  expect(await reactions(id)).toEqual([]);
  await stage.pass(499);
  expect(await reactions(id)).toEqual([]);
  await stage.pass(1);
  expect(await reactions(id)).toEqual([{ type: "engagement.reactions", counts: { heart: 4, fire: 1 } }]);
  await stage.pass(5000);
  expect(await reactions(id)).toHaveLength(1);
});

test("what is sent twice counts once; what is no reaction is refused", async () => {
  const id = await stage.broadcast();
  const sendId = newId();
  const send = (body: Record<string, unknown>, as = newId()) => stage.send(null, "engagement.react", body, as);
  await send({ broadcastId: id, reaction: "clap" }, sendId);
  await send({ broadcastId: id, reaction: "clap" }, sendId);
  await stage.pass(500);
  expect(await reactions(id)).toEqual([{ type: "engagement.reactions", counts: { clap: 1 } }]);
  for (const body of [
    { broadcastId: id, reaction: "<script>" },
    { broadcastId: id, reaction: "heart", count: 1000 },
    { broadcastId: id, reaction: "heart", count: -1 },
    { broadcastId: "everybody", reaction: "heart" },
  ]) {
    expect((await send(body)).code).toBe("invalid_input");
  }
  expect((await send({ broadcastId: newId(), reaction: "heart" })).code).toBe("not_found");
});

test("a flood of reactions stays bounded: by account, by address, and in what is told", async () => {
  const id = await stage.broadcast();
  await stage.pass(60_000);
  const flood = async (who: typeof stage.people.viewer | null, clicks: number, address = "198.51.100.7") => {
    const sent = [];
    for (let n = 0; n < clicks; n += 1) {
      sent.push(await stage.send(who, "engagement.react", { broadcastId: id, reaction: "party" }, newId(), address));
    }
    return sent.filter(({ code }) => code === undefined).length;
  };
  expect(await flood(stage.people.viewer, 500)).toBe(30);
  expect(await flood(null, 1000)).toBe(200);
  // A network of 2^64 addresses is one, another network another.
  expect(await flood(null, 250, "2001:db8::1")).toBe(200);
  expect(await flood(null, 10, "2001:db8::2")).toBe(0);
  expect(await flood(null, 10, "2001:db8:0:1::1")).toBe(10);
  await stage.pass(500);
  expect(await reactions(id)).toEqual([{ type: "engagement.reactions", counts: { party: 440 } }]);
});

test("a show that is private, over, or without reactions takes none", async () => {
  const { viewer, guest } = stage.people;
  const react = (who: typeof viewer | null, broadcastId: string) =>
    stage.send(who, "engagement.react", { broadcastId, reaction: "wow" });
  await stage.pass(60_000);
  const hidden = await stage.broadcast("private");
  expect([(await react(null, hidden)).code, (await react(viewer, hidden)).code]).toEqual(["forbidden", "forbidden"]);
  expect((await react(guest, hidden)).code).toBeUndefined();
  const over = await stage.broadcast("public", "ended");
  expect((await react(viewer, over)).code).toBe("conflict");
  const id = await stage.broadcast();
  await setUp({ reactions: false });
  expect((await react(viewer, id)).code).toBe("conflict");
  await setUp({ reactions: true });
  // What is known of a show is forgotten after two seconds.
  await stage.pass(2000);
  expect((await react(viewer, id)).code).toBeUndefined();
});

test("hands are the crew's list in the order in which they were raised; their owner sees the own one", async () => {
  const id = await stage.broadcast();
  const { viewer, guest, moderator } = stage.people;
  const send = (who: typeof viewer | null, action: string) => stage.send(who, action, { broadcastId: id });
  expect((await send(viewer, "hand.raise")).code).toBe("conflict"); // off, unless the channel wants them
  await setUp({ hands: true });
  const first = await send(viewer, "hand.raise");
  expect(await send(viewer, "hand.raise")).toEqual(first);
  await send(guest, "hand.raise");
  const listed = await moderator.call("GET", `/broadcasts/${id}/hands`);
  expect(listed.body.items.map((hand) => hand["handle"])).toEqual([viewer.handle, guest.handle]);
  expect((await stage.staffSnapshot(id)).hands.map(({ accountId }) => accountId)).toEqual([viewer.id, guest.id]);
  expect((await stage.snapshot(viewer, id)).engagement.own?.hand).toEqual(first.result);
  // The audience is not told who.
  const raised = (await stage.told(`broadcast:${id}`)).filter(({ type }) => type.startsWith("hand."));
  expect(raised).toEqual([]);
  expect((await stage.told(`moderation:${id}`)).map(({ type }) => type)).toEqual(["hand.raised", "hand.raised"]);
  expect(await send(viewer, "hand.lower")).toEqual({ result: null });
  expect(await send(viewer, "hand.lower")).toEqual({ result: null });
  expect((await stage.told(`moderation:${id}`)).at(-1)).toEqual({
    type: "hand.lowered",
    handIds: [first.result?.["id"]],
  });
  expect((await moderator.call("DELETE", `/broadcasts/${id}/hands`)).status).toBe(204);
  expect((await moderator.call("GET", `/broadcasts/${id}/hands`)).body.items).toEqual([]);
  expect(await stage.told(`user:${guest.id}`)).toEqual([{ type: "hand.lowered", broadcastId: id }]);
  expect((await send(null, "hand.raise")).code).toBe("unauthenticated");
});

test("one hand is lowered by the crew, of this show only", async () => {
  await setUp({ hands: true });
  const id = await stage.broadcast();
  const { viewer, guest, moderator } = stage.people;
  for (const who of [viewer, guest]) await stage.send(who, "hand.raise", { broadcastId: id });
  const [first] = (await moderator.call("GET", `/broadcasts/${id}/hands`)).body.items;
  const other = await stage.broadcast("public", "draft");
  await moderator.call("DELETE", `/broadcasts/${other}/hands/${String(first?.["id"])}`);
  expect((await stage.staffSnapshot(id)).hands).toHaveLength(2);
  await moderator.call("DELETE", `/broadcasts/${id}/hands/${String(first?.["id"])}`);
  expect((await stage.staffSnapshot(id)).hands.map(({ accountId }) => accountId)).toEqual([guest.id]);
});

test("an announcement is shown until its time is over or it is closed, one at a time", async () => {
  const id = await stage.broadcast();
  const { moderator } = stage.people;
  const path = `/broadcasts/${id}/announcements`;
  const say = (text: string, durationSec: number | null) => moderator.call("POST", path, { text, durationSec });
  const first = await say("We begin\u202E in a minute\n<b>now</b>", 30);
  expect([first.status, first.body["text"]]).toEqual([201, "We begin in a minute <b>now</b>"]);
  const lasts = Date.parse(String(first.body["endsAt"])) - Date.parse(String(first.body["shownAt"]));
  expect(lasts).toBe(30_000);
  const second = await say("Later, then", null);
  expect((await stage.snapshot(null, id)).announcements).toMatchObject([{ text: "Later, then", endsAt: null }]);
  expect((await moderator.call("POST", `${path}/${String(second.body["id"])}/close`)).status).toBe(204);
  expect((await moderator.call("POST", `${path}/${String(second.body["id"])}/close`)).status).toBe(204);
  expect((await stage.snapshot(null, id)).announcements).toEqual([]);
  await say("For a moment", 3);
  const past = sql<Date>`clock_timestamp() - interval '1 second'`;
  await stage.show.ctx.store.db
    .updateTable("announcement")
    .set({ ends_at: past as unknown as Date })
    .where("broadcast_id", "=", id)
    .execute();
  expect((await stage.snapshot(null, id)).announcements).toEqual([]);
  expect((await stage.told(`broadcast:${id}`)).map(({ type }) => type)).toEqual([
    ...["announcement.shown", "announcement.shown", "announcement.closed", "announcement.shown"],
  ]);
  expect((await say("\u200B", 30)).code).toBe("invalid_input");
  expect((await say("x", 1)).code).toBe("invalid_input");
  expect((await moderator.call("GET", path)).body.items).toHaveLength(3);
  const other = await stage.broadcast("public", "draft");
  expect(
    (await moderator.call("POST", `/broadcasts/${other}/announcements/${String(first.body["id"])}/close`)).status,
  ).toBe(404);
});

test.each([
  ["a script", "javascript:alert(1)"],
  ["data", "data:text/html,<script>alert(1)</script>"],
  ["http", "http://example.org/"],
  ["a name and a password", "https://bank.example@evil.example/"],
  ["a name in disguise", "https:\\\\bank.example@evil.example/"],
  ["no host", "https://"],
  ["a path", "/somewhere"],
  ["too much", `https://example.org/${"x".repeat(2000)}`],
])("a handout that leads to %s is refused", async (_, url) => {
  const id = await stage.broadcast();
  const body = { kind: "card", title: "Look", url };
  expect((await stage.people.owner.call("POST", `/broadcasts/${id}/handouts`, body)).code).toBe("invalid_input");
});

test("handouts are shown, hidden, changed and counted; hidden ones are not told of", async () => {
  const id = await stage.broadcast();
  const { owner, viewer } = stage.people;
  const path = `/broadcasts/${id}/handouts`;
  const card = {
    kind: "card",
    title: "Our\u202E book",
    text: "Cheap\ntoday",
    label: "Buy",
    url: "https://example.org/book",
  };
  const made = await owner.call("POST", path, card);
  expect(made.body).toMatchObject({ ...card, title: "Our book", shown: false, clicks: 0 });
  const handoutId = String(made.body["id"]);
  await owner.call("PATCH", `${path}/${handoutId}`, { label: "Buy it" });
  expect(await stage.told(`broadcast:${id}`)).toEqual([]);
  expect([(await stage.snapshot(null, id)).handouts, (await viewer.call("GET", path)).body.items]).toEqual([[], []]);
  const click = (who: typeof viewer | null, address?: string) =>
    stage.send(who, "handout.click", { handoutId }, newId(), address);
  expect((await click(viewer)).code).toBe("not_found");
  await owner.call("PATCH", `${path}/${handoutId}`, { shown: true });
  const { title, text, kind, url } = { ...card, title: "Our book" };
  const shown = { id: handoutId, kind, title, text, label: "Buy it", url };
  expect(await stage.told(`broadcast:${id}`)).toEqual([{ type: "handout.shown", handout: shown }]);
  expect((await stage.snapshot(null, id)).handouts).toEqual([shown]);
  expect((await viewer.call("GET", path)).body.items).toEqual([shown]);
  // Twice by the same person at a time is once.
  for (const who of [viewer, viewer, null, null]) await click(who, "192.0.2.1");
  await click(null, "192.0.2.2");
  expect((await owner.call("GET", path)).body.items).toMatchObject([{ clicks: 3 }]);
  await owner.call("PATCH", `${path}/${handoutId}`, { shown: false });
  expect((await stage.told(`broadcast:${id}`)).at(-1)).toEqual({ type: "handout.hidden", handoutId });
  const other = await stage.broadcast("public", "draft");
  for (const method of ["PATCH", "DELETE"] as const) {
    const body = method === "PATCH" ? { title: "Mine" } : undefined;
    expect((await owner.call(method, `/broadcasts/${other}/handouts/${handoutId}`, body)).status).toBe(404);
  }
  expect((await owner.call("DELETE", `${path}/${handoutId}`)).status).toBe(204);
  expect((await click(viewer)).code).toBe("not_found");
});

test("two who change a handout at once do not undo each other's", async () => {
  const id = await stage.broadcast();
  const { owner, moderator } = stage.people;
  const path = `/broadcasts/${id}/handouts`;
  const made = await owner.call("POST", path, { kind: "link", title: "Slides", url: "https://example.org/" });
  const one = `${path}/${String(made.body["id"])}`;
  await Promise.all([
    owner.call("PATCH", one, { title: "New slides" }),
    moderator.call("PATCH", one, { shown: true }),
    owner.call("PATCH", one, { label: "Read" }),
  ]);
  expect((await owner.call("GET", path)).body.items).toMatchObject([
    { title: "New slides", label: "Read", shown: true },
  ]);
});

test("of announcements that come at once one is left, and none comes back when it is closed", async () => {
  const id = await stage.broadcast();
  const { owner, moderator } = stage.people;
  const path = `/broadcasts/${id}/announcements`;
  const say = (n: number) => (n % 2 ? owner : moderator).call("POST", path, { text: `Now ${n}`, durationSec: null });
  await Promise.all([1, 2, 3, 4].map(say));
  const [shown] = (await stage.snapshot(null, id)).announcements;
  await owner.call("POST", `${path}/${shown?.id ?? ""}/close`);
  expect((await stage.snapshot(null, id)).announcements).toEqual([]);
});

test("settings stay as they are where nothing is said, and are the channel's own", async () => {
  const { owner } = stage.people;
  const path = `/channels/${stage.channelId}/engagement`;
  await setUp({ hands: false, questionsPerPerson: 7 });
  expect((await setUp({ handouts: false })).body).toMatchObject({
    questionsPerPerson: 7,
    handouts: false,
    polls: true,
  });
  expect((await owner.call("PATCH", path, { questionsPerPerson: 0 })).code).toBe("invalid_input");
  const id = await stage.broadcast();
  const body = { kind: "link", title: "Look", url: "https://example.org/" };
  expect((await owner.call("POST", `/broadcasts/${id}/handouts`, body)).code).toBe("conflict");
  await setUp({ handouts: true, announcements: false });
  expect((await owner.call("POST", `/broadcasts/${id}/announcements`, { text: "x" })).code).toBe("conflict");
  await setUp({ announcements: true });
  const other = await stage.show.channel("elsewhere");
  const theirs = await other.people.owner.call("GET", `/channels/${other.id}/engagement`);
  expect(theirs.body).toMatchObject({ questionsPerPerson: 3 });
  expect((await owner.call("PATCH", `/channels/${other.id}/engagement`, { polls: false })).status).toBe(403);
});

test("who is banned on the channel takes no part, but may react as everybody may", async () => {
  await setUp({ hands: true });
  const id = await stage.broadcast();
  const banned = await stage.show.person("banned_person");
  const ban = { id: newId(), channel_id: stage.channelId, owner_id: null, scope: "channel", kind: "ban" } as const;
  const why = { account_id: banned.id, reason: "Spam", until: null, lifted_at: null };
  await stage.show.ctx.store.db
    .insertInto("chat_ban")
    .values({ ...ban, ...why, created_by: null, created_at: new Date() })
    .execute();
  const tries: readonly (readonly [string, Record<string, unknown>, string | undefined])[] = [
    ["question.ask", { broadcastId: id, text: "May I?" }, "forbidden"],
    ["hand.raise", { broadcastId: id }, "forbidden"],
    ["engagement.react", { broadcastId: id, reaction: "sad" }, undefined],
  ];
  for (const [action, body, code] of tries) {
    expect([action, (await stage.send(banned, action, body)).code]).toEqual([action, code]);
  }
});
