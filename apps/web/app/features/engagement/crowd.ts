/** What a crowd clicks, for those who draw it: apart from all that changes seldom. Pure. */
import type { EngagementEvent, Reaction } from "@rostrum/contract/engagement";

export type ReactionCounts = Readonly<Partial<Record<Reaction, number>>>;

/** What was clicked within half a second: here, or by others. `seq` grows by one. */
export type Burst = Readonly<{ seq: number; counts: ReactionCounts }>;

/** `sent`: clicked here and not told yet; they have been shown already. */
export type Crowd = Readonly<{ bursts: readonly Burst[]; sent: ReactionCounts }>;

/** Who draws less often than this many are told has missed the rest. */
const MAX_BURSTS = 10;

export const NO_CROWD: Crowd = { bursts: [], sent: {} };

/** Answers the same object when nothing was clicked. */
export function applyCrowd(crowd: Crowd, events: readonly EngagementEvent[]): Crowd {
  return events.reduce<Crowd>(
    (now, event) => (event.type === "engagement.reactions" ? told(now, event.counts) : now),
    crowd,
  );
}

/** Clicked here: shown at once, and left out when it is told. */
export function reacted(crowd: Crowd, reaction: Reaction): Crowd {
  const sent = { ...crowd.sent, [reaction]: (crowd.sent[reaction] ?? 0) + 1 };
  return withBurst({ ...crowd, sent }, { [reaction]: 1 });
}

/** Clicked here, and refused: it will not be told, and must not hide somebody else's. */
export function unreacted(crowd: Crowd, reaction: Reaction, count: number): Crowd {
  return { ...crowd, sent: { ...crowd.sent, [reaction]: Math.max(0, (crowd.sent[reaction] ?? 0) - count) } };
}

/** Less what was clicked here: that was shown at once. */
function told(crowd: Crowd, all: ReactionCounts): Crowd {
  const counts: Partial<Record<Reaction, number>> = {};
  const sent: Partial<Record<Reaction, number>> = { ...crowd.sent };
  for (const [reaction, count] of entriesOf(all)) {
    const own = Math.min(count, sent[reaction] ?? 0);
    sent[reaction] = (sent[reaction] ?? 0) - own;
    if (count > own) counts[reaction] = count - own;
  }
  return withBurst({ ...crowd, sent }, counts);
}

function withBurst(crowd: Crowd, counts: ReactionCounts): Crowd {
  const seq = (crowd.bursts.at(-1)?.seq ?? 0) + 1;
  return { ...crowd, bursts: [...crowd.bursts, { seq, counts }].slice(-MAX_BURSTS) };
}

/** Only names of reactions are keys of it. */
export function entriesOf(counts: ReactionCounts): readonly (readonly [Reaction, number])[] {
  return Object.entries(counts) as [Reaction, number][];
}
