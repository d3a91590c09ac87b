import { ParticipantInfo_Kind as Kind, RoomConfiguration, TrackSource } from "@livekit/protocol";
import { SignJWT } from "jose";
import { AccessToken, WebhookReceiver, TrackSource as SdkSource } from "livekit-server-sdk";
import { expect, test } from "vitest";
import { kindName, mayPublish, permissionOf, readGrants, videoClaim, type Grants } from "./grants.ts";
import { createTokens } from "./tokens.ts";

const KEY = "devkey";
const SECRET = "a secret of thirty-two characters";
const tokens = createTokens(new Map([[KEY, SECRET]]));

/** Signed with what is given instead of what is right. */
function signed(claims: Record<string, unknown>, { secret = SECRET, alg = "HS256", iss = KEY } = {}): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).setIssuer(iss).sign(new TextEncoder().encode(secret));
}

const inSec = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

async function grantsOf(token: string): Promise<Grants> {
  const verified = await tokens.verify(token);
  if (!verified.ok) throw new Error(verified.reason);
  return verified.grants;
}

test.each([
  ["nothing", () => Promise.resolve(""), /No access token/],
  ["no token", () => Promise.resolve("x.y"), /not a JSON Web Token/],
  ["another secret", () => signed({ exp: inSec(60) }, { secret: SECRET.toUpperCase() }), /signature is wrong/],
  ["an unknown key", () => signed({ exp: inSec(60) }, { iss: "other" }), /does not know/],
  ["another algorithm", () => signed({ exp: inSec(60) }, { alg: "HS512", secret: SECRET + SECRET }), /HS256/],
  ["no end", () => signed({}), /`exp`/],
  ["an end that has passed", () => signed({ exp: inSec(-60) }), /expired/],
  ["a beginning that has not come", () => signed({ exp: inSec(600), nbf: inSec(60) }), /does not count yet/],
  ["too many characters", () => signed({ exp: inSec(60), metadata: "m".repeat(64 * 1024) }), /possible/],
  [
    "a source that does not exist",
    () => signed({ exp: inSec(60), video: { canPublishSources: ["nose"] } }),
    /canPublishSources/,
  ],
  ["attributes that are no texts", () => signed({ exp: inSec(60), attributes: { a: 1 } }), /attributes/],
  ["a grant that is no object", () => signed({ exp: inSec(60), video: "all" }), /`video`/],
  [
    "a room's settings that are none",
    () => signed({ exp: inSec(60), roomConfig: { maxParticipants: "many" } }),
    /RoomConfiguration/,
  ],
])("a token with %s is refused", async (_, make, reason) => {
  expect(await tokens.verify(await make())).toEqual({ ok: false, reason: expect.stringMatching(reason) as string });
});

test("a token without a signature is refused", async () => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = `${part({ alg: "none" })}.${part({ iss: KEY, exp: inSec(60), video: { roomJoin: true, room: "r" } })}.`;
  expect((await tokens.verify(token)).ok).toBe(false);
});

test("a token of livekit-server-sdk is read whole", async () => {
  const token = new AccessToken(KEY, SECRET, {
    identity: "ada",
    name: "Ada",
    metadata: "{}",
    attributes: { role: "host" },
    ttl: 60,
  });
  token.addGrant({
    roomJoin: true,
    room: "show",
    canPublishSources: [SdkSource.MICROPHONE],
    canSubscribe: false,
    hidden: true,
  });
  token.kind = "agent";
  token.roomConfig = new RoomConfiguration({ maxParticipants: 3, emptyTimeout: 9 }) as never;
  const grants = await grantsOf(await token.toJwt());
  expect(grants).toMatchObject({
    identity: "ada",
    name: "Ada",
    metadata: "{}",
    attributes: { role: "host" },
    kind: Kind.AGENT,
  });
  expect(grants.video).toMatchObject({
    roomJoin: true,
    room: "show",
    canPublish: undefined,
    canSubscribe: false,
    hidden: true,
  });
  expect(grants.roomConfig).toMatchObject({ maxParticipants: 3, emptyTimeout: 9 });
  expect(grants.notBeforeSec).toBeGreaterThan(inSec(-60));
});

test("what a token leaves out: publish, subscribe and data yes, own metadata no", async () => {
  const permission = permissionOf(
    await grantsOf(await signed({ exp: inSec(60), video: { roomJoin: true, room: "r" } })),
  );
  expect(permission).toMatchObject({
    canPublish: true,
    canSubscribe: true,
    canPublishData: true,
    canUpdateMetadata: false,
  });
});

test("data may be published as media may, unless the token says otherwise", async () => {
  const of = async (video: Record<string, unknown>) =>
    permissionOf(await grantsOf(await signed({ exp: inSec(60), video })));
  expect((await of({ canPublish: false })).canPublishData).toBe(false);
  expect((await of({ canPublish: false, canPublishData: true })).canPublishData).toBe(true);
});

test.each([
  [{ canPublish: true }, TrackSource.CAMERA, true],
  [{ canPublish: false }, TrackSource.CAMERA, false],
  [{ canPublishSources: ["microphone"] }, TrackSource.MICROPHONE, true],
  [{ canPublishSources: ["microphone"] }, TrackSource.CAMERA, false],
  [{ canPublishSources: ["microphone"] }, TrackSource.UNKNOWN, false],
  [{ canPublish: false, canPublishSources: ["microphone"] }, TrackSource.MICROPHONE, false],
])("%j lets source %i: %s", (video, source, allowed) => {
  const grants = readGrants({ video });
  if (typeof grants === "string") throw new Error(grants);
  expect(mayPublish(permissionOf(grants), source)).toBe(allowed);
});

test("a refreshed token gives again what the participant has", async () => {
  const before = permissionOf(
    await grantsOf(
      await signed({ exp: inSec(60), video: { canPublishSources: ["camera"], hidden: true, recorder: true } }),
    ),
  );
  const token = await tokens.sign(
    { name: "Ada", kind: kindName(Kind.EGRESS), video: videoClaim("show", before) },
    "ada",
    60,
  );
  const grants = await grantsOf(token);
  expect(permissionOf(grants).equals(before)).toBe(true);
  expect(grants).toMatchObject({ identity: "ada", name: "Ada", kind: Kind.EGRESS });
  expect(grants.video).toMatchObject({ room: "show", roomJoin: true });
});

test("a signed body is taken by WebhookReceiver, a changed one is not", async () => {
  const receiver = new WebhookReceiver(KEY, SECRET);
  const body = '{"event":"room_started"}';
  const header = await tokens.signBody(body);
  expect((await receiver.receive(body, header)).event).toBe("room_started");
  await expect(receiver.receive(body.replace("started", "finished"), header)).rejects.toThrow("sha256");
});

test("secrets that are too short, or missing, are refused at start", () => {
  expect(() => createTokens(new Map([["k", "short"]]))).toThrow(/at least 32/);
  expect(() => createTokens(new Map())).toThrow(/no API key/);
});
