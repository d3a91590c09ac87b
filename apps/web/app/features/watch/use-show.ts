/** A show as it changes while somebody watches: asked for every 10 s, and told earlier by the player. */
import type { Broadcast, Playback } from "@rostrum/contract/broadcasts";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import { useCallback, useEffect, useState } from "react";
import { useRevalidator } from "react-router";
import { browserApi } from "../../lib/api.ts";
import { pageConnection } from "../../lib/realtime/connection.ts";
import { usePolling } from "../../lib/use-polling.ts";
import { usePlayback } from "../../lib/use-playback.ts";
import { useMe } from "../../lib/session.ts";

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
  const { data, failure, retryAt, refresh } = usePolling(ask, { initial, intervalMs: POLL_MS });
  const { revalidate } = useRevalidator();
  // Private by now, or deleted: the page is loaded again and says so.
  const refused = failure !== null && retryAt === null;
  useEffect(() => {
    if (refused) void revalidate();
  }, [refused, revalidate]);
  // It asks for the viewers' age or a registration since, or does no longer: what the page may show is asked for anew.
  const asksOtherwise = asks(data) !== asks(initial);
  const askAnew = useCallback(() => void revalidate(), [revalidate]);
  useEffect(() => {
    if (asksOtherwise) askAnew();
  }, [asksOtherwise, askAnew]);
  useTurnedAway(data, askAnew);
  // Beside the poll: an answer that were put into it would call off the question that is under way.
  const [told, setTold] = useState<Readonly<{ viewers: number; since: Broadcast }> | null>(null);
  const broadcast = told?.since === data ? { ...data, viewers: told.viewers } : data;
  const playback = usePlayback(browserApi(), data, found, askAnew);
  const onStateChange = useCallback(
    (state: BroadcastState, viewers: number) => {
      // A new state changes more than its name: times, pictures, what may be played.
      if (state === data.state) setTold({ viewers, since: data });
      else refresh();
    },
    [data, refresh],
  );
  return { broadcast, playback, retryAt, onStateChange };
}

function asks({ ageRestricted, minimumAge, registration }: Broadcast): string {
  return [ageRestricted && minimumAge, registration].join(" ");
}

/** Whose registration is taken back, or revoked, is out at once; the page says how one gets in again. */
function useTurnedAway({ id, registration }: Broadcast, onTurnedAway: () => void): void {
  const person = useMe()?.id ?? null;
  const isFollowed = registration === "required";
  useEffect(() => {
    if (!isFollowed) return;
    const follower = { onReset: () => {}, onEvent: () => {}, onRefused: onTurnedAway };
    return pageConnection().follow(person, `broadcast:${id}`, follower);
  }, [id, isFollowed, person, onTurnedAway]);
}
