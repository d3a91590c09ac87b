/** The embedded SFU as the server has it: started, reached by the main port, started again, stopped. Real processes. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { WebhookReceiver } from "livekit-server-sdk";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { readConfig } from "../config.ts";
import { createLogger } from "../lib/log.ts";
import { createMetrics } from "../lib/metrics.ts";
import { StartError } from "../lib/start-error.ts";
import { EmbeddedSfu } from "./embedded.ts";
import { openLiveKit } from "./livekit.ts";
import { prefixed } from "./sfu-metrics.ts";
import { openStand, ROOM, type RoomsStand } from "./testing.ts";

const closing: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function open(...settings: Parameters<typeof openStand>): Promise<RoomsStand> {
  const stand = await openStand(...settings);
  closing.push(() => stand.close());
  return stand;
}

/** Of the process that writes this line; undefined before it does. */
function pidOf({ lines }: RoomsStand, msg: string): number | undefined {
  const found = lines
    .map((line) => JSON.parse(line) as { msg: string; pid?: number })
    .findLast((one) => one.msg === msg);
  return found?.pid;
}

async function refusalOf(url: string): Promise<string> {
  const socket = new WebSocket(url);
  return new Promise((resolve) => {
    socket.once("open", () => resolve("open"));
    socket.once("error", (error) => resolve(error.message));
    socket.once("unexpected-response", (_request, response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => resolve(`${response.statusCode} ${body}`));
    });
  });
}

test("a token of the server's lets a client in by the main port, and what happens is told by signed webhooks", async () => {
  const { livekit, join, url, posted } = await open({
    LIVEKIT_API_KEY: "operator",
    LIVEKIT_API_SECRET: "a secret that an operator has chosen",
  });
  expect(livekit.clientUrl).toBe(url.replace("http", "ws"));
  expect(await livekit.health()).toBe("ok");
  expect(livekit.ports()).toEqual({ sfu: expect.any(Number) as number });
  const ada = await join("ada", { name: "Ada", metadata: "m", attributes: { seat: "1" }, grant: { hidden: false } });
  await ada.connect();
  const rooms = livekit.roomService();
  expect((await rooms.listRooms()).map(({ name, numParticipants }) => [name, numParticipants])).toEqual([[ROOM, 1]]);
  expect(await rooms.getParticipant(ROOM, "ada")).toMatchObject({
    name: "Ada",
    metadata: "m",
    attributes: { seat: "1" },
  });
  await rooms.removeParticipant(ROOM, "ada");
  expect(await ada.next("leave")).toMatchObject({ reason: 4 });
  while (posted.length < 3) await delay(5);
  const judge = new WebhookReceiver("operator", "a secret that an operator has chosen");
  const events = await Promise.all(posted.map(([body, authorization]) => judge.receive(body, authorization)));
  expect(events.map(({ event }) => event)).toEqual(["room_started", "participant_joined", "participant_left"]);
  const [body, authorization] = posted[0]!;
  expect(await livekit.readWebhook(body, authorization)).toMatchObject({ event: "room_started" });
  expect(await livekit.readWebhook(body.replace(ROOM, "other"), authorization)).toBeUndefined();
  expect(await livekit.readWebhook(body, undefined)).toBeUndefined();
});

