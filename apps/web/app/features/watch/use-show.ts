/** A show as it changes while somebody watches: asked for every 10 s, and told earlier by the player. */
import type { Broadcast, Playback } from "@rostrum/contract/broadcasts";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import { useCallback } from "react";
import { browserApi } from "../../lib/api.ts";
import { usePolling } from "../../lib/use-polling.ts";
import { usePlayback } from "../player/use-playback.ts";

const POLL_MS = 10_000;

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
  const playback = usePlayback(browserApi(), broadcast, found);
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
