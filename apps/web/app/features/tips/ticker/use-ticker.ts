/** The tips of a show with a queue that the clock moves on while the page is open. */
import { useEffect } from "react";
import type { Followed } from "../../../lib/realtime/topic-store.ts";
import { useFollowed, useTopicStore } from "../../../lib/realtime/use-topic.ts";
import { TIPS_REDUCER, type TipsState } from "../tips-state.ts";
import { advance, nextAtMs } from "./queue.ts";

/** @param token a playback token, for who may watch only with one */
export function useTicker(broadcastId: string, token?: string): TipsState & Pick<Followed<TipsState>, "phase"> {
  const store = useTopicStore(`broadcast:${broadcastId}`, TIPS_REDUCER, token);
  const { state, phase } = useFollowed(store);
  const { queue } = state;
  useEffect(() => {
    const untilMs = nextAtMs(queue) ?? (queue.waiting.length > 0 ? 0 : null);
    if (untilMs === null) return undefined;
    const next = (): void => store.change((now) => ({ ...now, queue: advance(now.queue, performance.now()) }));
    const timer = setTimeout(next, Math.max(0, untilMs - performance.now()));
    return () => clearTimeout(timer);
  }, [store, queue]);
  return { ...state, phase };
}
