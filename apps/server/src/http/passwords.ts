/** Argon2id with bounded concurrency: a flood of log-ins queues, and is refused when the queue is full. */
import { type Algorithm, hash, parseOptions, verify } from "@node-rs/argon2";
import { AppError } from "../lib/app-error.ts";

/** OWASP's second choice of Argon2id parameters: 19 MiB, two passes, one lane. */
const POLICY = { algorithm: 2 as Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** `ok`: the password is right. `outdated`: right, and the hash should be made anew with today's parameters. */
export type PasswordCheck = Readonly<{ ok: boolean; outdated: boolean }>;

export interface Passwords {
  /** @throws {AppError} `unavailable` when too many others wait */
  hash(password: string): Promise<string>;
  /**
   * @param stored null for an account that does not exist: takes the same time as a wrong password
   * @param guard runs within this check's turn: checks that came at once still count one after the other
   * @throws {AppError} `unavailable` when too many others wait
   */
  verify(stored: string | null, password: string, guard?: AttemptGuard): Promise<PasswordCheck>;
}

/** What `admit` throws ends the check unhashed; `failed` counts a wrong password. */
export type AttemptGuard = Readonly<{ admit: () => void; failed: () => void }>;

/** At most `concurrency` hashes at once (19 MiB each), at most `maxWaiting` in the queue. */
export function createPasswords({ concurrency = 2, maxWaiting = 200 } = {}): Passwords {
  const turn = createTurnstile(concurrency, maxWaiting);
  let decoy: Promise<string> | undefined;
  return {
    hash: (password) => turn(() => hash(password, POLICY)),
    verify: (stored, password, guard) =>
      turn(async () => {
        guard?.admit();
        decoy ??= hash("a password nobody has", POLICY);
        const ok = await verify(stored ?? (await decoy), password);
        if (stored !== null && ok) return { ok: true, outdated: isOutdated(stored) };
        guard?.failed();
        return { ok: false, outdated: false };
      }),
  };
}

function isOutdated(stored: string): boolean {
  const made = parseOptions(stored);
  return (
    made.algorithm !== POLICY.algorithm ||
    made.memoryCost !== POLICY.memoryCost ||
    made.timeCost !== POLICY.timeCost ||
    made.parallelism !== POLICY.parallelism
  );
}

/** Runs tasks in order of arrival, `concurrency` at a time. */
function createTurnstile(concurrency: number, maxWaiting: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: Array<() => void> = [];
  return async (task) => {
    if (running < concurrency) running += 1;
    else if (waiting.length >= maxWaiting) throw busy();
    else await new Promise<void>((resolve) => waiting.push(resolve)); // the one that leaves hands its place over
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

function busy(): AppError {
  return new AppError("unavailable", "Too many people are signing in right now. Try again in a few seconds.", {
    details: { retryAfterSec: 5 },
  });
}
