/** The realtime role with the real features: who may follow what by which transport, and what is told of a show. */
import { can, type ChannelRole } from "@rostrum/contract/permissions";
import type { ServerMessage } from "@rostrum/contract/realtime";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Person } from "../features/broadcasts/testing.ts";
import { TestClient } from "../realtime/testing.ts";
import { openRealtimeShow, type RealtimeShow } from "./testing.ts";

const ROLES: readonly ChannelRole[] = ["owner", "admin", "producer", "moderator", "guest", "viewer"];
let show: RealtimeShow;
let channelId: string;
let people: Readonly<Record<ChannelRole, Person>>;
let made = 0;
beforeAll(async () => {
  show = await openRealtimeShow();
});
afterAll(() => show.close());
beforeEach(async () => {
  made += 1;
  ({ id: channelId, people } = await show.channel(`house${made}`));
});

const create = async (body: object = {}): Promise<string> =>
  String((await people.owner.call("POST", "/broadcasts", { channelId, title: "A show", ...body })).body["id"]);
const change = (id: string, body: object) => people.owner.call("PATCH", `/broadcasts/${id}`, body);
const connectSource = (id: string) =>
  show.doors.onProgramState({ type: "source_connected", broadcastId: id, slot: "primary" });

/** The next message of one type. */
async function next<T extends ServerMessage["type"]>(client: TestClient, type: T) {
  for (;;) {
    const message = await client.next();
    if (message.type === type) return message as Extract<ServerMessage, { type: T }>;
  }
}

async function follow(topic: string, token?: string): Promise<TestClient> {
  const client = await show.connect(token);
  client.subscribe(topic);
  await next(client, "reset");
  return client;
}

describe("who may follow what", () => {
  const answerOf = (message: ServerMessage | Record<string, unknown> | undefined): string =>
    message?.type === "refused" ? String((message.error as { code: string }).code) : String(message?.type);

  /** Over the socket and by polling; both must say the same. */
  async function answers(topic: string, token: string | undefined): Promise<string> {
    const client = await show.connect(token);
    client.subscribe(topic);
    const overSocket = answerOf(await client.next());
    client.ws.terminate();
    const polled = await show.poll(topic, token);
    expect([polled.status, answerOf(polled.messages[0])]).toEqual([200, overSocket]);
    return overSocket;
  }

  test.each<[string, object, (role: ChannelRole | null) => string]>([
    ["a public show", { startAt: "2199-01-01T00:00:00Z" }, () => "reset"],
    ["an unlisted show", { startAt: "2199-01-01T00:00:00Z", visibility: "unlisted" }, () => "reset"],
    [
      "a private show",
      { startAt: "2199-01-01T00:00:00Z", visibility: "private" },
      (role) => (role !== null && can(role, "broadcast.read_private") ? "reset" : "forbidden"),
    ],
    ["a draft", {}, (role) => (role !== null && can(role, "broadcast.read_private") ? "reset" : "not_found")],
  ])("%s, by every role", async (_, body, expected) => {
    const id = await create(body);
    for (const role of ROLES)
      expect([role, await answers(`broadcast:${id}`, people[role].token)]).toEqual([role, expected(role)]);
    expect(await answers(`broadcast:${id}`, undefined)).toBe(expected(null));
  });

  test("a show's health, by every role", async () => {
    const id = await create({ startAt: "2199-01-01T00:00:00Z" });
    for (const role of ROLES) {
      const expected = can(role, "health.read") ? "reset" : "forbidden";
      expect([role, await answers(`health:${id}`, people[role].token)]).toEqual([role, expected]);
    }
    expect(await answers(`health:${id}`, undefined)).toBe("unauthenticated");
  });

  test("what nobody offers", async () => {
    const id = await create();
    expect(await answers(`studio:${id}`, people.owner.token)).toBe("not_found");
    expect(await answers(`broadcast:${channelId}`, people.owner.token)).toBe("not_found");
  });

  test("a playback token opens a private show, and no other", async () => {
    const [id, other] = [await create({ visibility: "private" }), await create({ visibility: "private" })];
    for (const one of [id, other]) await change(one, { startAt: "2199-01-01T00:00:00Z" });
    await connectSource(id);
    await people.owner.call("POST", `/broadcasts/${id}/live`);
    const playback = await people.owner.call("GET", `/broadcasts/${id}/playback`);
    const token = String(playback.body["hlsUrl"]).split("?t=")[1];
    const client = await show.connect();
    client.send({ type: "subscribe", topic: `broadcast:${id}`, token });
    expect(await client.next()).toMatchObject({ type: "reset", snapshot: { state: "live" } });
    client.send({ type: "subscribe", topic: `broadcast:${other}`, token });
    expect(await client.next()).toMatchObject({ type: "refused", error: { code: "forbidden" } });
  });
});

