/** Whether a request may be answered: the broadcast's policy and the playback token in the URL. */
import type { Clock } from "../../../lib/clock.ts";
import type { MediaDoors } from "../../plane.ts";

export type Access =
  | Readonly<{ ok: true; isPrivate: boolean }>
  | Readonly<{ ok: false; status: 403 | 404; code: "forbidden" | "invalid_token" | "not_found"; message: string }>;

/** A token is checked again after this time: it may have expired. */
const KEEP_MS = 20_000;
/** A wrong token stays wrong, but costs little to check. */
const KEEP_WRONG_MS = 2_000;
/** So old may be what was found out, while it cannot be found out anew. */
const KEEP_BLIND_MS = 60_000;
const MAX_KEPT = 20_000;
const MAX_TOKEN_CHARS = 2_048;

const NOT_FOUND: Access = { ok: false, status: 404, code: "not_found", message: "There is no such broadcast." };
const NO_TOKEN: Access = {
  ok: false,
  status: 403,
  code: "forbidden",
  message: "This broadcast needs a playback token.",
};
const WRONG_TOKEN: Access = {
  ok: false,
  status: 403,
  code: "invalid_token",
  message: "The playback token is wrong or has expired.",
};

/** Whether a token is good: since when that is known, and until when nobody asks again. In monotonic time. */
type Known = { valid: Promise<boolean>; sinceMs: number; untilMs: number };

export class AccessCheck {
  readonly #policy: MediaDoors["playbackPolicy"];
  readonly #verify: MediaDoors["verifyPlaybackToken"];
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(doors: Pick<MediaDoors, "playbackPolicy" | "verifyPlaybackToken">, clock: Clock) {
    this.#policy = doors.playbackPolicy;
    this.#verify = doors.verifyPlaybackToken;
    this.#clock = clock;
  }

  /** Rejects as the doors do, unless the answer to the same question is hardly old. */
  async check(broadcastId: string, token: string | undefined): Promise<Access> {
    const policy = await this.#policy(broadcastId);
    if (policy === null) return NOT_FOUND;
    if (!policy.needsToken) return { ok: true, isPrivate: false };
    if (token === undefined || token === "") return NO_TOKEN;
    if (token.length > MAX_TOKEN_CHARS || !(await this.#isValid(token, broadcastId, policy.tokensFor ?? "")))
      return WRONG_TOKEN;
    return { ok: true, isPrivate: true };
  }

  async #isValid(token: string, broadcastId: string, tokensFor: string): Promise<boolean> {
    const key = `${broadcastId} ${tokensFor} ${token}`;
    const known = this.#known.get(key);
    const nowMs = this.#clock.monotonicMs();
    if (known !== undefined && known.untilMs > nowMs) return known.valid;
    if (this.#known.size >= MAX_KEPT) this.#known.clear();
    const entry: Known = { valid: this.#verify(token, broadcastId), sinceMs: nowMs, untilMs: nowMs + KEEP_MS };
    if (known !== undefined && known.sinceMs + KEEP_BLIND_MS > nowMs) {
      entry.valid = entry.valid.catch(() => {
        // Whoever was let in a moment ago goes on watching while the database is away.
        entry.sinceMs = known.sinceMs;
        entry.untilMs = nowMs + KEEP_WRONG_MS;
        return known.valid;
      });
    }
    this.#known.set(key, entry);
    try {
      const valid = await entry.valid;
      if (!valid) entry.untilMs = nowMs + KEEP_WRONG_MS;
      return valid;
    } catch (error) {
      this.#known.delete(key);
      throw error;
    }
  }
}
