/** How much one person, or one address, may do. Counted per process. */
import type { Caller } from "../../http/realtime-rules.ts";
import { AppError } from "../../lib/app-error.ts";
import type { Clock } from "../../lib/clock.ts";
import { KeyedAllowance } from "../../lib/keyed-allowance.ts";
import { keyOf } from "./access.ts";

const MAX_KEYS = 50_000;

export type Limits = Readonly<{
  /** Votes, raised hands, clicks. @throws {AppError} rate_limited */
  act(caller: Caller): void;
  /** @throws {AppError} rate_limited */
  react(caller: Caller, count: number): void;
}>;

export function createLimits(clock: Clock): Limits {
  const acts = new KeyedAllowance(clock, { burst: 20, perSec: 2, maxKeys: MAX_KEYS });
  const own = new KeyedAllowance(clock, { burst: 30, perSec: 5, maxKeys: MAX_KEYS });
  // A whole school may sit behind one address.
  const address = new KeyedAllowance(clock, { burst: 200, perSec: 30, maxKeys: MAX_KEYS });
  return {
    act: (caller) => admit(acts.take(keyOf(caller))),
    react(caller, count) {
      const allowance = caller.viewer.kind === "account" ? own : address;
      admit(allowance.take(keyOf(caller), count));
    },
  };
}

function admit(waitMs: number): void {
  if (waitMs === 0) return;
  const retryAfterSec = Math.max(1, Math.ceil(waitMs / 1000));
  throw new AppError("rate_limited", "That is too much at a time; wait a moment.", { details: { retryAfterSec } });
}