describe("who is let in", () => {
  const tried = (headers: Record<string, string>, path = "/realtime"): Promise<number> =>
    new Promise((resolve) => {
      const ws = new WebSocket(`ws://127.0.0.1:${show.http.port}${path}`, { headers });
      ws.on("open", () => {
        ws.terminate();
        resolve(101);
      });
      ws.on("unexpected-response", (_req, res) => resolve(res.statusCode ?? 0));
      ws.on("error", () => {});
    });

  test("pages of this site and programs, but no page of another site, and no token that is not good", async () => {
    expect(await tried({})).toBe(101);
    expect(await tried({ origin: show.url })).toBe(101);
    expect(await tried({ origin: "https://elsewhere.example" })).toBe(403);
    expect(await tried({ authorization: "Bearer nonsense" })).toBe(401);
    expect(await tried({ cookie: `${show.app.kit.cookies.access}=nonsense` })).toBe(101);
    expect(await tried({}, "/realtime-not")).toBe(404);
  });

  test("a page of another site does not send by HTTP either", async () => {
    const answer = await fetch(`${show.url}/api/v1/realtime/send`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: "https://elsewhere.example" },
      body: JSON.stringify({ id: "send-0001", action: "chat.send", body: {} }),
    });
    expect(answer.status).toBe(403);
  });

  test("a session that is ended loses its connection at once", async () => {
    const { viewer } = people;
    const client = await follow(`broadcast:${await create({ startAt: "2199-01-01T00:00:00Z" })}`, viewer.token);
    const { db } = show.ctx.store;
    await db.updateTable("refresh_token").set({ revoked_at: new Date() }).where("account_id", "=", viewer.id).execute();
    await show.app.kit.credentials.changed(viewer.id);
    expect(await client.closed).toBe(4401);
  });
});

