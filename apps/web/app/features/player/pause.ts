/** Waiting that can be cut short. */

/**
 * Resolves after `ms`, when `signal` aborts, or when the function that `give` is told is called.
 */
export async function pause(ms: number, signal: AbortSignal, give?: (wake: () => void) => void): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    give?.(done);
  });
}
