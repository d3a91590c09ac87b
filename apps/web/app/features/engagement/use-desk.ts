/** The crew's side of a show: what waits for it, and what it can do. */
import type { Client } from "@rostrum/client/client";
import type {
  CreatePollBody,
  OwnPoll,
  OwnQuestion,
  QuestionState,
  UpdateQuestionBody,
} from "@rostrum/contract/engagement";
import { useEffect, useMemo } from "react";
import type { z } from "zod";
import type { TopicStore } from "../../lib/realtime/topic-store.ts";
import { useFollowed, useTopicStore } from "../../lib/realtime/use-topic.ts";
import { DESK, type DeskState, lowered, settled, withoutPoll, withPending, withPoll } from "./desk-state.ts";
import { type EngagementState, withoutQuestion, withQuestion } from "./engagement-state.ts";
import type { Change, Engagement } from "./use-engagement.ts";

export type EngagementApi = Pick<Client, "engagement">;
export type PollValues = z.output<typeof CreatePollBody>;

/** Every one rejects with `ApiError`. What the server answers is shown at once, also where no socket passes. */
export interface DeskActions {
  /** A new draft, or (`id`) changes one. Answers its id. */
  savePoll(id: string | null, values: PollValues): Promise<string>;
  openPoll(id: string): Promise<void>;
  closePoll(id: string): Promise<void>;
  removePoll(id: string): Promise<void>;
  /** Of an open poll: while people vote, or after its end. */
  showResults(id: string, when: OwnPoll["results"]): Promise<void>;
  /** Approves, answers, dismisses, or brings back. */
  settle(questionId: string, body: z.input<typeof UpdateQuestionBody>): Promise<void>;
  /** On top for everybody, in the place of the one that was. */
  pin(questionId: string, isPinned: boolean): Promise<void>;
  lowerHand(id: string): Promise<void>;
  lowerHands(): Promise<void>;
}

export type Desk = Readonly<{
  api: EngagementApi;
  broadcastId: string;
  channelId: string;
  staff: DeskState;
  /** What everybody sees. */
  show: EngagementState;
  actions: DeskActions;
}>;

/** Only for those who may manage engagement: others are refused the topic. */
export function useDesk(api: EngagementApi, channelId: string, { broadcastId, state, change }: Engagement): Desk {
  const store = useTopicStore(`moderation:${broadcastId}`, DESK);
  const { state: staff } = useFollowed(store);
  useMorePending(api, broadcastId, store, staff);
  const actions = useMemo(() => actionsOf({ api, broadcastId, store, change }), [api, broadcastId, store, change]);
  return { api, broadcastId, channelId, staff, show: state, actions };
}

const FEW_PENDING = 20;

/** What waits behind the questions that are shown comes when few of them are left. */
function useMorePending(
  { engagement }: EngagementApi,
  broadcastId: string,
  store: TopicStore<DeskState>,
  { pending, hasMorePending }: DeskState,
): void {
  const isDue = hasMorePending && pending.length < FEW_PENDING;
  // Asked again with the next one that is settled, if it fails.
  const left = isDue ? pending.length : null;
  useEffect(() => {
    if (left === null) return undefined;
    const leaving = new AbortController();
    engagement.pendingQuestions(broadcastId, { signal: leaving.signal }).then(
      ({ items, nextCursor }) => store.change((state) => withPending(state, items, nextCursor !== null)),
      () => undefined,
    );
    return () => leaving.abort();
  }, [engagement, broadcastId, store, left]);
}

type Parts = Readonly<{ api: EngagementApi; broadcastId: string; store: TopicStore<DeskState>; change: Change }>;

function actionsOf(parts: Parts): DeskActions {
  const { api, broadcastId, store } = parts;
  const { polls, settleQuestion, pinQuestion, lowerHand, lowerHands } = api.engagement;
  return {
    async savePoll(id, values) {
      const poll = await (id === null ? polls.create(broadcastId, values) : polls.update(broadcastId, id, values));
      store.change((state) => withPoll(state, poll));
      return poll.id;
    },
    async openPoll(id) {
      const poll = await polls.open(broadcastId, id);
      store.change((state) => withPoll(state, poll));
    },
    async closePoll(id) {
      const poll = await polls.close(broadcastId, id);
      store.change((state) => withPoll(state, poll));
    },
    async removePoll(id) {
      await polls.remove(broadcastId, id);
      store.change((state) => withoutPoll(state, id));
    },
    async showResults(id, results) {
      const poll = await polls.update(broadcastId, id, { results });
      store.change((state) => withPoll(state, poll));
    },
    async pin(questionId, isPinned) {
      took(parts, await pinQuestion(broadcastId, questionId, isPinned));
    },
    async settle(questionId, body) {
      took(parts, await settleQuestion(broadcastId, questionId, body));
    },
    async lowerHand(id) {
      await lowerHand(broadcastId, id);
      store.change((state) => lowered(state, [id]));
    },
    async lowerHands() {
      const ids = store.state().state.hands.map(({ id }) => id);
      await lowerHands(broadcastId);
      store.change((state) => lowered(state, ids));
    },
  };
}

const PUBLIC: readonly QuestionState[] = ["open", "answering", "answered"];

function took({ store, change }: Parts, question: OwnQuestion): void {
  store.change((state) => settled(state, question.id));
  change((state) =>
    PUBLIC.includes(question.state) ? withQuestion(state, question) : withoutQuestion(state, question.id),
  );
}
