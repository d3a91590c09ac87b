/** Where the monitor gets its picture from: asked for once there is one, again before the token in it ends. */
import type { Playback } from "@rostrum/contract/broadcasts";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import { useEffect, useState } from "react";
import { isPlayable } from "./next-action.ts";
import type { ControlApi } from "./use-control.ts";

const RETRY_MS = 5000;
const BEFORE_END_MS = 60_000;

/** Null while there is nothing to watch. */
export function usePlayback(api: ControlApi, id: string, state: BroadcastState): Playback | null {
  const [playback, setPlayback] = useState<Playback | null>(null);
  const [round, setRound] = useState(0);
  const playable = isPlayable(state);
  useEffect(() => {
    if (!playable) return;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (delayMs: number): void => {
      timer = setTimeout(() => setRound((last) => last + 1), delayMs);
    };
    api.broadcasts.playback(id, { signal: leaving.signal }).then(
      (found) => {
        setPlayback(found);
        if (found.tokenExpiresAt === null) return;
        again(Math.max(RETRY_MS, Date.parse(found.tokenExpiresAt) - Date.now() - BEFORE_END_MS));
      },
      () => (leaving.signal.aborted ? undefined : again(RETRY_MS)),
    );
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [api, id, playable, round]);
  return playable ? playback : null;
}
