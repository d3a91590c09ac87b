/** Polls, questions, announcements and handouts of a show as one page knows them: a pure fold of the topic `broadcast:<id>`. */
import {
  type Announcement,
  DEFAULT_ENGAGEMENT_SETTINGS,
  EngagementEvent,
  type EngagementSettings,
  EngagementSnapshot,
  type EngagementUserEvent,
  type Handout,
  type Hand,
  type Poll,
  type Question,
} from "@rostrum/contract/engagement";

/** What the reader did; null without an account. `waiting`: own questions that others do not see yet, or never will (`dismissed`). */
export type Own = Readonly<{
  votes: Readonly<Record<string, readonly string[]>>;
  upvoted: readonly string[];
  waiting: readonly Question[];
  hand: Hand | null;
}>;

export type EngagementState = Readonly<{
  /** False until the first state came: then nothing is known but the usual settings. */
  isKnown: boolean;
  settings: EngagementSettings;
  own: Own | null;
  /** Newest first. */
  polls: readonly Poll[];
  /** In no order. */
  questions: readonly Question[];
  announcement: Announcement | null;
  handouts: readonly Handout[];
  /** The server's clock less this device's, ms. */
  skewMs: number;
  /** Polls that were opened while the page was open: news. */
  opened: readonly string[];
}>;

const MAX_POLLS = 100;
/** The answered ones go first. */
const MAX_QUESTIONS = 500;
const MAX_OPENED = 20;

export const NO_ENGAGEMENT: EngagementState = {
  isKnown: false,
  settings: DEFAULT_ENGAGEMENT_SETTINGS,
  own: null,
  polls: [],
  questions: [],
  announcement: null,
  handouts: [],
  skewMs: 0,
  opened: [],
};

/** The whole state, as the server tells it. @param nowMs this device's wall clock */
export function resetEngagement(before: EngagementState, snapshot: unknown, nowMs: number): EngagementState {
  const told = EngagementSnapshot.safeParse(snapshot).data;
  if (told === undefined) return before;
  const { engagement, polls, questions, announcements, handouts } = told;
  const { settings, serverTime, own } = engagement;
  const dismissed = before.own?.waiting.filter(({ state }) => state === "dismissed") ?? [];
  return {
    ...before,
    ...{ isKnown: true, settings, polls, questions, handouts },
    own: own && { ...withoutPending(own), waiting: [...own.pending, ...dismissed] },
    announcement: announcements[0] ?? null,
    skewMs: Date.parse(serverTime) - nowMs,
  };
}

function withoutPending({ votes, upvoted, hand }: NonNullable<EngagementSnapshot["engagement"]["own"]>) {
  return { votes, upvoted, hand };
}

/** Those of engagement; what other features tell on the same topic is passed over. */
export function engagementEvents(events: readonly unknown[]): readonly EngagementEvent[] {
  return events.flatMap((event) => EngagementEvent.safeParse(event).data ?? []);
}

/** Reactions are not part of it. Answers the same object when nothing changed. */
export function applyEngagement(state: EngagementState, events: readonly EngagementEvent[]): EngagementState {
  return state.isKnown ? events.reduce(one, state) : state;
}

function one(state: EngagementState, event: EngagementEvent): EngagementState {
  switch (event.type) {
    case "engagement.settings":
      return { ...state, settings: event.settings };
    case "poll.opened":
      return { ...withPoll(state, event.poll), opened: [...state.opened, event.poll.id].slice(-MAX_OPENED) };
    case "poll.changed":
    case "poll.closed":
      return withPoll(state, event.poll);
    case "poll.results":
      return withResults(state, event);
    case "poll.removed":
      return { ...state, polls: state.polls.filter(({ id }) => id !== event.pollId) };
    case "question.asked":
    case "question.changed":
      return withQuestion(state, event.question);
    case "question.votes":
      return { ...state, questions: state.questions.map((asked) => counted(asked, event.upvotes[asked.id])) };
    case "question.removed":
      return withoutQuestion(state, event.questionId);
    case "engagement.reactions":
      return state;
    case "announcement.shown":
      return { ...state, announcement: event.announcement };
    case "announcement.closed":
      return state.announcement?.id === event.announcementId ? { ...state, announcement: null } : state;
    case "handout.shown":
      return { ...state, handouts: [...withoutId(state.handouts, event.handout.id), event.handout] };
    case "handout.hidden":
      return { ...state, handouts: withoutId(state.handouts, event.handoutId) };
    default:
      return event satisfies never;
  }
}