describe("what changes", () => {
  test("a show that becomes private is taken from strangers, not from its crew, and given back", async () => {
    const id = await create({ startAt: "2199-01-01T00:00:00Z" });
    const [stranger, viewer, crew] = [
      await follow(`broadcast:${id}`),
      await follow(`broadcast:${id}`, people.viewer.token),
      await follow(`broadcast:${id}`, people.guest.token),
    ];
    await change(id, { visibility: "private" });
    for (const client of [stranger, viewer]) {
      expect(await next(client, "refused")).toMatchObject({ error: { code: "forbidden" } });
    }
    await change(id, { title: "Behind closed doors" });
    await change(id, { visibility: "public", title: "Open again" });
    expect(await next(crew, "events")).toMatchObject({
      events: [{ type: "broadcast.changed", broadcast: { title: "Open again" } }],
    });
    // Nothing of what was behind closed doors came.
    expect(stranger.messages).toEqual([]);
    stranger.subscribe(`broadcast:${id}`);
    expect(await next(stranger, "reset")).toMatchObject({ snapshot: { broadcast: { title: "Open again" } } });
  });

  test("who is dismissed hears nothing of the crew's any more", async () => {
    const id = await create({ startAt: "2199-01-01T00:00:00Z" });
    const client = await follow(`health:${id}`, people.moderator.token);
    await people.owner.call("DELETE", `/channels/${channelId}/members/${people.moderator.id}`);
    expect(await next(client, "refused")).toMatchObject({ topic: `health:${id}`, error: { code: "forbidden" } });
  });

  test("strangers hear nothing of a rehearsal; the crew does; both hear of the show", async () => {
    const id = await create({ startAt: "2199-01-01T00:00:00Z" });
    await change(id, { autoLive: false });
    const [stranger, crew] = [await follow(`broadcast:${id}`), await follow(`health:${id}`, people.producer.token)];
    await connectSource(id);
    expect(await next(crew, "events")).toMatchObject({
      events: expect.arrayContaining([
        { type: "broadcast.crew_changed", state: "preview", hasSource: true },
      ]) as unknown,
    });
    expect((await stranger.rest()).filter(({ type }) => type === "events")).toEqual([]);
    await people.owner.call("POST", `/broadcasts/${id}/live`);
    const { events } = await next(stranger, "events");
    expect(events).toMatchObject([{ type: "broadcast.changed", broadcast: { id, state: "live" } }]);
    for (const secret of ["role", "hasSource", "viewers", "recordNote", "createdAt", "autoLive"]) {
      expect((events[0] as { broadcast: object }).broadcast).not.toHaveProperty(secret);
    }
  });

  test("the state that strangers are told first is the public one", async () => {
    const id = await create({ startAt: "2199-01-01T00:00:00Z" });
    await change(id, { autoLive: false });
    await connectSource(id);
    const states = [];
    for (const token of [undefined, people.producer.token]) {
      const { messages } = await show.poll(`broadcast:${id}`, token);
      states.push((messages[0] as { snapshot: { state: string; broadcast: { state: string } } }).snapshot);
    }
    expect(states).toMatchObject([
      { state: "scheduled", broadcast: { state: "scheduled" }, viewers: 0 },
      { state: "preview", broadcast: { state: "preview" }, viewers: 0 },
    ]);
  });
});

describe("polling", () => {
  test("gives the same events as the socket, from a place on, once", async () => {
    const id = await create({ startAt: "2199-01-01T00:00:00Z" });
    const topic = `broadcast:${id}`;
    const first = (await show.poll(topic)).messages[0] as { type: string; cursor: string };
    expect(first.type).toBe("reset");
    const client = await follow(topic);
    for (const title of ["One", "Two", "Three"]) await change(id, { title });
    const told: unknown[] = [];
    while (told.length < 3) told.push(...(await next(client, "events")).events);
    const polled = (await show.poll(`${topic}@${first.cursor}`)).messages as { cursor: string; events: unknown[] }[];
    expect(polled).toMatchObject([{ type: "events", topic, events: told }]);
    expect((await show.poll(`${topic}@${polled[0]?.cursor}`)).messages).toEqual([]);
    // A place of the socket is a place for polling.
    expect((await show.poll(`${topic}@${first.cursor.split(".")[0]}x.1`)).messages).toMatchObject([{ type: "reset" }]);
  });

  test.each(["", "nonsense", "broadcast:x", "chat:1@2", Array.from({ length: 21 }, () => "x").join(",")])(
    "what is not understood is refused: %j",
    async (topics) => {
      expect((await show.poll(topics)).status).toBe(400);
    },
  );
});

test.each<[string, string, unknown]>([
  ["an action that nobody offers", "nothing.at_all", {}],
  ["a chat message of nobody", "chat.send", { broadcastId: "0".repeat(26), text: "hello" }],
  ["a body that is not the action's", "chat.send", { text: 7 }],
])("%s is refused alike over the socket and by HTTP", async (_, name, body) => {
  const client = await show.connect();
  client.send({ type: "send", id: "send-0001", action: name, body });
  const overSocket = await next(client, "nack");
  const answer = await fetch(`${show.url}/api/v1/realtime/send`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id: "send-0001", action: name, body }),
  });
  expect(answer.ok).toBe(false);
  expect(await answer.json()).toEqual({ error: overSocket.error });
});
