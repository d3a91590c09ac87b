/** How long the realtime client waits for what, in ms. */
import { POLL_EVERY_MS } from "@rostrum/contract/realtime";
import { backoffMs } from "./backoff.ts";

export type RealtimeTiming = Readonly<{
  /** A socket that has not opened by then does not pass. */
  openWithinMs: number;
  /** A connection that says nothing for so long is asked, */
  quietMs: number;
  /** and given up when no answer comes. */
  answerWithinMs: number;
  pollEveryMs: number;
  /** A request that has no answer by then is made again. */
  requestWithinMs: number;
  /** While polling works. */
  trySocketEveryMs: number;
  sendWithinMs: number;
  /** Before the next try, after so many in vain. */
  pauseMs: (failures: number) => number;
}>;

export const REALTIME_TIMING: RealtimeTiming = {
  openWithinMs: 8000,
  quietMs: 25_000,
  answerWithinMs: 8000,
  pollEveryMs: POLL_EVERY_MS,
  requestWithinMs: 15_000,
  trySocketEveryMs: 60_000,
  sendWithinMs: 30_000,
  pauseMs: (failures) => backoffMs(failures, Math.random()),
};
