import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ParticipantInfo, Room } from "@livekit/protocol";
import { WebhookReceiver } from "livekit-server-sdk";
import { expect, test } from "vitest";
import { SILENT } from "./log.ts";
import { createTokens } from "./tokens.ts";
import { Webhooks, type WebhookOptions } from "./webhooks.ts";
import { KEY, SECRET } from "./testing/door.ts";
import { openedPerTest } from "./testing/sfu.ts";

const { start, join, keep } = openedPerTest();

type Got = Readonly<{ body: string; authorization: string; type: string }>;

/** Takes what is posted; `answer` gives the status for each, 200 in the end. */
async function receiver(
  answers: number[] = [],
): Promise<{ url: string; got: Got[]; until: (count: number) => Promise<void> }> {
  const got: Got[] = [];
  let told = (): void => undefined;
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += String(part)));
    request.on("end", () => {
      got.push({
        body,
        authorization: request.headers.authorization ?? "",
        type: request.headers["content-type"] ?? "",
      });
      response.writeHead(answers.shift() ?? 200).end();
      told();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  keep({
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
  const until = async (count: number): Promise<void> => {
    while (got.length < count) await new Promise<void>((resolve) => (told = resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, got, until };
}

const tokens = createTokens(new Map([[KEY, SECRET]]));
const room = (name: string): { room: Room } => ({ room: new Room({ name }) });
const nameOf = ({ body }: Got): string => (JSON.parse(body) as { room: { name: string } }).room.name;

function open(url: string, change: Partial<WebhookOptions> = {}): Webhooks {
  const webhooks = new Webhooks({ urls: [url], tokens, log: SILENT, firstDelayMs: 1, ...change });
  keep({ close: () => webhooks.close(0) });
  return webhooks;
}

test("an event is posted without metadata when it would be too long for a receiver with it", async () => {
  const { url, got, until } = await receiver();
  const webhooks = open(url);
  // Six bytes of JSON for each of it.
  const metadata = "\u0001".repeat(60_000);
  const info = { sid: "PA_1", identity: "ada", metadata, attributes: { a: metadata } };
  webhooks.post("participant_left", {
    room: new Room({ name: "show", metadata }),
    participant: new ParticipantInfo(info),
  });
  webhooks.post("participant_left", { room: new Room({ name: "show", metadata: "m" }) });
  await until(2);
  expect(got.map(({ body }) => (JSON.parse(body) as { room: object }).room)).toEqual([
    { name: "show" },
    { name: "show", metadata: "m" },
  ]);
  expect(JSON.parse(got[0]!.body)).toMatchObject({ event: "participant_left", participant: { identity: "ada" } });
});

test("what happens in a room is posted in order, as WebhookReceiver verifies it", async () => {
  const { url, got, until } = await receiver();
  const sfu = await start({ webhookUrls: [url] });
  const ada = await join(sfu, "ada");
  await ada.connect();
  const sid = await ada.publish("audio", { name: "voice" });
  await ada.unpublish(sid);
  await ada.leave();
  await until(5);
  sfu.rooms.end(sfu.rooms.get("show")!, 5);
  await until(6);
  const judge = new WebhookReceiver(KEY, SECRET);
  const events = await Promise.all(got.map(({ body, authorization }) => judge.receive(body, authorization)));
  expect(events.map(({ event }) => event)).toEqual([
    "room_started",
    "participant_joined",
    "track_published",
    "track_unpublished",
    "participant_left",
    "room_finished",
  ]);
  expect(got[0]!.type).toBe("application/webhook+json");
  for (const { room: told, id, createdAt } of events) {
    expect(told?.name).toBe("show");
    expect(id).toMatch(/^EV_/);
    expect(Number(createdAt)).toBeGreaterThan(1e9);
  }
  expect(events[1]!.participant).toMatchObject({ identity: "ada", sid: ada.sid });
  expect(events[2]!.track).toMatchObject({ sid, name: "voice" });
});

test("one that never connected was aborted, not left", async () => {
  const { url, got, until } = await receiver();
  const sfu = await start({ webhookUrls: [url] });
  const ada = await join(sfu, "ada");
  await ada.leave();
  await until(2);
  expect(got.map(({ body }) => (JSON.parse(body) as { event: string }).event)).toEqual([
    "room_started",
    "participant_connection_aborted",
  ]);
});

test("a fault of the receiver is tried again, without changing the order", async () => {
  const { url, got, until } = await receiver([500, 503, 429]);
  const webhooks = open(url);
  webhooks.post("room_started", room("one"));
  webhooks.post("room_started", room("two"));
  await until(5);
  expect(got.map(nameOf)).toEqual(["one", "one", "one", "one", "two"]);
  await webhooks.close(1_000);
  expect(webhooks.counters).toEqual({ delivered: 2, failed: 0, dropped: 0 });
});

test("a refusal is final, and faults are not tried for ever", async () => {
  const { url, got, until } = await receiver([404, 500, 500, 200]);
  const webhooks = open(url, { maxAttempts: 2 });
  for (const name of ["refused", "failing", "fine"]) webhooks.post("room_started", room(name));
  await until(4);
  await webhooks.close(1_000);
  expect(got.map(nameOf)).toEqual(["refused", "failing", "failing", "fine"]);
  expect(webhooks.counters).toEqual({ delivered: 1, failed: 2, dropped: 0 });
});

test("what does not fit is dropped, the oldest first, and the next one says how many", async () => {
  const { url, got, until } = await receiver();
  const webhooks = open(url, { maxWaiting: 2 });
  for (const name of ["sent", "dropped", "dropped", "kept", "kept too"]) webhooks.post("room_started", room(name));
  await until(3);
  await webhooks.close(1_000);
  expect(got.map(nameOf)).toEqual(["sent", "kept", "kept too"]);
  const dropped = got.map(({ body }) => (JSON.parse(body) as { numDropped?: number }).numDropped ?? 0);
  expect(dropped).toEqual([0, 2, 0]);
  expect(webhooks.counters.dropped).toBe(2);
});

test("nobody listens: the queue gives up and the end does not wait", async () => {
  const webhooks = open("http://127.0.0.1:9/hook", { maxAttempts: 2 });
  webhooks.post("room_started", room("lost"));
  await webhooks.close(2_000);
  expect(webhooks.counters).toEqual({ delivered: 0, failed: 1, dropped: 0 });
  webhooks.post("room_started", room("late"));
  expect(webhooks.counters.dropped).toBe(0);
});
