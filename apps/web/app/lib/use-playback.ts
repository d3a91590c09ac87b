/** Where a show is played from: asked for once it has begun, and again before the token in the address runs out. */
import type { Client } from "@rostrum/client/client";
import type { Broadcast, Playback } from "@rostrum/contract/broadcasts";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import { useEffect, useState } from "react";

const RETRY_MS = 4000;
const BEFORE_END_MS = 60_000;

const hasBegun = (state: BroadcastState): boolean => state !== "draft" && state !== "scheduled";
/** An ended show without a recording stays without one; others need a moment for their first segment. */
const mayCome = (state: BroadcastState): boolean => state === "preview" || state === "live" || state === "interrupted";

/**
 * Null until there is something to watch; what was there once stays, an ended show can be wound back.
 * @param api the same object in every render
 * @param found what the server rendered the page with
 */
export function usePlayback(
  api: Pick<Client, "broadcasts">,
  { id, state, visibility, latencyMode }: Pick<Broadcast, "id" | "state" | "visibility" | "latencyMode">,
  found: Playback | null,
): Playback | null {
  const [known, setKnown] = useState(() => ({ playback: found, visibility, latencyMode }));
  const { playback } = known;
  // What became private needs a token now; what may be closer to live has another address for it.
  const isStale = known.visibility !== visibility || known.latencyMode !== latencyMode;
  // Realtime delivery comes with the show, and again when an interrupted one goes on.
  const lacksRealtime = state === "live" && latencyMode !== "stable" && playback?.realtimeUrl === null;
  const begun = hasBegun(state);
  const comes = mayCome(state);
  useEffect(() => {
    if (!begun) return;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const take = (next: Playback): void => setKnown({ playback: next, visibility, latencyMode });
    const ask = (): void => {
      api.broadcasts.playback(id, { signal: leaving.signal }).then(take, () => {
        if ((comes || playback !== null) && !leaving.signal.aborted) timer = setTimeout(ask, RETRY_MS);
      });
    };
    if (playback === null || isStale) ask();
    else if (lacksRealtime) timer = setTimeout(ask, RETRY_MS);
    else if (playback.tokenExpiresAt !== null) {
      const leftMs = Date.parse(playback.tokenExpiresAt) - Date.now() - BEFORE_END_MS;
      timer = setTimeout(ask, Math.max(RETRY_MS, leftMs));
    }
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [api, id, begun, comes, visibility, latencyMode, isStale, lacksRealtime, playback]);
  return begun ? playback : null;
}
