/** What was said in a recorded show, as far as its picture has come. */
import type { ChatEvent } from "@rostrum/contract/chat";
import { useEffect, useState, useSyncExternalStore } from "react";
import type { PictureClock } from "../../lib/picture-clock.ts";
import type { TopicReducer } from "../../lib/realtime/topic-store.ts";
import { useTopic } from "../../lib/realtime/use-topic.ts";
import { createReplay, type ReplayState } from "./replay.ts";
import type { ChatApi } from "./use-chat.ts";

const AGAIN_MS = 5000;
const MOST_DELETED = 1000;

/** Ids of what was deleted while the page was open: moderators tidy up after a show, too. */
const DELETED: TopicReducer<readonly string[]> = {
  initial: [],
  reset: (_, before) => before,
  apply: (before, events) => {
    const ids = (events as readonly ChatEvent[]).flatMap((event) => (event.type === "chat.deleted" ? event.ids : []));
    return ids.length === 0 ? before : [...before, ...ids].slice(-MOST_DELETED);
  },
};

export function useReplay(api: ChatApi, broadcastId: string, clock: PictureClock): ReplayState {
  const [replay] = useState(() =>
    createReplay((range, signal) => api.chat.history(broadcastId, { ...range, limit: 200 }, { signal })),
  );
  const { state: deleted } = useTopic(`chat:${broadcastId}`, DELETED);
  useEffect(() => replay.drop(deleted), [replay, deleted]);
  useEffect(() => {
    const tell = (): void => replay.moveTo(clock.atMs() ?? 0);
    tell();
    const stop = clock.subscribe(tell);
    // A player that stands still says nothing, and what failed is to be tried again.
    const timer = setInterval(tell, AGAIN_MS);
    return () => {
      stop();
      clearInterval(timer);
      replay.close();
    };
  }, [replay, clock]);
  return useSyncExternalStore(replay.subscribe, replay.state, replay.state);
}
