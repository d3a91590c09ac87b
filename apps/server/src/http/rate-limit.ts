/** Limits per address and per account. Counted per process, in bounded memory. */
import { AppError } from "../lib/app-error.ts";

/** Requests per minute and address, except where it says failures. */
export type Limits = Readonly<{
  /** Every API route without a limit of its own. */
  apiPerMin: number;
  /** Each route that open watch pages and players ask by themselves, about six times a minute: a whole school may sit behind one address. */
  watchPerMin: number;
  /** Pages. What a page asks the API while it is rendered counts as nothing more. */
  pagesPerMin: number;
  loginPerMin: number;
  registerPerMin: number;
  setupPerMin: number;
  refreshPerMin: number;
  /** Wrong passwords or one-time tokens from one address in a minute; then the address waits a minute. */
  failuresPerAddress: number;
  /** Wrong passwords for one account from one address in a minute; then it waits one minute, two, four … at most 15. */
  failuresPerAccount: number;
}>;

/**
 * Guessing is limited by failures, so that an office behind one address, or a test run, may log in as often as it likes with right
 * passwords; the request limits above that only bound the cost of hashing.
 */
export const DEFAULT_LIMITS: Limits = {
  apiPerMin: 600,
  watchPerMin: 6_000,
  pagesPerMin: 2_400,
  loginPerMin: 120,
  registerPerMin: 90,
  setupPerMin: 30,
  refreshPerMin: 300,
  failuresPerAddress: 10,
  failuresPerAccount: 5,
};

export type AttemptOptions = Readonly<{
  /** Failures within `windowMs` that close the door. */
  max: number;
  windowMs: number;
  /** First wait is `windowMs`; each further one twice as long, up to this. */
  maxWaitMs: number;
  /** The keys that were quiet for longest are forgotten beyond this many. */
  maxKeys: number;
  now: () => number;
}>;

type Attempts = { failures: number; sinceMs: number; waits: number; closedUntilMs: number; lastMs: number };

/** A key that has not failed for this long starts anew. */
const FORGET_MS = 60 * 60_000;

/** Counts failures by key and says how long a key must wait. */
export class AttemptLimiter {
  readonly #options: AttemptOptions;
  readonly #byKey = new Map<string, Attempts>();

  constructor(options: AttemptOptions) {
    this.#options = options;
  }

  /** Milliseconds until `key` may try again; 0 when it may now. */
  waitMs(key: string): number {
    return Math.max(0, (this.#byKey.get(key)?.closedUntilMs ?? 0) - this.#options.now());
  }

  /** @throws {AppError} `rate_limited` while `key` must wait */
  admit(key: string): void {
    const waitMs = this.waitMs(key);
    if (waitMs > 0) throw tooMany(waitMs);
  }

  /** Counts a failure. True when this one closed the door. */
  fail(key: string): boolean {
    const { max, windowMs, maxWaitMs, now } = this.#options;
    const atMs = now();
    const entry = this.#fresh(key, atMs);
    if (atMs - entry.sinceMs >= windowMs) Object.assign(entry, { failures: 0, sinceMs: atMs });
    entry.failures += 1;
    entry.lastMs = atMs;
    this.#keep(key, entry);
    if (entry.failures < max) return false;
    entry.closedUntilMs = atMs + Math.min(windowMs * 2 ** entry.waits, maxWaitMs);
    entry.waits += 1;
    entry.failures = 0;
    entry.sinceMs = entry.closedUntilMs;
    return true;
  }

  /** Forgets the failures of `key`. */
  succeed(key: string): void {
    this.#byKey.delete(key);
  }

  #fresh(key: string, atMs: number): Attempts {
    const known = this.#byKey.get(key);
    if (known !== undefined && atMs - known.lastMs < FORGET_MS) return known;
    return { failures: 0, sinceMs: atMs, waits: 0, closedUntilMs: 0, lastMs: atMs };
  }

  #keep(key: string, entry: Attempts): void {
    this.#byKey.delete(key);
    this.#byKey.set(key, entry);
    if (this.#byKey.size <= this.#options.maxKeys) return;
    const [quietest] = this.#byKey.keys();
    if (quietest !== undefined) this.#byKey.delete(quietest);
  }
}

/** The refusal of a request that must wait. */
export function tooMany(waitMs: number): AppError {
  const retryAfterSec = Math.max(1, Math.ceil(waitMs / 1000));
  return new AppError("rate_limited", `Too many attempts. Try again in ${retryAfterSec} seconds.`, {
    details: { retryAfterSec },
  });
}
