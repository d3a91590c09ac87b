/** What the crew tells one person alone: that a hand was lowered, what became of a question. */
import type { EngagementUserEvent } from "@rostrum/contract/engagement";
import { useEffect } from "react";
import type { TopicReducer } from "../../lib/realtime/topic-store.ts";
import { useTopicStore } from "../../lib/realtime/use-topic.ts";
import { useMe } from "../../lib/session.ts";
import { type EngagementState, toldPerson } from "./engagement-state.ts";

/** `from`: how many came before those that are kept. */
type News = Readonly<{ from: number; events: readonly EngagementUserEvent[] }>;

const MAX_NEWS = 50;

/** Events of other features on the same topic are passed over. */
const NEWS: TopicReducer<News> = {
  initial: { from: 0, events: [] },
  reset: (_, before) => before,
  apply: (before, more) => {
    const fresh = more.filter(isNews);
    if (fresh.length === 0) return before;
    const all = [...before.events, ...fresh];
    const dropped = Math.max(0, all.length - MAX_NEWS);
    return { from: before.from + dropped, events: all.slice(dropped) };
  },
};

function isNews(event: unknown): event is EngagementUserEvent {
  const { type } = event as { type?: unknown };
  return type === "hand.lowered" || type === "question.settled";
}

/** Never followed. */
const NOBODY = "user:00000000000000000000";

/** Folds it into what is known of the show. */
export function useOwnNews(
  change: (how: (state: EngagementState) => EngagementState) => void,
  broadcastId: string,
): void {
  const id = useMe()?.id ?? null;
  const news = useTopicStore(id === null ? NOBODY : `user:${id}`, NEWS);
  useEffect(() => {
    if (id === null) return undefined;
    const { from, events } = news.state().state;
    let done = from + events.length;
    return news.subscribe(() => {
      const { from: first, events: known } = news.state().state;
      const fresh = known.slice(Math.max(0, done - first));
      done = first + known.length;
      for (const event of fresh) change((state) => toldPerson(state, event, broadcastId));
    });
  }, [news, change, broadcastId, id]);
}
