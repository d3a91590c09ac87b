/** What only the crew sees of polls, questions and hands: a pure fold of the topic `moderation:<id>`. */
import {
  EngagementModerationEvent,
  EngagementModerationSnapshot,
  type OwnHand,
  type OwnPoll,
  type OwnQuestion,
} from "@rostrum/contract/engagement";
import type { TopicReducer } from "../../lib/realtime/topic-store.ts";

export type DeskState = Readonly<{
  isKnown: boolean;
  /** Newest first, drafts too. */
  polls: readonly OwnPoll[];
  /** Questions that wait for approval, those that wait longest first. */
  pending: readonly OwnQuestion[];
  /** Others may wait behind them. */
  hasMorePending: boolean;
  /** In the order in which they were raised. */
  hands: readonly OwnHand[];
}>;

/** As many as the server lets a show have, or tells at first. */
const MAX_POLLS = 100;
const MAX_PENDING = 500;
/** With so many, the first state may not have all of them. */
const MANY_PENDING = 200;
const MAX_HANDS = 1000;

/** Events of other features on the same topic are passed over. */
export const DESK: TopicReducer<DeskState> = {
  initial: { isKnown: false, polls: [], pending: [], hasMorePending: false, hands: [] },
  reset: (snapshot, before) => {
    const told = EngagementModerationSnapshot.safeParse(snapshot).data;
    if (told === undefined) return before;
    const { questions, polls, hands } = told;
    const hasMorePending = questions.length >= MANY_PENDING;
    return { isKnown: true, polls, pending: questions.toSorted(byAge), hasMorePending, hands };
  },
  apply: (state, events) =>
    events.reduce<DeskState>((now, event) => {
      const told = EngagementModerationEvent.safeParse(event).data;
      return told === undefined ? now : one(now, told);
    }, state),
};

function one(state: DeskState, event: EngagementModerationEvent): DeskState {
  switch (event.type) {
    case "poll.changed":
      return withPoll(state, event.poll);
    case "poll.results":
      return { ...state, polls: state.polls.map((poll) => withOutcome(poll, event)) };
    case "poll.removed":
      return withoutPoll(state, event.pollId);
    case "question.pending":
      return withPending(state, [event.question]);
    case "question.settled":
      return settled(state, event.questionId);
    case "hand.raised":
      return { ...state, hands: [...withoutId(state.hands, event.hand.id), event.hand].slice(0, MAX_HANDS) };
    case "hand.lowered":
      return lowered(state, event.handIds);
    default:
      return event satisfies never;
  }
}

/** A poll as it is now, new or changed. */
export function withPoll(state: DeskState, poll: OwnPoll): DeskState {
  const polls = [...withoutId(state.polls, poll.id), poll].toSorted((a, b) => (a.id < b.id ? 1 : -1));
  return { ...state, polls: polls.slice(0, MAX_POLLS) };
}

export function withoutPoll(state: DeskState, id: string): DeskState {
  return { ...state, polls: withoutId(state.polls, id) };
}

/** They wait, too. @param hasMore others may wait behind them; left out: as it was */
export function withPending(
  state: DeskState,
  questions: readonly OwnQuestion[],
  hasMore = state.hasMorePending,
): DeskState {
  const known = new Set(state.pending.map(({ id }) => id));
  const all = [...state.pending, ...questions.filter(({ id }) => !known.has(id))].toSorted(byAge);
  return { ...state, pending: all.slice(0, MAX_PENDING), hasMorePending: hasMore || all.length > MAX_PENDING };
}

/** It does not wait any more. */
export function settled(state: DeskState, questionId: string): DeskState {
  return { ...state, pending: withoutId(state.pending, questionId) };
}

export function lowered(state: DeskState, handIds: readonly string[]): DeskState {
  return { ...state, hands: state.hands.filter(({ id }) => !handIds.includes(id)) };
}

function withOutcome(poll: OwnPoll, told: Pick<OwnPoll, "outcome"> & { pollId: string }): OwnPoll {
  return poll.id === told.pollId && poll.state === "open" ? { ...poll, outcome: told.outcome } : poll;
}

const byAge = (a: OwnQuestion, b: OwnQuestion): number => (a.id < b.id ? -1 : 1);

function withoutId<T extends { id: string }>(items: readonly T[], id: string): readonly T[] {
  return items.filter((item) => item.id !== id);
}
