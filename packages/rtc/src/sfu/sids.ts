/** Session ids as LiveKit's SDKs expect them: a prefix that says what it is, and twelve characters out of 62. */
import { randomInt } from "node:crypto";

/** Room, participant, track, webhook event, node. */
export type SidPrefix = "RM" | "PA" | "TR" | "EV" | "ND";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CHARACTERS = 12;

/** A new id, e.g. `PA_4kR0bQm2Xz81`; 71 random bits, so it cannot be guessed from another one. */
export function createSid(prefix: SidPrefix): string {
  let sid = `${prefix}_`;
  for (let index = 0; index < CHARACTERS; index++) sid += ALPHABET.charAt(randomInt(ALPHABET.length));
  return sid;
}
