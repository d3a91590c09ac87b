/** Web Push: the example of RFC 8291, and a whole way to a push service on this machine. */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createOutbound } from "../lib/outbound.ts";
import { parseOutboundAllow } from "../lib/outbound-allow.ts";
import { areGoodPushKeys, encryptPush, MAX_PUSH_BYTES, vapidKeysOf } from "../lib/push-encryption.ts";
import { openSecrets } from "../lib/secrets.ts";
import { createWebPush } from "./push-web.ts";
import { openPushService, type PushService } from "./push-web.suite.ts";

const dir = mkdtempSync(path.join(os.tmpdir(), "rostrum-push-"));
const { signal } = new AbortController();
let service: PushService;
beforeAll(async () => {
  service = await openPushService();
});
afterAll(() => {
  service.close();
  rmSync(dir, { recursive: true, force: true });
});

function push(allowed: string) {
  const allow = parseOutboundAllow(allowed);
  if (typeof allow === "string") throw new Error(allow);
  return createWebPush(createOutbound(allow), vapidKeysOf(openSecrets(dir)), "mailto:operator@example.org");
}

const LOCAL = "127.0.0.1, port:1024-65535";
const MESSAGE = { payload: '{"title":"Grüße"}', ttlSec: 60, topic: "show" };

test("the example of RFC 8291 §5 comes out to the byte", () => {
  const keys = {
    p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    auth: "BTBZMqHH6r4Tts7J_aSIgg",
  };
  const privateKey = Buffer.from("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", "base64url");
  const salt = Buffer.from("DGv6ra1nlYgDCS1FRnbzlw", "base64url");
  const plain = Buffer.from("When I grow up, I want to be a watermelon");
  expect(encryptPush(plain, keys, { privateKey, salt }).toString("base64url")).toBe(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
  );
});

test("a browser reads what was sent to it, and the service knows who sent it", async () => {
  const target = service.subscribe("/one");
  const web = push(LOCAL);
  expect(web.accepts(target)).toBe(true);
  expect(await web.send(target, MESSAGE, signal)).toBe("sent");
  expect(service.got.at(-1)).toMatchObject({
    path: "/one",
    text: MESSAGE.payload,
    claims: { aud: service.origin, sub: "mailto:operator@example.org" },
    headers: { ttl: "60", topic: "show", urgency: "high" },
  });
});

test.each([
  [404, "gone"],
  [410, "gone"],
  [429, "later"],
  [500, "later"],
  [503, "later"],
  [400, "refused"],
  [403, "refused"],
  [413, "refused"],
  [307, "refused"],
])("an answer of %d means %s", async (status, outcome) => {
  const target = service.subscribe(`/status/${status}`);
  service.answers.set(`/status/${status}`, status);
  expect(await push(LOCAL).send(target, MESSAGE, signal)).toBe(outcome);
});

test("what is encrypted for another browser cannot be read", async () => {
  const target = service.subscribe("/two");
  const { p256dh, auth } = service.subscribe("/three");
  expect(await push(LOCAL).send({ ...target, p256dh, auth }, MESSAGE, signal)).toBe("refused");
});

test("a browser cannot send us to a private address", async () => {
  const target = service.subscribe("/four");
  const web = push("");
  expect(web.accepts(target)).toBe(false);
  expect(await web.send(target, MESSAGE, signal)).toBe("refused");
  expect(service.got.some((one) => one.path === "/four")).toBe(false);
});

test("keys that are none are told from good ones", () => {
  const { p256dh, auth } = service.subscribe("/five");
  const offCurve = Buffer.concat([Uint8Array.of(4), Buffer.alloc(64, 7)]).toString("base64url");
  const bad = [
    { p256dh: offCurve, auth },
    { p256dh: p256dh.slice(4), auth },
    { p256dh: "", auth },
    { p256dh, auth: "abc" },
  ];
  expect([areGoodPushKeys({ p256dh, auth }), ...bad.map(areGoodPushKeys)]).toEqual([true, false, false, false, false]);
  expect(() => encryptPush(Buffer.alloc(MAX_PUSH_BYTES + 1), { p256dh, auth })).toThrow(RangeError);
});

test("every process with the same secrets has the same keys, and others have others", () => {
  const { publicKey } = vapidKeysOf(openSecrets(dir));
  expect(Buffer.from(publicKey, "base64url")).toHaveLength(65);
  expect(vapidKeysOf(openSecrets(dir)).publicKey).toBe(publicKey);
  const others = mkdtempSync(path.join(dir, "others-"));
  expect(vapidKeysOf(openSecrets(others)).publicKey).not.toBe(publicKey);
});

test("a secret that is no number on the curve gives way to the next one", () => {
  const hashes = ["f".repeat(64), "0".repeat(64), "1".repeat(64)];
  const { publicKey } = vapidKeysOf({ lookupHash: (_, n) => hashes[Number(n)] ?? "" });
  expect(publicKey).toBe(vapidKeysOf({ lookupHash: () => "1".repeat(64) }).publicKey);
});
