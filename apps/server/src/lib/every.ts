/** Work that is done again and again until a signal. */
import { setTimeout as delay } from "node:timers/promises";

/**
 * Runs `task`, waits `intervalMs`, and so on until `signal` aborts; two runs never overlap. The timer does not keep the process alive.
 * A task that throws is given to `onError` and runs again after the interval.
 * @returns a promise that fulfils when the signal has aborted and the running task is done; it never rejects
 */
export async function every(
  intervalMs: number,
  signal: AbortSignal,
  task: () => Promise<void> | void,
  onError: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await task();
    } catch (error) {
      onError(error);
    }
    try {
      await delay(intervalMs, undefined, { signal, ref: false });
    } catch {
      return; // aborted
    }
  }
}
