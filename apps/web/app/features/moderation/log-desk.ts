/** What moderators hear while the desk is open, folded from the topics `channel:<id>` and `moderation:<id>`. Pure. */
import type { Appeal, LogEntry, ModerationEvent, ModerationSnapshot, RefusedEvent } from "@rostrum/contract/moderation";
import type { TopicReducer } from "../../lib/realtime/topic-store.ts";

/** All newest first. */
export type LogDesk = Readonly<{ appeals: readonly Appeal[]; log: readonly LogEntry[] }>;

const MOST_ENTRIES = 300;
const MOST_APPEALS = 100;
const MOST_REFUSED = 20;

/** Of a channel: on the desks of all its shows, also of those that are over. */
export const LOG_DESK: TopicReducer<LogDesk> = {
  initial: { appeals: [], log: [] },
  reset: (snapshot) => {
    const { appeals = [], log = [] } = snapshot as Partial<ModerationSnapshot>;
    return { appeals, log };
  },
  apply: (desk, events) => events.reduce<LogDesk>((known, event) => one(known, event as ModerationEvent), desk),
};

function one(desk: LogDesk, event: ModerationEvent): LogDesk {
  switch (event.type) {
    case "moderation.logged":
      return { ...desk, log: put(desk.log, event.entry, MOST_ENTRIES) };
    case "moderation.appealed":
    case "moderation.answered":
      return { ...desk, appeals: put(desk.appeals, event.appeal, MOST_APPEALS) };
    default:
      // A newer server may say what this page does not know yet.
      return (event satisfies never, desk);
  }
}

/** Of a show: messages that were not let through and are stored nowhere, newest first. Other events of the topic are passed over. */
export const REFUSED: TopicReducer<readonly RefusedEvent[]> = {
  initial: [],
  reset: (_, before) => before,
  apply: (before, events) => {
    const heard = (events as readonly RefusedEvent[]).filter(({ type }) => type === "moderation.refused");
    return heard.length === 0 ? before : [...heard.toReversed(), ...before].slice(0, MOST_REFUSED);
  },
};

/** An appeal waits for an answer as long as its ban counts. */
export const isWaiting = ({ state, active }: Appeal): boolean => state === "open" && active;

/** In the place of one with the same id, else first. */
export function put<T extends Readonly<{ id: string }>>(list: readonly T[], item: T, most: number): readonly T[] {
  const isKnown = list.some(({ id }) => id === item.id);
  return isKnown ? list.map((each) => (each.id === item.id ? item : each)) : [item, ...list].slice(0, most);
}
