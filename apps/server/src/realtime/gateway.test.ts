import { connect as connectTcp } from "node:net";
import { MAX_TOPICS } from "@rostrum/contract/realtime";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { action, type Caller, type RealtimeRules, type TopicRules } from "../http/realtime-rules.ts";
import { AppError } from "../lib/app-error.ts";
import { newId } from "../lib/ids.ts";
import { openGateway, TestClient, type TestGateway, turn } from "./testing.ts";

/** A machine that is busy takes its time. */
const PATIENT = { timeout: 20_000 };

const open: TestGateway[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const show = newId();
const chat = `chat:${show}`;
const crew = `moderation:${show}`;
const said = (n: number) => ({ type: "chat.message", n });
const nameOf = ({ viewer }: Caller): string => (viewer.kind === "account" ? viewer.accountId : "nobody");

/** Chat for all but those in `banned`, moderation for mods; what is sent is done once for each id. */
function house() {
  const banned = new Set<string>();
  const asked = { admit: 0, snapshot: 0 };
  const done: string[] = [];
  const topic = (may: (caller: Caller) => boolean): TopicRules => ({
    async admit(caller) {
      asked.admit += 1;
      if (!may(caller)) throw new AppError("forbidden", "Not for you.");
    },
    async snapshot() {
      asked.snapshot += 1;
      return { banned: [...banned] };
    },
  });
  const rules: RealtimeRules = {
    topics: {
      chat: topic((caller) => !banned.has(nameOf(caller))),
      moderation: topic((caller) => nameOf(caller).startsWith("mod")),
    },
    actions: {
      "chat.send": action(z.object({ text: z.string().min(1) }), async (caller, { text }, sendId) => {
        if (text === "forbidden") throw new AppError("forbidden", "You may not say that.");
        if (text === "broken") throw new Error("secret details");
        done.push(`${nameOf(caller)} ${sendId} ${text}`);
        return { length: text.length };
      }),
    },
  };
  return { rules, banned, asked, done };
}

async function start(options: { maxConnections?: number } = {}) {
  const parts = house();
  const gateway = await openGateway(parts.rules, options);
  open.push(gateway);
  return { ...parts, ...gateway };
}

/** A client that follows the topic; returns where it stands. */
async function following(gateway: TestGateway, topic: string, who?: string) {
  const client = await gateway.connect(who);
  client.subscribe(topic);
  const reset = await client.next();
  if (reset.type !== "reset") throw new Error(`not a reset: ${JSON.stringify(reset)}`);
  return { client, cursor: reset.cursor };
}

test("the first answer is the state, then come events, in order, with the place they lead to", async () => {
  const gate = await start();
  await gate.publish(chat, said(1));
  const client = await gate.connect();
  client.subscribe(chat);
  const { life } = gate.bus;
  expect(await client.next()).toEqual({ type: "reset", topic: chat, cursor: `${life}.1`, snapshot: { banned: [] } });
  await gate.publish(chat, said(2), said(3));
  gate.tick();
  expect(await client.next()).toEqual({ type: "events", topic: chat, cursor: `${life}.3`, events: [said(2), said(3)] });
  client.send({ type: "unsubscribe", topic: chat });
  expect(await client.rest()).toEqual([]);
  await gate.publish(chat, said(4));
  gate.tick();
  expect(await client.rest()).toEqual([]);
});

test("who comes back with a place is told what was missed and nothing twice, also while more comes", async () => {
  const gate = await start();
  const first = await following(gate, chat);
  const { life } = gate.bus;
  await gate.publish(chat, said(1), said(2));
  gate.tick();
  expect(await first.client.next()).toMatchObject({ cursor: `${life}.2` });
  first.client.ws.terminate();
  await gate.publish(chat, said(3));
  gate.tick();
  // Published, but not given out yet when it comes back.
  await gate.publish(chat, said(4));
  const client = await gate.connect();
  client.subscribe(chat, `${life}.2`);
  expect(await client.next()).toEqual({ type: "subscribed", topic: chat, cursor: `${life}.2` });
  expect(await client.next()).toEqual({ type: "events", topic: chat, cursor: `${life}.3`, events: [said(3)] });
  gate.tick();
  expect(await client.next()).toEqual({ type: "events", topic: chat, cursor: `${life}.4`, events: [said(4)] });
  expect(gate.asked.snapshot).toBe(1);
});

test("what was taken back is told to nobody who comes later, wherever it says that it stands", async () => {
  const rules: TopicRules = {
    admit: async () => {},
    snapshot: async () => null,
    amend: (event) => {
      const { type, n } = event as { type: string; n: number };
      if (type !== "taken_back") return null;
      return (earlier) => ((earlier as { n: number }).n === n ? { type: "chat.message" } : earlier);
    },
  };
  const gate = await openGateway({ topics: { chat: rules }, actions: {} });
  open.push(gate);
  const { life } = gate.bus;
  const told = [{ type: "chat.message" }, said(2), { type: "taken_back", n: 1 }, said(1)];
  await gate.publish(chat, said(1), said(2), told[2]!, said(1));
  const fromBefore = async () => {
    const client = await gate.connect();
    client.subscribe(chat, `${life}.0`);
    expect(await client.next()).toMatchObject({ type: "subscribed" });
    return ((await client.next()) as { events: unknown[] }).events;
  };
  // Read from the bus, then heard from it.
  expect(await fromBefore()).toEqual(told);
  const here = await following(gate, chat);
  await gate.publish(chat, { type: "taken_back", n: 2 } as { type: string });
  gate.tick();
  expect(await here.client.next()).toMatchObject({ events: [{ type: "taken_back", n: 2 }] });
  expect(await fromBefore()).toEqual([told[0], told[0], told[2], said(1), { type: "taken_back", n: 2 }]);
});

test("events that come while the state is read follow it", async () => {
  const gate = await start();
  let go: () => void = () => {};
  const reading = new Promise<void>((resolve) => (go = resolve));
  const slow: TopicRules = { admit: async () => {}, snapshot: async () => reading.then(() => "state") };
  const other = await openGateway({ topics: { chat: slow }, actions: {} });
  open.push(other);
  const client = await other.connect();
  client.subscribe(chat);
  await expect.poll(() => other.gateway.entrance.asking, PATIENT).toBe(1);
  await other.publish(chat, said(1));
  other.tick();
  await other.publish(chat, said(2));
  go();
  const { life } = other.bus;
  expect(await client.next()).toMatchObject({ type: "reset", cursor: `${life}.0`, snapshot: "state" });
  expect(await client.next()).toMatchObject({ type: "events", cursor: `${life}.1`, events: [said(1)] });
  other.tick();
  expect(await client.next()).toMatchObject({ type: "events", cursor: `${life}.2`, events: [said(2)] });
  expect(gate.asked.admit).toBe(0);
});

test.each([
  ["of another life", (life: string) => `${life.replaceAll(/./g, "x")}.3`],
  ["that was never reached", (life: string) => `${life}.99999`],
])("a place %s is answered with the state", async (_, cursor) => {
  const gate = await start();
  await gate.publish(chat, said(1), said(2), said(3));
  const client = await gate.connect();
  client.subscribe(chat, cursor(gate.bus.life));
  expect(await client.next()).toMatchObject({ type: "reset", cursor: `${gate.bus.life}.3` });
});

test("a place from which too much was missed is answered with the state", async () => {
  const gate = await start();
  const { client, cursor } = await following(gate, chat);
  for (let n = 1; n <= 12; n += 1) {
    await gate.publish(chat, ...Array.from({ length: 100 }, (_, at) => said(100 * n + at)));
    gate.tick();
  }
  const late = await gate.connect();
  late.subscribe(chat, cursor);
  expect(await late.next()).toMatchObject({ type: "reset", cursor: `${gate.bus.life}.1200` });
  // Who followed all the time was told everything.
  const events = (await client.rest()).flatMap((message) => (message.type === "events" ? message.events : []));
  expect(events).toHaveLength(1200);
});

test("a flood that this process cannot follow ends in the state, not in a hole", async () => {
  const gate = await start();
  const { client } = await following(gate, chat);
  // All at once: nobody gets to read in between.
  await Promise.all(Array.from({ length: 2500 }, (_, n) => gate.bus.publish(`rt/${chat}`, said(n))));
  await turn();
  gate.tick();
  expect(await client.next()).toMatchObject({ type: "reset", cursor: `${gate.bus.life}.2500` });
  await gate.publish(chat, said(2500));
  gate.tick();
  expect(await client.next()).toMatchObject({ type: "events", cursor: `${gate.bus.life}.2501` });
});

test("a tick is one frame for each socket, with all topics, and the same bytes for the same topics", async () => {
  const gate = await start();
  const [a, b] = [await following(gate, chat, "mod1"), await following(gate, chat, "mod2")];
  const c = await following(gate, chat);
  for (const { client } of [a, b]) {
    client.subscribe(crew);
    await client.next();
  }
  for (const { client } of [a, b, c]) client.frames.length = 0;
  await gate.publish(chat, said(1), said(2));
  await gate.publish(crew, said(3));
  await gate.publish(chat, said(4));
  gate.tick();
  for (const { client } of [a, b, c]) await client.next();
  expect(a.client.frames).toHaveLength(1);
  expect(a.client.frames).toEqual(b.client.frames);
  expect(JSON.parse(a.client.frames[0] ?? "")).toMatchObject([
    { topic: chat, events: [said(1), said(2), said(4)] },
    { topic: crew, events: [said(3)] },
  ]);
  expect(JSON.parse(c.client.frames[0] ?? "")).toMatchObject([{ topic: chat, events: [said(1), said(2), said(4)] }]);
});

test("what is sent is acknowledged with its result, or refused with a sentence; the client's id arrives", async () => {
  const gate = await start();
  const client = await gate.connect("ada");
  const send = (id: string, name: string, body: unknown): void => client.send({ type: "send", id, action: name, body });
  send("send-0001", "chat.send", { text: "hello" });
  expect(await client.next()).toEqual({ type: "ack", id: "send-0001", result: { length: 5 } });
  send("send-0001", "chat.send", { text: "hello" });
  expect(await client.next()).toMatchObject({ type: "ack", id: "send-0001" });
  expect(gate.done).toEqual(["ada send-0001 hello", "ada send-0001 hello"]);
  const refused = async (id: string, name: string, body: unknown) => {
    send(id, name, body);
    const { type, error } = (await client.next()) as { type: string; error: { code: string; message: string } };
    return [type, error.code, error.message];
  };
  expect(await refused("send-0002", "chat.send", { text: "forbidden" })).toEqual([
    "nack",
    "forbidden",
    "You may not say that.",
  ]);
  expect(await refused("send-0003", "chat.send", { text: "" })).toMatchObject(["nack", "invalid_input", /^"text"/]);
  expect(await refused("send-0004", "toString", {})).toMatchObject(["nack", "not_found", /toString/]);
  const [, code, message] = await refused("send-0005", "chat.send", { text: "broken" });
  expect([code, message?.includes("secret")]).toEqual(["internal", false]);
});

test("an API token that may only read does not send", async () => {
  const gate = await start();
  const client = await gate.connect("reader");
  client.send({ type: "send", id: "send-0001", action: "chat.send", body: { text: "hello" } });
  expect(await client.next()).toMatchObject({ type: "nack", error: { code: "forbidden" } });
  expect(gate.done).toEqual([]);
});

test("what one client sends is done in order", async () => {
  const gate = await start();
  const client = await gate.connect("ada");
  for (let n = 0; n < 20; n += 1) {
    client.send({ type: "send", id: `send-00${n + 10}`, action: "chat.send", body: { text: String(n) } });
  }
  await client.rest();
  expect(gate.done.map((one) => Number(one.split(" ")[2]))).toEqual(Array.from({ length: 20 }, (_, n) => n));
});

test.each<[string, (client: TestClient) => void, number]>([
  ["no JSON", ({ ws }) => ws.send("{"), 1008],
  ["no message of ours", ({ ws }) => ws.send('{"type":"subscribe","topic":"chat"}'), 1008],
  ["binary", ({ ws }) => ws.send(Buffer.from('{"type":"ping"}')), 1008],
  ["too large", ({ ws }) => ws.send(JSON.stringify({ type: "ping", more: "x".repeat(20_000) })), 1009],
])("what is %s ends the connection", async (_, send, code) => {
  const gate = await start();
  const client = await gate.connect();
  send(client);
  expect(await client.closed).toBe(code);
});

test("who says too much is sent away; who goes slowly is not", async () => {
  const gate = await start();
  const [loud, calm] = [await gate.connect(), await gate.connect()];
  for (let n = 0; n < 61; n += 1) loud.send({ type: "ping" });
  expect(await loud.closed).toBe(1008);
  for (let n = 0; n < 100; n += 1) {
    gate.clock.advance(60);
    await calm.rest();
  }
});

test("one client follows a bounded number of topics", async () => {
  const gate = await start();
  const client = await gate.connect();
  for (let n = 0; n <= MAX_TOPICS; n += 1) client.subscribe(`chat:${newId()}`);
  const answers = await client.rest();
  expect(answers.slice(0, -1).every(({ type }) => type === "reset")).toBe(true);
  expect(answers.at(-1)).toMatchObject({ type: "refused", error: { code: "conflict" } });
});

test("a topic that is not for the caller, or that nobody offers, is refused", async () => {
  const gate = await start();
  const client = await gate.connect("ada");
  for (const [topic, code] of [
    [crew, "forbidden"],
    [`studio:${show}`, "not_found"],
  ] as const) {
    client.subscribe(topic);
    expect(await client.next()).toMatchObject({ type: "refused", topic, error: { code } });
  }
  await gate.publish(crew, said(1));
  gate.tick();
  expect(await client.rest()).toEqual([]);
});

test("who does not read is sent away, and comes back to what was missed", async () => {
  const gate = await start();
  const { client } = await following(gate, chat);
  const { client: other } = await following(gate, chat);
  client.ws.pause();
  const text = "x".repeat(20_000);
  let count = 0;
  const sentAway = async () => (await gate.metrics.metrics()).includes('rostrum_gateway_closed_total{code="4008"} 1');
  while (!(await sentAway())) {
    await gate.publish(chat, { ...said((count += 1)), text } as { type: string });
    gate.tick();
    // Reads all the time.
    await other.next();
  }
  client.ws.resume();
  expect(await client.closed).toBe(4008);
  const events = client.messages.splice(0).flatMap((one) => (one.type === "events" ? [one] : []));
  const { cursor } = events.at(-1) ?? { cursor: "" };
  const again = await gate.connect();
  again.subscribe(chat, cursor);
  expect(await again.next()).toMatchObject({ type: "subscribed" });
  const missed = await again.next();
  const all = [...events, ...(missed.type === "events" ? [missed] : [])].flatMap(
    (one) => one.events as { n: number }[],
  );
  expect(all.map(({ n }) => n)).toEqual(Array.from({ length: count }, (_, at) => at + 1));
});

test("a large message alone sends nobody away", async () => {
  const gate = await start();
  const { client } = await following(gate, chat);
  await gate.publish(chat, { ...said(1), text: "x".repeat(3_000_000) } as { type: string });
  gate.tick();
  expect(await client.next()).toMatchObject({ type: "events", cursor: `${gate.bus.life}.1` });
});

test("a client that answers no ping is dropped, one that does stays", async () => {
  const gate = await start();
  const [dead, alive] = [await gate.connect("dead", { autoPong: false }), await gate.connect()];
  const asked = new Promise<void>((resolve) => {
    dead.ws.once("ping", () => resolve());
  });
  gate.clock.advance(25_000);
  await alive.rest();
  await asked;
  gate.clock.advance(25_000);
  expect(await dead.closed).toBe(1006);
  await alive.rest();
});

test("a session that ends ends its connections; others go on", async () => {
  const gate = await start();
  const [ada, ben] = [await gate.connect("ada"), await gate.connect("ben")];
  gate.ended.add("ada");
  gate.gateway.recheckAccount("ada");
  expect(await ada.closed).toBe(4401);
  gate.ended.add("ben");
  // Nobody said so: it is noticed within a minute.
  for (let sec = 0; sec < 60 && ben.ws.readyState === ben.ws.OPEN; sec += 20) {
    gate.clock.advance(20_000);
    if (sec < 40) await ben.rest();
  }
  expect(await ben.closed).toBe(4401);
});

test("a right that goes takes its topics away, one that stays is asked for without reading the state again", async () => {
  const gate = await start();
  const ada = await following(gate, chat, "ada");
  const others = [await following(gate, chat), await following(gate, chat), await following(gate, chat, "ben")];
  const { snapshot: before } = gate.asked;
  gate.asked.admit = 0;
  gate.banned.add("ada");
  gate.gateway.recheck(show);
  expect(await ada.client.next()).toMatchObject({ type: "refused", topic: chat, error: { code: "forbidden" } });
  // One question for both who are nobody in particular.
  expect(gate.asked).toEqual({ admit: 3, snapshot: before });
  await gate.publish(chat, said(1));
  gate.tick();
  for (const { client } of others) expect(await client.next()).toMatchObject({ type: "events" });
  expect(await ada.client.rest()).toEqual([]);
  // The account's own rights, asked for by its name.
  gate.banned.add("ben");
  gate.gateway.recheckAccount("ben");
  expect(await others[2]?.client.next()).toMatchObject({ type: "refused" });
});

test("a right that goes while it is being asked for does not slip through", async () => {
  let isOpen = true;
  let goOn: () => void = () => {};
  const waiting = new Promise<void>((resolve) => (goOn = resolve));
  let asked = 0;
  const rules: TopicRules = {
    async admit() {
      if (!isOpen) throw new AppError("forbidden", "Not for you.");
      asked += 1;
      await waiting;
    },
    snapshot: async () => null,
  };
  const gate = await openGateway({ topics: { chat: rules }, actions: {} });
  open.push(gate);
  const client = await gate.connect();
  client.subscribe(chat);
  await expect.poll(() => asked, PATIENT).toBe(1);
  isOpen = false;
  gate.gateway.recheck(show);
  // Who asks after that does not share the answer, though nobody follows the topic yet.
  const late = await gate.connect();
  late.subscribe(chat);
  expect(await late.next()).toMatchObject({ type: "refused", error: { code: "forbidden" } });
  goOn();
  expect((await client.next()).type).toBe("reset");
  expect(await client.next()).toMatchObject({ type: "refused", error: { code: "forbidden" } });
});

test("a playback token that ends takes its topics away, though nobody says so", async () => {
  let isGood = true;
  const rules: TopicRules = {
    async admit(_caller, _id, token) {
      if (token === "good" && !isGood) throw new AppError("forbidden", "The link has ended.");
    },
    snapshot: async () => null,
  };
  const gate = await openGateway({ topics: { chat: rules, moderation: rules }, actions: {} });
  open.push(gate);
  const client = await gate.connect();
  client.send({ type: "subscribe", topic: chat, token: "good" });
  client.subscribe(crew);
  expect(await client.rest()).toMatchObject([{ type: "reset" }, { type: "reset" }]);
  isGood = false;
  for (let sec = 0; sec < 40; sec += 20) {
    gate.clock.advance(20_000);
    await client.rest();
  }
  gate.clock.advance(20_000);
  await turn();
  expect(await client.rest()).toMatchObject([{ type: "refused", topic: chat, error: { code: "forbidden" } }]);
  await gate.publish(chat, said(1));
  gate.tick();
  expect(await client.rest()).toEqual([]);
});

test("when one account changes, nobody else is asked for, even while somebody comes in", async () => {
  const asked: string[] = [];
  let goOn: () => void = () => {};
  const waiting = new Promise<void>((resolve) => (goOn = resolve));
  const rules: TopicRules = {
    async admit(caller) {
      asked.push(nameOf(caller));
    },
    async snapshot(caller) {
      if (nameOf(caller) === "ada") await waiting;
      return null;
    },
  };
  const gate = await openGateway({ topics: { chat: rules }, actions: {} });
  open.push(gate);
  await following(gate, chat);
  await following(gate, chat, "ben");
  const ada = await gate.connect("ada");
  ada.subscribe(chat);
  await expect.poll(() => asked, PATIENT).toEqual(["nobody", "ben", "ada"]);
  gate.gateway.recheckAccount("ben");
  gate.gateway.recheckAccount("ada");
  await turn();
  goOn();
  expect((await ada.next()).type).toBe("reset");
  await ada.rest();
  // Her own question was answered before her rights changed.
  expect(asked).toEqual(["nobody", "ben", "ada", "ben", "ada"]);
});

test("however many topics are asked for again, the store is asked a few things at a time", async () => {
  const asking = { now: 0, most: 0 };
  const rules: TopicRules = {
    async admit() {
      asking.now += 1;
      asking.most = Math.max(asking.most, asking.now);
      await turn();
      asking.now -= 1;
    },
    snapshot: async () => null,
  };
  const gate = await openGateway({ topics: { chat: rules }, actions: {} });
  open.push(gate);
  const clients = [await gate.connect(), await gate.connect()];
  for (const client of clients) {
    for (let n = 0; n < MAX_TOPICS; n += 1) client.subscribe(`chat:${newId()}`);
    await client.rest();
  }
  asking.most = 0;
  gate.gateway.recheck();
  await expect.poll(() => asking.now, PATIENT).toBe(0);
  expect(asking.most).toBe(4);
});

test("an audience that comes at once is one question", async () => {
  const asked: string[] = [];
  let goOn: () => void = () => {};
  const waiting = new Promise<void>((resolve) => (goOn = resolve));
  const rules: TopicRules = {
    async admit(caller) {
      asked.push(`admit ${nameOf(caller)}`);
    },
    async snapshot(caller) {
      asked.push(`snapshot ${nameOf(caller)}`);
      await waiting;
      return nameOf(caller);
    },
  };
  const gate = await openGateway({ topics: { chat: rules }, actions: {} });
  open.push(gate);
  const clients = await Promise.all([...Array.from({ length: 20 }, () => gate.connect()), gate.connect("ada")]);
  for (const client of clients) client.subscribe(chat);
  // Both states are being read until `goOn`.
  await expect
    .poll(() => asked.filter((one) => one.startsWith("snapshot")))
    .toEqual(["snapshot nobody", "snapshot ada"]);
  await gate.publish(chat, said(1));
  gate.tick();
  goOn();
  for (const [at, client] of clients.entries()) {
    expect(await client.next()).toMatchObject({ type: "reset", snapshot: at === 20 ? "ada" : "nobody" });
    expect((await client.rest()).length).toBeLessThanOrEqual(1);
  }
  expect(asked.filter((one) => one === "snapshot nobody")).toHaveLength(1);
});

test("there are as many places as there are, and one that was never taken is free again", async () => {
  const gate = await start({ maxConnections: 1 });
  const refusedWith = (headers: string): Promise<string> =>
    new Promise((resolve) => {
      const { port } = new URL(gate.url);
      const socket = connectTcp(Number(port), "127.0.0.1", () => {
        socket.write(
          `GET /realtime HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`,
        );
      });
      let text = "";
      socket.on("data", (data) => (text += String(data)));
      socket.on("close", () => resolve(text.split("\r\n")[0] ?? ""));
    });
  // Not a handshake: no key.
  expect(await refusedWith("")).toMatch(/400/);
  const client = await gate.connect();
  expect(await refusedWith("")).toMatch(/503/);
  client.ws.close();
  await client.closed;
  await expect.poll(() => refusedWith(""), PATIENT).toMatch(/400/);
});

test("closing lets everybody go, who may come again elsewhere, and nobody in", async () => {
  const gate = await start();
  const clients = [await gate.connect(), await gate.connect("ada")];
  await gate.gateway.close();
  for (const client of clients) expect(await client.closed).toBe(1001);
  await expect(gate.connect()).rejects.toThrow("503");
});

test("the bus may go before the gateway", async () => {
  const gate = await start();
  const { client } = await following(gate, chat);
  await gate.bus.close();
  expect(await client.rest()).toEqual([]);
});
