/** Access tokens: signed statements "this account, this session, this epoch" that live for 15 minutes. RFC 7519, RFC 8037, RFC 9068. */
import { createPrivateKey, createPublicKey } from "node:crypto";
import { SignJWT, errors, jwtVerify } from "jose";

/** How long an access token is good for. */
export const ACCESS_TTL_SEC = 15 * 60;

const ISSUER = "rostrum";
const AUDIENCE = "rostrum";
/** Keeps tokens of other purposes, signed with the same key, from being taken for access tokens (RFC 9068 §2.1). */
const TYPE = "at+jwt";

/** `sessionId` names one log-in on one device; `epoch` is the account's `session_epoch` at the time of signing. */
export type AccessClaims = Readonly<{ accountId: string; sessionId: string; epoch: number }>;

export interface AccessTokens {
  sign(claims: AccessClaims): Promise<{ token: string; expiresAt: Date }>;
  /** Null when the token is expired, forged, or no access token. Says nothing about whether the session still stands. */
  verify(token: string): Promise<AccessClaims | null>;
}

/** @param signingKeyPem Ed25519 private key, PKCS#8 */
export function createAccessTokens(signingKeyPem: string, now: () => number): AccessTokens {
  const privateKey = createPrivateKey(signingKeyPem);
  const publicKey = createPublicKey(privateKey);
  return {
    async sign({ accountId, sessionId, epoch }) {
      const issuedAtSec = Math.floor(now() / 1000);
      const token = await new SignJWT({ sid: sessionId, ver: epoch })
        .setProtectedHeader({ alg: "EdDSA", typ: TYPE })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(accountId)
        .setIssuedAt(issuedAtSec)
        .setExpirationTime(issuedAtSec + ACCESS_TTL_SEC)
        .sign(privateKey);
      return { token, expiresAt: new Date((issuedAtSec + ACCESS_TTL_SEC) * 1000) };
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, publicKey, {
          algorithms: ["EdDSA"],
          issuer: ISSUER,
          audience: AUDIENCE,
          typ: TYPE,
          currentDate: new Date(now()),
          requiredClaims: ["exp", "sub"],
        });
        const { sub, sid, ver } = payload;
        if (typeof sub !== "string" || typeof sid !== "string" || typeof ver !== "number") return null;
        return { accountId: sub, sessionId: sid, epoch: ver };
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
  };
}
