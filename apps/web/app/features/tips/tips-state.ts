/** The tips of a show as one page knows them: a pure fold of the topic `broadcast:<id>`. */
import { type ShownTip, TipEvent, TIP_LIMITS, TipsSnapshot } from "@rostrum/contract/tips";
import type { TopicReducer } from "../../lib/realtime/topic-store.ts";
import { EMPTY_QUEUE, enqueue, reword, type TickerQueue, withdraw } from "./ticker/queue.ts";

/** `known` null: not told yet, or not a show with tips. `queue`: what came while the page was open. */
export type TipsState = Readonly<{ known: TipsSnapshot | null; queue: TickerQueue }>;

const INITIAL: TipsState = { known: null, queue: EMPTY_QUEUE };

/** A constant: topic stores begin anew with another one. */
export const TIPS_REDUCER: TopicReducer<TipsState> = {
  initial: INITIAL,
  reset: (snapshot, before) => {
    const known = TipsSnapshot.safeParse(snapshot).data ?? null;
    if (known === null) return { ...before, known };
    // On the first state nothing is new; later what came while the connection was gone is.
    const fresh = before.known === null ? [] : known.tips.toReversed();
    const queue = before.known === null ? seenOf(known.tips) : enqueue(before.queue, fresh);
    return { known, queue };
  },
  apply: (state, events) =>
    events.reduce<TipsState>((now, event) => {
      const told = TipEvent.safeParse(event).data;
      return told === undefined || now.known === null ? now : applyOne(now, now.known, told);
    }, state),
};

function applyOne(state: TipsState, known: TipsSnapshot, event: TipEvent): TipsState {
  switch (event.type) {
    case "tip.received": {
      const others = known.tips.filter(({ id }) => id !== event.tip.id);
      const tips = [event.tip, ...others].slice(0, TIP_LIMITS.recent);
      return { known: { ...known, tips }, queue: enqueue(state.queue, [event.tip]) };
    }
    case "tip.message": {
      const { id, message } = event;
      const tips = known.tips.map((tip) => (tip.id === id ? { ...tip, message: message || null } : tip));
      return { known: { ...known, tips }, queue: reword(state.queue, id, message) };
    }
    case "tip.removed": {
      const tips = known.tips.filter(({ id }) => id !== event.id);
      return { known: { ...known, tips }, queue: withdraw(state.queue, event.id) };
    }
    case "tip.standing":
      return { ...state, known: { ...known, goal: event.goal, leaderboard: event.leaderboard } };
    case "tip.settings":
      return { ...state, known: { ...known, tipping: event.tipping } };
  }
}

/** Tips of before: they are in the list, not news. */
function seenOf(tips: readonly ShownTip[]): TickerQueue {
  return { ...EMPTY_QUEUE, seen: tips.map(({ id }) => id) };
}