function withoutId<T extends { id: string }>(items: readonly T[], id: string): readonly T[] {
  return items.filter((item) => item.id !== id);
}

function withPoll(state: EngagementState, poll: Poll): EngagementState {
  const known = state.polls.find(({ id }) => id === poll.id);
  // What is closed stays so: it was told late.
  if (known?.state === "closed" && poll.state === "open") return state;
  const polls = known ? state.polls.map((one) => (one.id === poll.id ? poll : one)) : [poll, ...state.polls];
  return { ...state, polls: polls.slice(0, MAX_POLLS) };
}

/** Results of a poll that is known as closed are late, and so are those that are for later. */
function withResults(
  state: EngagementState,
  { pollId, outcome }: Extract<EngagementEvent, { type: "poll.results" }>,
): EngagementState {
  const takes = (poll: Poll): boolean => poll.id === pollId && poll.state === "open" && poll.results === "live";
  const polls = state.polls.map((poll) => (takes(poll) ? { ...poll, outcome } : poll));
  return { ...state, polls };
}

/** A question that everybody sees, as it is now. One is on top at a time. */
export function withQuestion(state: EngagementState, question: Question): EngagementState {
  const own = state.own && { ...state.own, waiting: withoutId(state.own.waiting, question.id) };
  const others = withoutId(state.questions, question.id);
  const questions = [...(question.pinned ? others.map(takenDown) : others), question];
  return { ...state, own, questions: bounded(questions) };
}

export function withoutQuestion(state: EngagementState, id: string): EngagementState {
  return { ...state, questions: withoutId(state.questions, id) };
}

const takenDown = (question: Question): Question => (question.pinned ? { ...question, pinned: false } : question);

function bounded(questions: readonly Question[]): readonly Question[] {
  if (questions.length <= MAX_QUESTIONS) return questions;
  const others = questions.filter(({ pinned }) => !pinned);
  const answered = others.find(({ state }) => state === "answered") ?? others[0];
  return questions.filter((question) => question !== answered);
}

function counted(question: Question, upvotes: number | undefined): Question {
  return upvotes === undefined ? question : { ...question, upvotes };
}

/** The reader's vote in a poll is this. */
export function voted(state: EngagementState, pollId: string, optionIds: readonly string[]): EngagementState {
  return state.own === null
    ? state
    : { ...state, own: { ...state.own, votes: { ...state.own.votes, [pollId]: optionIds } } };
}

/** What became of a question that was asked here: others see it, or it waits. */
export function asked(state: EngagementState, question: Question): EngagementState {
  if (question.state !== "pending") return withQuestion(state, question);
  if (state.own === null) return state;
  const waiting = [...withoutId(state.own.waiting, question.id), question];
  return { ...state, own: { ...state.own, waiting } };
}

/** The reader's vote for a question, at once; the count comes from the server with `upvotes`. */
export function upvoted(state: EngagementState, id: string, isOn: boolean, upvotes?: number): EngagementState {
  if (state.own === null) return state;
  const before = state.own.upvoted.includes(id);
  const others = state.own.upvoted.filter((one) => one !== id);
  const step = Number(isOn) - Number(before);
  const questions = state.questions.map((question) =>
    question.id === id ? { ...question, upvotes: upvotes ?? Math.max(0, question.upvotes + step) } : question,
  );
  return { ...state, questions, own: { ...state.own, upvoted: isOn ? [...others, id] : others } };
}

/** The reader's hand is up, or (null) down. */
export function handed(state: EngagementState, hand: Hand | null): EngagementState {
  return state.own === null ? state : { ...state, own: { ...state.own, hand } };
}

/** One's own question that was not taken up need not be shown any longer. */
export function forgotten(state: EngagementState, id: string): EngagementState {
  return state.own === null ? state : { ...state, own: { ...state.own, waiting: withoutId(state.own.waiting, id) } };
}

/** What the crew told this person alone. */
export function toldPerson(state: EngagementState, event: EngagementUserEvent, broadcastId: string): EngagementState {
  if (state.own === null || event.broadcastId !== broadcastId) return state;
  if (event.type === "hand.lowered") return handed(state, null);
  const { questionId, state: became } = event;
  const waiting = state.own.waiting.flatMap((question) => {
    if (question.id !== questionId) return [question];
    return became === "dismissed" ? [{ ...question, state: became }] : [];
  });
  return { ...state, own: { ...state.own, waiting } };
}
