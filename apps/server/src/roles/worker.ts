/** The worker role: what happens by the clock. */
import type { Context } from "../context.ts";
import { runSweeps } from "../features/broadcasts/sweeps.ts";

/** Runs until `signal` aborts or `close` is called; `close` waits for a sweep that is running. */
export async function startWorker(ctx: Context, signal: AbortSignal): Promise<{ close(): Promise<void> }> {
  const stop = new AbortController();
  const swept = runSweeps(ctx, AbortSignal.any([signal, stop.signal]));
  return {
    async close() {
      stop.abort();
      await swept;
    },
  };
}
