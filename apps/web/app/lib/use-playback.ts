/** Where a show is played from: asked for once it has begun, and again before the token in the address runs out. */
import { ApiError } from "@rostrum/client/api-error";
import type { Client } from "@rostrum/client/client";
import type { Broadcast, Playback } from "@rostrum/contract/broadcasts";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import { useEffect, useState } from "react";

const RETRY_MS = 4000;
const BEFORE_END_MS = 60_000;

const hasBegun = (state: BroadcastState): boolean => state !== "draft" && state !== "scheduled";
/** An ended show without a recording stays without one; others need a moment for their first segment. */
const mayCome = (state: BroadcastState): boolean => state === "preview" || state === "live" || state === "interrupted";

/** What opens a show that is not for everybody to who plays it; undefined where nothing is needed, or known yet. */
export function tokenOf(playback: Playback | null): string | undefined {
  return new URLSearchParams(playback?.hlsUrl.split("?")[1]).get("t") ?? undefined;
}

type PlayedShow = Pick<
  Broadcast,
  "id" | "state" | "visibility" | "registration" | "ageRestricted" | "minimumAge" | "latencyMode"
>;

/**
 * Null until there is something to watch; what was there once stays, an ended show can be wound back.
 * @param api the same object in every render
 * @param found what the server rendered the page with
 * @param onAsked the viewer has to say first, or again, that they are old enough, or to register; the same function in every render
 */
export function usePlayback(
  api: Pick<Client, "broadcasts">,
  broadcast: PlayedShow,
  found: Playback | null,
  onAsked?: () => void,
): Playback | null {
  const { id, state, latencyMode } = broadcast;
  const terms = termsOf(broadcast);
  const [known, setKnown] = useState(() => ({ playback: found, terms }));
  const { playback } = known;
  const isStale = known.terms !== terms;
  // Realtime delivery comes with the show, and again when an interrupted one goes on.
  const lacksRealtime = state === "live" && latencyMode !== "stable" && playback?.realtimeUrl === null;
  const begun = hasBegun(state);
  const comes = mayCome(state);
  useEffect(() => {
    if (!begun) return;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const take = (next: Playback): void => setKnown({ playback: next, terms });
    const ask = (): void => {
      api.broadcasts.playback(id, { signal: leaving.signal }).then(take, (error: unknown) => {
        if (asksSomething(error)) onAsked?.();
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
  }, [api, id, begun, comes, terms, isStale, lacksRealtime, playback, onAsked]);
  return begun ? playback : null;
}

/** What is not for everybody any more needs a token now; what may be closer to live has another address for it. */
function termsOf({ visibility, registration, ageRestricted, minimumAge, latencyMode }: PlayedShow): string {
  return [visibility, registration, ageRestricted && minimumAge, latencyMode].join(" ");
}

function asksSomething(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.code === "age_restricted" || error.details["reason"] === "registration_required";
}
