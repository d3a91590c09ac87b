/** LiveKit's webhooks over HTTP: who may send them, and what they become. */
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { AccessToken } from "livekit-server-sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestApp, type TestApp } from "../../http/testing.ts";
import { createAccess } from "../../livekit/access.ts";
import { type LiveKit, WEBHOOK_PATH } from "../../livekit/livekit.ts";
import type { RoomEvent } from "../../ports/bus-events.ts";
import { guestRoutes } from "./routes.ts";

const KEY = "webhook-key";
const SECRET = "thirty-two characters and more of it";
// Where the embedded SFU posts to is where the route is.
const PATH = WEBHOOK_PATH;

let it: TestApp;
const got: RoomEvent[] = [];
const stop = new AbortController();

beforeAll(async () => {
  const { createToken, readWebhook } = createAccess({ key: KEY, secret: SECRET });
  const livekit = { createToken, readWebhook } as LiveKit;
  it = await openTestApp({ livekit, plugins: (ctx) => [(app) => guestRoutes(app, ctx)] });
  const events = it.ctx.bus.subscribe<RoomEvent>("rooms", { signal: stop.signal });
  void (async () => {
    for await (const { data } of events) got.push(data);
  })();
});
afterAll(async () => {
  stop.abort();
  await it.close();
});

/** As LiveKit signs: a token whose claim is the digest of the body. */
async function signatureOf(body: string, secret = SECRET): Promise<string> {
  const token = new AccessToken(KEY, secret, { ttl: 60 });
  token.sha256 = createHash("sha256").update(body).digest("base64");
  return token.toJwt();
}

const post = (body: string, authorization?: string) =>
  it.app.inject({
    method: "POST",
    url: PATH,
    headers: {
      "content-type": "application/webhook+json",
      ...(authorization === undefined ? {} : { authorization }),
    },
    payload: body,
  });

const JOINED = JSON.stringify({
  event: "participant_joined",
  id: "EV_1",
  createdAt: "1790000000",
  room: { sid: "RM_1", name: "stage" },
  participant: { sid: "PA_1", identity: "ada", name: "Ada" },
});

test("what is not signed with our key, or was signed for another body, is refused", async () => {
  expect((await post(JOINED)).statusCode).toBe(401);
  expect((await post(JOINED, await signatureOf(JOINED, "another secret of thirty-two letters"))).statusCode).toBe(401);
  expect((await post(JOINED.replace("ada", "eve"), await signatureOf(JOINED))).statusCode).toBe(401);
  expect((await post("", await signatureOf(""))).statusCode).toBe(401);
  expect((await post("x".repeat(300_000), "Bearer x")).statusCode).toBe(413);
  expect(got).toEqual([]);
});

test("what is signed comes out on the bus, from any origin", async () => {
  const track = { sid: "TR_1", source: "MICROPHONE", muted: true };
  const published = JSON.stringify({ ...(JSON.parse(JOINED) as object), event: "track_published", id: "EV_2", track });
  expect((await post(JOINED, await signatureOf(JOINED))).json()).toEqual({ received: true });
  expect((await post(published, await signatureOf(published))).statusCode).toBe(200);
  while (got.length < 2) await delay(5);
  const who = { room: "stage", roomSid: "RM_1", participant: { identity: "ada", sid: "PA_1", name: "Ada" } };
  const at = "2026-09-21T14:13:20.000Z";
  expect(got).toEqual([
    { id: "EV_1", at, event: "participant_joined", ...who, track: null },
    { id: "EV_2", at, event: "track_published", ...who, track: { sid: "TR_1", source: "microphone", muted: true } },
  ]);
});

test("events of services that we do not use are taken and left", async () => {
  const egress = JSON.stringify({ event: "egress_started", id: "EV_3", createdAt: "1790000000" });
  expect((await post(egress, await signatureOf(egress))).statusCode).toBe(200);
  expect(got.length).toBe(2);
});