test("who has no token of ours is refused in words by the main port", async () => {
  const { url, livekit } = await open();
  const forged = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJyb3N0cnVtIn0.c2lnbmF0dXJl";
  const validate = await fetch(`${url}/rtc/validate?access_token=${forged}`);
  expect([validate.status, validate.headers.get("access-control-allow-origin")]).toEqual([401, "*"]);
  expect(await validate.text()).toMatch(/token/);
  expect(await refusalOf(`${url.replace("http", "ws")}/rtc?access_token=${forged}`)).toMatch(/^401 .*token/);
  expect(await refusalOf(`${url.replace("http", "ws")}/rtc/elsewhere`)).toMatch(/^404 /);
  const call = await fetch(`${url}/twirp/livekit.RoomService/ListRooms`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${forged}` },
    body: "{}",
  });
  expect([call.status, await call.json()]).toMatchObject([401, { code: "unauthenticated" }]);
  const token = await livekit.createToken({ room: ROOM, identity: "ada", ttlSec: 60 });
  const welcome = await fetch(`${url}/rtc/v1/validate?access_token=${token}`);
  expect([welcome.status, await welcome.text()]).toEqual([200, "success"]);
  // What is not for the rooms goes where it went.
  expect((await fetch(`${url}/rtcp`)).status).toBe(404);
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
});

test("its metrics are the server's, under names of their own", async () => {
  const { livekit, metrics, join } = await open();
  await (await join("ada")).connect();
  const text = (await metrics.metrics()) + (await livekit.metrics());
  expect(text).toMatch(/^sfu_up 1$/m);
  expect(text).toMatch(/^sfu_starts_total 1$/m);
  expect(text).toMatch(/^sfu_participants 1$/m);
  expect(text).toMatch(/^sfu_process_cpu_seconds_total [\d.]+$/m);
  const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(new Set(types).size).toBe(types.length);
});

test("names are put under sfu_ once, values are left", () => {
  const text = '# HELP up Up\n# TYPE up gauge\nup{a="up 1"} 1\n\n# TYPE sfu_rooms gauge\nsfu_rooms 2\n';
  expect(prefixed(text)).toBe(
    '# HELP sfu_up Up\n# TYPE sfu_up gauge\nsfu_up{a="up 1"} 1\n\n# TYPE sfu_rooms gauge\nsfu_rooms 2\n',
  );
});

test("an SFU that is killed is started again on its UDP port; meanwhile people are asked to wait", async () => {
  const stand = await open();
  const { livekit, join, url } = stand;
  const ada = await join("ada");
  await ada.connect();
  const { sfu } = livekit.ports();
  const pid = pidOf(stand, "the rooms' SFU serves");
  process.kill(pid!, "SIGKILL");
  await ada.until(() => ada.closeCode !== undefined);
  while ((await livekit.health()) === "ok") await delay(1);
  const asked = await fetch(`${url}/rtc/validate`);
  expect([asked.status, asked.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await refusalOf(`${url.replace("http", "ws")}/rtc`)).toMatch(/^503 The rooms are not ready/);
  await expect(livekit.roomService().listRooms()).rejects.toThrow();
  expect(await livekit.metrics()).toBe("");
  while ((await livekit.health()) !== "ok") await delay(20);
  expect(livekit.ports()).toEqual({ sfu });
  await (await join("ada")).connect();
  expect(await stand.metrics.metrics()).toMatch(/^sfu_starts_total 2$/m);
  expect(pidOf(stand, "the rooms' SFU serves again")).not.toBe(pid);
});

test("when it is closed clients are told, and the process is gone", async () => {
  const stand = await open();
  const ada = await stand.join("ada");
  await ada.connect();
  const pid = pidOf(stand, "the rooms' SFU serves")!;
  await stand.livekit.close();
  expect(await ada.next("leave")).toMatchObject({ reason: 3 });
  expect(() => process.kill(pid, 0)).toThrow();
  expect(await stand.livekit.health()).toBe("down");
  await stand.livekit.close();
});

test("the SFU's log is part of the server's, and no line of it says that the server is ready", async () => {
  const { lines } = await open();
  while (!lines.some((line) => line.includes('"msg":"SFU: ready"'))) await delay(5);
  expect(lines.some((line) => line.includes('"msg":"ready"'))).toBe(false);
});

test("a UDP port that is taken is told by its number and what changes it", async () => {
  const taken = createSocket("udp4");
  taken.bind(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address();
  try {
    const started = openStand({ RTC_UDP_PORT: port - 1 });
    await expect(started).rejects.toThrow(StartError);
    await expect(started).rejects.toThrow(new RegExp(`${port}.*RTC_UDP_PORT`));
  } finally {
    taken.close();
  }
});

test("one that is closed before it serves ends as well", async () => {
  const config = { HOST: "127.0.0.1", RTC_UDP_PORT: 0, RTC_PUBLIC_IP: undefined, TURN_URLS: undefined } as const;
  const sfu = new EmbeddedSfu({
    config: { ...config, LOG_LEVEL: "silent" },
    api: { key: "k", secret: "s".repeat(32) },
    webhookUrl: "http://127.0.0.1:1/",
    log: createLogger("silent", false),
    metrics: createMetrics(),
  });
  const ready = expect(sfu.ready).rejects.toThrow(StartError);
  await delay(0);
  await sfu.close();
  await ready;
  expect(sfu.isUp).toBe(false);
});

test("with LIVEKIT_URL nothing is started here", async () => {
  const config = readConfig(
    { LIVEKIT_URL: "wss://livekit.example.org/", LIVEKIT_API_KEY: "key", LIVEKIT_API_SECRET: "s".repeat(32) },
    { dev: false },
  );
  const shared = { log: createLogger("silent", false), metrics: createMetrics(), publicUrl: "http://x", httpPort: 1 };
  const secrets = { lookupHash: () => "unused" };
  const livekit = openLiveKit({ config, secrets, ...shared })!;
  await livekit.ready;
  expect([livekit.clientUrl, livekit.ports(), livekit.door]).toEqual(["wss://livekit.example.org", {}, undefined]);
  const token = await livekit.createToken({ room: ROOM, identity: "ada", ttlSec: 60, grant: { canPublish: false } });
  const claims = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as object;
  expect(claims).toMatchObject({
    iss: "key",
    sub: "ada",
    video: { room: ROOM, roomJoin: true, canPublish: false },
  });
  await livekit.close();
});

test("a process that has some roles only has no rooms without LIVEKIT_URL", () => {
  const meeting = { DATABASE_URL: "postgres://h/db", REDIS_URL: "redis://h", BLOBS_URL: "file:///blobs" };
  const config = readConfig({ ROLES: "api,web", ...meeting }, { dev: false });
  const shared = { log: createLogger("silent", false), metrics: createMetrics(), publicUrl: "http://x", httpPort: 1 };
  expect(openLiveKit({ config, secrets: { lookupHash: () => "" }, ...shared })).toBeNull();
});
