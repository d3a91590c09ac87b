/** What a show lets its audience do, as state and actions: one store for each page. */
import type { Hand, PollVote, Question, Reaction } from "@rostrum/contract/engagement";
import { useMemo, useSyncExternalStore } from "react";
import { useNow } from "../../lib/locale.tsx";
import type { Followed, TopicReducer, TopicStore } from "../../lib/realtime/topic-store.ts";
import { useSend, useTopicStore } from "../../lib/realtime/use-topic.ts";
import { useMe } from "../../lib/session.ts";
import { applyCrowd, type Crowd, NO_CROWD, reacted, unreacted } from "./crowd.ts";
import * as engagement from "./engagement-state.ts";
import { ReactionSender } from "./reaction-sender.ts";
import { useOwnNews } from "./use-own-news.ts";

type State = engagement.EngagementState;
/** Reactions come several times a second: who does not draw them is not drawn anew for them. */
type Whole = Readonly<{ show: State; crowd: Crowd }>;
type EngagementStore = TopicStore<Whole>;
type Send = ReturnType<typeof useSend>;

/** Every one rejects with `ApiError`, whose message is the sentence to show. */
export interface EngagementActions {
  /** Takes the place of what was voted before. */
  vote(pollId: string, optionIds: readonly string[]): Promise<void>;
  /** @param mediaTimeMs what the asker's picture shows; null: not known */
  ask(text: string, mediaTimeMs: number | null): Promise<Question>;
  upvote(questionId: string, isOn: boolean): Promise<void>;
  /** Shown at once; many clicks are told together. Resolves when they were taken. */
  react(reaction: Reaction): Promise<void>;
  hand(isUp: boolean): Promise<void>;
  /** That a handout was opened: only counted. */
  opened(handoutId: string): Promise<void>;
  /** An own question that was not taken up is not shown any longer. */
  forget(questionId: string): void;
}

export type Engagement = Readonly<{
  broadcastId: string;
  /** `refused`: the show is not, or no longer, for this reader. */
  phase: Followed<State>["phase"];
  state: State;
  /** What is clicked, for who draws it: fits useSyncExternalStore. */
  crowd: Readonly<{ subscribe: (listener: () => void) => () => void; current: () => Crowd }>;
  /** The reader has an account. */
  isSignedIn: boolean;
  actions: EngagementActions;
  /** For those who learn of changes earlier than by the topic. */
  change: Change;
}>;

const REDUCER: TopicReducer<Whole> = {
  initial: { show: engagement.NO_ENGAGEMENT, crowd: NO_CROWD },
  reset: (snapshot, { show, crowd }) => ({
    show: engagement.resetEngagement(show, snapshot, Date.now()),
    crowd: { ...crowd, sent: {} },
  }),
  apply: (before, events) => {
    const told = engagement.engagementEvents(events);
    if (told.length === 0) return before;
    return { show: engagement.applyEngagement(before.show, told), crowd: applyCrowd(before.crowd, told) };
  },
};

/** @param token a playback token, for who may watch only with one */
export function useEngagement(broadcastId: string, token?: string): Engagement {
  const isSignedIn = useMe() !== null;
  const store = useTopicStore(`broadcast:${broadcastId}`, REDUCER, token);
  const current = (): State => store.state().state.show;
  const state = useSyncExternalStore(store.subscribe, current, current);
  const currentPhase = () => store.state().phase;
  const phase = useSyncExternalStore(store.subscribe, currentPhase, currentPhase);
  const send = useSend();
  const change = useMemo(() => changer(store), [store]);
  useOwnNews(change, broadcastId);
  const actions = useMemo(() => actionsOf({ broadcastId, store, change, send }), [broadcastId, store, change, send]);
  const crowd = useMemo(() => ({ subscribe: store.subscribe, current: () => store.state().state.crowd }), [store]);
  return { broadcastId, phase, state, crowd, isSignedIn, actions, change };
}

/** Ms since 1970 by the server's clock, renewed every second. */
export function useServerNow({ skewMs }: State): number {
  return useNow() + skewMs;
}

/** Changes what is known of the show. */
export type Change = (how: (state: State) => State) => void;

function changer(store: EngagementStore): Change {
  return (how) => store.change((whole) => ({ ...whole, show: how(whole.show) }));
}

type Parts = Readonly<{ broadcastId: string; store: EngagementStore; change: Change; send: Send }>;

function actionsOf({ broadcastId, store, change, send }: Parts): EngagementActions {
  const changeCrowd = (how: (crowd: Crowd) => Crowd): void =>
    store.change((whole) => ({ ...whole, crowd: how(whole.crowd) }));
  const reactions = new ReactionSender({
    send: (reaction, count) => send("engagement.react", { broadcastId, reaction, count }),
    onRefused: (reaction, count) => changeCrowd((crowd) => unreacted(crowd, reaction, count)),
  });
  return {
    async vote(pollId, optionIds) {
      const answer = await send<PollVote>("poll.vote", { pollId, optionIds });
      change((state) => engagement.voted(state, pollId, answer.optionIds));
    },
    async ask(text, mediaTimeMs) {
      const place = mediaTimeMs === null ? {} : { mediaTimeMs };
      const { question } = await send<{ question: Question }>("question.ask", { broadcastId, text, ...place });
      change((state) => engagement.asked(state, question));
      return question;
    },
    upvote: (questionId, isOn) => upvote(change, send, questionId, isOn),
    react(reaction) {
      changeCrowd((crowd) => reacted(crowd, reaction));
      return reactions.add(reaction);
    },
    async hand(isUp) {
      const hand = await send<Hand | null>(isUp ? "hand.raise" : "hand.lower", { broadcastId });
      change((state) => engagement.handed(state, hand));
    },
    opened: (handoutId) => send("handout.click", { handoutId }),
    forget: (questionId) => change((state) => engagement.forgotten(state, questionId)),
  };
}

type Upvoted = Readonly<{ questionId: string; upvoted: boolean; upvotes: number }>;

async function upvote(change: Change, send: Send, questionId: string, isOn: boolean): Promise<void> {
  change((state) => engagement.upvoted(state, questionId, isOn));
  try {
    const { upvotes } = await send<Upvoted>(isOn ? "question.upvote" : "question.unvote", { questionId });
    change((state) => engagement.upvoted(state, questionId, isOn, upvotes));
  } catch (error) {
    change((state) => engagement.upvoted(state, questionId, !isOn));
    throw error;
  }
}
