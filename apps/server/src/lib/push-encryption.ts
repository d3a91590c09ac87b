/** Web Push messages: encrypted for one browser (RFC 8291 over RFC 8188), sent in the name of this installation (RFC 8292). */
import { createCipheriv, createECDH, createPrivateKey, hkdfSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type { Secrets } from "./secrets.ts";

/** What a browser gives: its public key (65 bytes) and its secret (16 bytes), base64url. */
export type PushKeys = Readonly<{ p256dh: string; auth: string }>;

/** `publicKey` is what pages subscribe with: the uncompressed point, base64url. */
export type VapidKeys = Readonly<{ publicKey: string; privateKey: KeyObject }>;

/** What every push service takes: one record of RFC 8188 with its header is at most 4,096 bytes. */
export const MAX_PUSH_BYTES = 3_000;

const CURVE = "prime256v1";
const POINT_BYTES = 65;
const SALT_BYTES = 16;
const AUTH_BYTES = 16;
const RECORD_BYTES = 4096;
/** RFC 8292 §2: at most a day. */
const TOKEN_SEC = 12 * 3600;
const MAX_TRIES = 8;

/** False when a message cannot be encrypted for them. */
export function areGoodPushKeys({ p256dh, auth }: PushKeys): boolean {
  const point = Buffer.from(p256dh, "base64url");
  if (point.length !== POINT_BYTES || Buffer.from(auth, "base64url").length !== AUTH_BYTES) return false;
  try {
    const own = createECDH(CURVE);
    own.generateKeys();
    own.computeSecret(point); // throws for what is not on the curve
    return true;
  } catch {
    return false;
  }
}

/**
 * The body of a message, with content encoding `aes128gcm`.
 * @param own key and salt must be new for every message; given only to compare with the example of the RFC
 * @throws {RangeError} more than `MAX_PUSH_BYTES`
 */
export function encryptPush(
  plain: Uint8Array,
  { p256dh, auth }: PushKeys,
  own: Readonly<{ privateKey?: Uint8Array; salt?: Uint8Array }> = {},
): Buffer {
  if (plain.length > MAX_PUSH_BYTES) throw new RangeError(`${plain.length} bytes are too many for a push message`);
  const receiver = Buffer.from(p256dh, "base64url");
  const sender = createECDH(CURVE);
  if (own.privateKey === undefined) sender.generateKeys();
  else sender.setPrivateKey(own.privateKey);
  const salt = own.salt ?? randomBytes(SALT_BYTES);
  const { key, nonce } = pushSecrets({
    ...{ receiver, sender: sender.getPublicKey(), salt },
    ...{ shared: sender.computeSecret(receiver), auth: Buffer.from(auth, "base64url") },
  });
  const cipher = createCipheriv("aes-128-gcm", key, nonce);
  // The delimiter 2 marks the last record; there is only one.
  const sealed = Buffer.concat([
    cipher.update(plain),
    cipher.update(Uint8Array.of(2)),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  const sizes = Buffer.alloc(5);
  sizes.writeUInt32BE(RECORD_BYTES, 0);
  sizes.writeUInt8(POINT_BYTES, 4);
  return Buffer.concat([salt, sizes, sender.getPublicKey(), sealed]);
}

/** Content key and nonce, which both ends derive. RFC 8291 §3.4. */
export function pushSecrets(from: {
  receiver: Uint8Array;
  sender: Uint8Array;
  shared: Uint8Array;
  auth: Uint8Array;
  salt: Uint8Array;
}): { key: Uint8Array; nonce: Uint8Array } {
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), from.receiver, from.sender]);
  const ikm = new Uint8Array(hkdfSync("sha256", from.shared, from.auth, info, 32));
  const derive = (what: string, bytes: number) =>
    new Uint8Array(hkdfSync("sha256", ikm, from.salt, Buffer.from(`Content-Encoding: ${what}\0`), bytes));
  return { key: derive("aes128gcm", 16), nonce: derive("nonce", 12) };
}

/** The header `authorization` for a push service. @param subject who runs this installation: `https:` or `mailto:` */
export function vapidAuthorization(keys: VapidKeys, endpoint: string, subject: string, nowMs: number): string {
  const claims = { aud: new URL(endpoint).origin, exp: Math.floor(nowMs / 1000) + TOKEN_SEC, sub: subject };
  const words = [{ typ: "JWT", alg: "ES256" }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  const signed = words.join(".");
  const signature = sign("sha256", Buffer.from(signed), { key: keys.privateKey, dsaEncoding: "ieee-p1363" });
  return `vapid t=${signed}.${signature.toString("base64url")}, k=${keys.publicKey}`;
}

/** The keys of this installation, made of its secrets: the same in every process that has them. Browsers subscribe with them for years. */
export function vapidKeysOf(secrets: Pick<Secrets, "lookupHash">): VapidKeys {
  const pair = createECDH(CURVE);
  for (let n = 0; ; n += 1) {
    const scalar = Buffer.from(secrets.lookupHash("vapid", String(n)), "hex");
    try {
      pair.setPrivateKey(scalar);
    } catch (cause) {
      // One of four thousand million numbers is not below the order of the curve.
      if (n < MAX_TRIES) continue;
      throw cause;
    }
    const point = pair.getPublicKey();
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString("base64url"));
    const jwk = { kty: "EC", crv: "P-256", d: scalar.toString("base64url"), x: x ?? "", y: y ?? "" };
    return { privateKey: createPrivateKey({ key: jwk, format: "jwk" }), publicKey: point.toString("base64url") };
  }
}
