/** Ids that a client makes itself. */

const BYTES = 12;

/** 24 hexadecimal digits of chance. Also where a page is served without TLS, which has no `crypto.randomUUID`. */
export function randomId(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
