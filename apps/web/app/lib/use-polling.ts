/** A poller as a hook. */
import { ApiError } from "@rostrum/client/api-error";
import { useState, useSyncExternalStore } from "react";
import { browserApi } from "./api.ts";
import { withFreshSession } from "./fresh-session.ts";
import { createPoller, type Poller, type PollState } from "./polling.ts";

const FINAL = new Set([401, 403, 404]);

/** What asking again cannot change. */
const isFinal = (error: unknown): boolean => error instanceof ApiError && FINAL.has(error.status);

/** `load` and the options of the first render stay: give the component a key when they change. */
export function usePolling<T>(
  load: (signal: AbortSignal, known: T) => Promise<T>,
  options: Readonly<{ initial: T; intervalMs: number; atOnce?: boolean }>,
): PollState<T> & Pick<Poller<T>, "set" | "refresh"> {
  const [poller] = useState(() => {
    const ask = (signal: AbortSignal, known: T): Promise<T> =>
      withFreshSession(browserApi().renew, () => load(signal, known));
    return createPoller({ load: ask, isFinal, ...options });
  });
  const state = useSyncExternalStore(poller.subscribe, poller.state, poller.state);
  return { ...state, set: poller.set, refresh: poller.refresh };
}
