/** Tips whose words wait for a moderator, folded from the topic `moderation:<id>`. Pure. */
import { HeldTip, TipModerationEvent } from "@rostrum/contract/tips";
import { z } from "zod";
import type { TopicReducer } from "../../../lib/realtime/topic-store.ts";

export type HeldTips = readonly HeldTip[];

/** As many as the server tells at first; what is behind them comes when these are decided. */
const MOST = 100;

const Snapshot = z.object({ heldTips: z.array(HeldTip) });

/** Oldest first. A constant: topic stores begin anew with another one. */
export const HELD_TIPS: TopicReducer<HeldTips> = {
  initial: [],
  reset: (snapshot) => Snapshot.safeParse(snapshot).data?.heldTips ?? [],
  apply: (state, events) =>
    events.reduce<HeldTips>((held, event) => {
      // Other features share the topic.
      const told = TipModerationEvent.safeParse(event).data;
      return told === undefined ? held : one(held, told);
    }, state),
};

function one(held: HeldTips, event: TipModerationEvent): HeldTips {
  if (event.type === "tip.settled") return without(held, event.id);
  const others = held.filter(({ tip }) => tip.id !== event.held.tip.id);
  return [...others, event.held].slice(-MOST);
}

/** Answers the same object when it does not wait. */
export function without(held: HeldTips, id: string): HeldTips {
  return held.some(({ tip }) => tip.id === id) ? held.filter(({ tip }) => tip.id !== id) : held;
}

/** Back where it was, when the decision was refused. */
export function withBack(held: HeldTips, back: HeldTip): HeldTips {
  return [...without(held, back.tip.id), back].toSorted((a, b) => a.tip.at.localeCompare(b.tip.at));
}
