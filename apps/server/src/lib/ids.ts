/** Identifiers and secrets. */
import { createHash, randomBytes } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

function base32(bytes: Uint8Array): string {
  let bits = 0;
  let value = 0;
  let text = "";
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(value >> bits) & 31];
    }
  }
  return text;
}

/** A new row id: 20 characters of lower-case Crockford base 32; 50 bits of milliseconds, then 50 random bits. Sorts by creation. */
export function newId(atMs: number = Date.now()): string {
  let time = "";
  for (let rest = atMs, i = 0; i < 10; i += 1) {
    time = (ALPHABET[rest % 32] ?? "0") + time;
    rest = Math.floor(rest / 32);
  }
  return time + base32(randomBytes(7)).slice(0, 10);
}

/** A secret of `bytes` random bytes in base 32 (no ambiguous letters, safe in URLs and RTMP names). */
export function newSecret(bytes = 20): string {
  return base32(randomBytes(bytes));
}

/** SHA-256 as hex: how tokens that are random already are stored. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
