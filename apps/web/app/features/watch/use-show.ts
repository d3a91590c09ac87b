/** A show as it changes while somebody watches: asked for every 10 s, and told earlier by the player. */
import type { Broadcast, Playback } from "@rostrum/contract/broadcasts";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import { useCallback, useEffect, useState } from "react";
import { browserApi } from "../../lib/api.ts";
import { usePolling } from "../../lib/use-polling.ts";

const POLL_MS = 10_000;
const PLAYBACK_RETRY_MS = 4_000;

export type Show = Readonly<{
  broadcast: Broadcast;
  /** Null until there is something to watch. What was there once stays: an ended show can be wound back. */
  playback: Playback | null;
  /** Ms since 1970 of the next try while the server does not answer. */
  retryAt: number | null;
  /** For the player's `onStateChange`. */
  onStateChange: (state: BroadcastState, viewers: number) => void;
}>;

/** Give the component a `key` that changes with the broadcast. */
export function useShow(initial: Broadcast, found: Playback | null): Show {
  const ask = (signal: AbortSignal): Promise<Broadcast> => browserApi().broadcasts.get(initial.id, { signal });
  const { data: broadcast, retryAt, set, refresh } = usePolling(ask, { initial, intervalMs: POLL_MS });
  const playback = usePlayback(broadcast, found);
  const onStateChange = useCallback(
    (state: BroadcastState, viewers: number) => {
      // A new state changes more than its name: times, pictures, what may be played.
      if (state === broadcast.state) set({ ...broadcast, viewers });
      else refresh();
    },
    [broadcast, set, refresh],
  );
  return { broadcast, playback, retryAt, onStateChange };
}

const hasBegun = (state: BroadcastState): boolean => state !== "draft" && state !== "scheduled";

function usePlayback({ id, state }: Broadcast, found: Playback | null): Playback | null {
  const [playback, setPlayback] = useState(found);
  const wanted = playback === null && hasBegun(state);
  useEffect(() => {
    if (!wanted) return;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = (): void => {
      browserApi()
        .broadcasts.playback(id, { signal: leaving.signal })
        .then(setPlayback, () => {
          // An ended show without a recording stays without one; a live one needs a moment for its first segment.
          const comes = state === "live" || state === "interrupted" || state === "preview";
          if (comes && !leaving.signal.aborted) timer = setTimeout(ask, PLAYBACK_RETRY_MS);
        });
    };
    ask();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [id, state, wanted]);
  return playback;
}
