/** Access tokens: JSON Web Tokens signed with HMAC-SHA-256 (RFC 7519), as LiveKit's server SDKs make them. */
import { createHash } from "node:crypto";
import { decodeJwt, errors, jwtVerify, SignJWT } from "jose";
import { type Grants, readGrants } from "./grants.ts";

/** A token that counts, or a sentence that says why it does not. */
export type Verified = Readonly<{ ok: true; grants: Grants }> | Readonly<{ ok: false; reason: string }>;

export type Tokens = Readonly<{
  /** Checks issuer, signature, algorithm, `exp` and `nbf`. Never throws. */
  verify(token: string): Promise<Verified>;
  /** Signs claims with the first key. `subject` is the identity; `lifetimeSec` counts from now. */
  sign(claims: Readonly<Record<string, unknown>>, subject: string, lifetimeSec: number): Promise<string>;
  /** The Authorization header of a webhook: a token with the body's digest, as WebhookReceiver checks it. */
  signBody(body: string): Promise<string>;
}>;

/** Clocks of browsers' servers and ours differ by as much. */
const CLOCK_TOLERANCE_SEC = 10;
/** Metadata and attributes are part of a token: they may be long, but a URL carries it. */
export const MAX_TOKEN_CHARS = 64 * 1024;
const WEBHOOK_LIFETIME_SEC = 5 * 60;

/**
 * @param keys API key to secret; the first is used to sign
 * @throws {RangeError} no key, or a secret shorter than 32 characters
 */
export function createTokens(keys: ReadonlyMap<string, string>): Tokens {
  const secrets = new Map([...keys].map(([key, secret]) => [key, encodeSecret(key, secret)]));
  const [first] = secrets;
  if (first === undefined) throw new RangeError("no API key was given, at least one is needed to sign and to verify");
  const [issuer, signingSecret] = first;
  const sign = (claims: Readonly<Record<string, unknown>>, subject: string, lifetimeSec: number): Promise<string> => {
    const nowSec = Math.floor(Date.now() / 1000);
    const jwt = new SignJWT({ ...claims })
      .setProtectedHeader({ alg: "HS256" })
      .setIssuer(issuer)
      .setNotBefore(nowSec)
      .setExpirationTime(nowSec + lifetimeSec);
    return (subject === "" ? jwt : jwt.setSubject(subject)).sign(signingSecret);
  };
  return {
    verify: (token) => verify(token, secrets),
    sign,
    signBody: (body) => sign({ sha256: createHash("sha256").update(body).digest("base64") }, "", WEBHOOK_LIFETIME_SEC),
  };
}

async function verify(token: string, secrets: ReadonlyMap<string, Uint8Array>): Promise<Verified> {
  if (token === "") return refuse("No access token was given: send it as `access_token` or as a bearer token.");
  if (token.length > MAX_TOKEN_CHARS)
    return refuse(`The access token has ${token.length} characters, ${MAX_TOKEN_CHARS} are possible.`);
  try {
    const secret = secrets.get(decodeJwt(token).iss ?? "");
    if (secret === undefined)
      return refuse("The access token was issued with an API key that this server does not know.");
    // Without the list of algorithms a token could choose one; without `exp` it would count forever.
    const { payload } = await jwtVerify(token, secret, {
      algorithms: ["HS256"],
      clockTolerance: CLOCK_TOLERANCE_SEC,
      requiredClaims: ["exp"],
    });
    const grants = readGrants(payload);
    return typeof grants === "string" ? refuse(grants) : { ok: true, grants };
  } catch (error) {
    return refuse(whyRefused(error));
  }
}

function whyRefused(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "The access token has expired.";
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.claim === "nbf"
      ? "The access token does not count yet."
      : `The access token's \`${error.claim}\` is missing or wrong.`;
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return "The access token's signature is wrong: it was signed with another secret.";
  return "The access token is not a JSON Web Token signed with HS256.";
}

const refuse = (reason: string): Verified => ({ ok: false, reason });

function encodeSecret(key: string, secret: string): Uint8Array {
  // RFC 7518 §3.2: a key of at least the digest's size.
  if (secret.length < 32)
    throw new RangeError(`the secret of API key "${key}" has ${secret.length} characters, at least 32 are needed`);
  return new TextEncoder().encode(secret);
}
