import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { SignJWT, UnsecuredJWT } from "jose";
import { expect, test } from "vitest";
import { createAccessTokens } from "./access-token.ts";

const pem = (): string => generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const key = pem();
const clock = { nowMs: Date.parse("2026-11-20T21:45:00.500Z") };
const tokens = createAccessTokens(key, () => clock.nowMs);
const claims = { accountId: "a", sessionId: "s", epoch: 3 };
const payload = { sub: "a", sid: "s", ver: 3, iss: "rostrum", aud: "rostrum", exp: 4_000_000_000 };

/** Signed with our key, but not quite what we sign. */
const forged = (change: Record<string, unknown>, typ = "at+jwt"): Promise<string> =>
  new SignJWT({ ...payload, ...change }).setProtectedHeader({ alg: "EdDSA", typ }).sign(createPrivateKey(key));

test("a token of another installation is refused", async () => {
  const { token } = await createAccessTokens(pem(), () => clock.nowMs).sign(claims);
  expect(await tokens.verify(token)).toBeNull();
});

test.each([
  ["of another purpose", () => forged({}, "JWT")],
  ["of another issuer", () => forged({ iss: "other" })],
  ["for another audience", () => forged({ aud: "other" })],
  ["without an end", () => forged({ exp: undefined })],
  ["without a session", () => forged({ sid: undefined })],
  ["with an epoch that is no number", () => forged({ ver: "3" })],
  ["without a signature", async () => new UnsecuredJWT(payload).encode()],
  [
    "signed with the public half as a shared secret",
    async () => new SignJWT(payload).setProtectedHeader({ alg: "HS256", typ: "at+jwt" }).sign(Buffer.from(key)),
  ],
  ["that is none", async () => "rubbish"],
  ["that is empty", async () => ""],
])("a token %s is refused", async (_, make) => {
  expect(await tokens.verify(await make())).toBeNull();
});

test("a changed token is refused", async () => {
  const { token } = await tokens.sign(claims);
  const [head, , signature] = token.split(".");
  const body = Buffer.from(JSON.stringify({ ...payload, sub: "b" })).toString("base64url");
  expect(await tokens.verify(`${head}.${body}.${signature}`)).toBeNull();
});

test("a token says who, until a quarter of an hour is over", async () => {
  const { token, expiresAt } = await tokens.sign(claims);
  expect(expiresAt.toISOString()).toBe("2026-11-20T22:00:00.000Z");
  expect(await tokens.verify(token)).toEqual(claims);
  clock.nowMs = expiresAt.getTime();
  expect(await tokens.verify(token)).toBeNull();
});
