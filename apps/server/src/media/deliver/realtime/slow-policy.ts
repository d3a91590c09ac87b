/** What becomes of a viewer that reads more slowly than the picture comes. Pure; time is an argument. */

export type Decision = "send" | "skip" | "resume" | "handover";

/** How one viewer stands before the next packet. */
export type Standing = Readonly<{
  /** Monotonic. */
  nowMs: number;
  /** How old the oldest is that was written and not read. */
  behindMs: number;
  /** What waits in this process for the socket. */
  queuedBytes: number;
}>;

/** A viewer that is further behind loses what comes until a key frame. */
const SKIP_BEHIND_MS = 1000;
const SKIP_QUEUED_BYTES = 4 * 1024 * 1024;
/** It goes on with a key frame when no more than this is still to be read. */
const RESUME_BEHIND_MS = 500;
/** A viewer that is further behind, or skipped so often in this time, is better served by LL-HLS. */
const HANDOVER_BEHIND_MS = 4000;
const HANDOVER_QUEUED_BYTES = 24 * 1024 * 1024;
const HANDOVER_SKIPS = 3;
const SKIPS_WITHIN_MS = 20_000;
/** The GOP that a viewer begins with comes faster than it is played: it may take so long. */
const JOIN_MS = 3000;

export class SlowPolicy {
  readonly #joinedMs: number;
  #skips: number[] = [];
  #skipping = false;

  constructor(nowMs: number) {
    this.#joinedMs = nowMs;
  }

  /** What to do with the next packet; `begins`: a decoder can begin with it. After `handover` nothing more is asked. */
  decide(standing: Standing, begins: boolean): Decision {
    if (isLost(standing)) return "handover";
    if (this.#skipping) return this.#goOn(standing, begins);
    if (!this.#isSlow(standing)) return "send";
    this.#skipping = true;
    this.#skips = [...this.#skips.filter((atMs) => standing.nowMs - atMs < SKIPS_WITHIN_MS), standing.nowMs];
    return this.#skips.length >= HANDOVER_SKIPS ? "handover" : "skip";
  }

  #goOn({ behindMs }: Standing, begins: boolean): Decision {
    if (!begins || behindMs > RESUME_BEHIND_MS) return "skip";
    this.#skipping = false;
    return "resume";
  }

  #isSlow({ nowMs, behindMs, queuedBytes }: Standing): boolean {
    if (nowMs - this.#joinedMs < JOIN_MS) return false;
    return behindMs > SKIP_BEHIND_MS || queuedBytes > SKIP_QUEUED_BYTES;
  }
}

/** Also asked when nothing is sent. */
export function isLost({ behindMs, queuedBytes }: Omit<Standing, "nowMs">): boolean {
  return behindMs > HANDOVER_BEHIND_MS || queuedBytes > HANDOVER_QUEUED_BYTES;
}
