/** Whether the reader follows a channel, how many do, and changing it. */
import type { Client } from "@rostrum/client/client";
import type { Follow } from "@rostrum/contract/follows";
import { useCallback, useEffect, useState } from "react";
import { useMe } from "../../lib/session.ts";
import { useSave } from "../../lib/use-save.ts";

export type FollowApi = Pick<Client, "follows" | "channels" | "push">;

/** `follow` is null for a stranger, and until it is known; so is `followers`. `isKnown`: the answer is there, or will not come. */
export function useFollow(api: FollowApi, channelId: string) {
  const me = useMe()?.id ?? null;
  const [follow, setFollow] = useState<Follow | null>(null);
  const [followers, setFollowers] = useState<number | null>(null);
  const [isKnown, setKnown] = useState(false);
  const take = useCallback((now: Follow) => {
    setFollow(now);
    setFollowers(now.followers);
  }, []);
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const asked =
      me === null
        ? api.channels.get(channelId, { signal }).then((channel) => setFollowers(channel.followers))
        : api.follows.get(channelId, { signal }).then(take);
    asked
      // The button works without: following twice is following once.
      .catch(() => undefined)
      .finally(() => (signal.aborted ? undefined : setKnown(true)));
    return () => stop.abort();
  }, [api, channelId, me, take]);
  const { state, run } = useSave(async (wishes: Partial<Pick<Follow, "mail" | "push">> | null) => {
    if (wishes !== null) return take(await api.follows.set(channelId, wishes));
    await api.follows.end(channelId);
    take(await api.follows.get(channelId));
  });
  return {
    follow,
    followers,
    isKnown,
    isSaving: state.kind === "saving",
    failure: state.kind === "failed" ? state.text : null,
    /** Also begins to follow; what is left out stays. Never rejects; true when it was done. */
    set: (wishes: Partial<Pick<Follow, "mail" | "push">> = {}) => run(wishes),
    end: () => run(null),
  };
}
