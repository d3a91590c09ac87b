/**
 * What the audience does beside watching: polls, questions, reactions, raised hands; and what the crew shows it: announcements, handouts.
 * Actions go over the realtime socket, what the crew manages over `/api/v1`. DESIGN §5.
 */
import { z } from "zod";
import { Id, Instant, PageQuery, Text, pageOf } from "./common.ts";

/** What a channel lets its audience do and its crew show. */
export const EngagementSettings = z.object({
  polls: z.boolean(),
  questions: z.boolean(),
  /** The crew looks at each question before others see it. */
  questionsApproved: z.boolean(),
  /** Questions of one account that may wait for an answer at a time. */
  questionsPerPerson: z.number().int().min(1).max(50),
  reactions: z.boolean(),
  hands: z.boolean(),
  announcements: z.boolean(),
  handouts: z.boolean(),
});
export type EngagementSettings = z.infer<typeof EngagementSettings>;
export const UpdateEngagementSettingsBody = EngagementSettings.partial();

export const DEFAULT_ENGAGEMENT_SETTINGS: EngagementSettings = {
  polls: true,
  questions: true,
  questionsApproved: false,
  questionsPerPerson: 3,
  reactions: true,
  hands: false,
  announcements: true,
  handouts: true,
};

export const ENGAGEMENT_LIMITS = {
  pollOptions: 10,
  pollsPerBroadcast: 100,
  questionChars: 500,
  questionsPerBroadcast: 2000,
  announcementChars: 300,
  handoutsPerBroadcast: 50,
  hands: 1000,
} as const;

// ---- polls ----

/** `draft`: being written, for the crew only · `open`: can be voted in · `closed`. */
export const PollState = z.enum(["draft", "open", "closed"]);
export type PollState = z.infer<typeof PollState>;

/** When everybody sees the counts: while the poll is open, or only after it has closed. */
export const PollResultsShown = z.enum(["live", "after"]);

/** `votes` by the option's id; in a poll with several choices their sum is more than `voters`. */
export const PollOutcome = z.object({ voters: z.number().int(), votes: z.record(Id, z.number().int()) });
export type PollOutcome = z.infer<typeof PollOutcome>;

/** `outcome` is null where the reader may not see it (yet). `closesAt` is by the server's clock; null: until somebody closes it. */
export const Poll = z.object({
  id: Id,
  broadcastId: Id,
  question: z.string(),
  options: z.array(z.object({ id: Id, text: z.string() })),
  multiple: z.boolean(),
  /** The crew sees who voted for what; voters are told so. */
  named: z.boolean(),
  results: PollResultsShown,
  state: PollState,
  openedAt: Instant.nullable(),
  closesAt: Instant.nullable(),
  closedAt: Instant.nullable(),
  outcome: PollOutcome.nullable(),
});
export type Poll = z.infer<typeof Poll>;

/** The crew's view: the counts are always there. */
export const OwnPoll = Poll.extend({
  outcome: PollOutcome,
  durationSec: z.number().int().nullable(),
  createdAt: Instant,
});
export type OwnPoll = z.infer<typeof OwnPoll>;
export const Polls = z.object({ items: z.array(z.union([OwnPoll, Poll])) });

const PollOptionText = Text.trim().min(1).max(100);
const PollOptions = z
  .array(PollOptionText)
  .min(2)
  .max(ENGAGEMENT_LIMITS.pollOptions)
  .refine((all) => new Set(all.map((text) => text.toLowerCase())).size === all.length, "two options are the same");
const pollFields = {
  question: Text.trim().min(1).max(300),
  options: PollOptions,
  multiple: z.boolean(),
  named: z.boolean(),
  results: PollResultsShown,
  /** How long it stays open; null: until somebody closes it. */
  durationSec: z.number().int().min(5).max(86_400).nullable(),
};
export const CreatePollBody = z.object({
  ...pollFields,
  multiple: pollFields.multiple.default(false),
  named: pollFields.named.default(false),
  results: pollFields.results.default("live"),
  durationSec: pollFields.durationSec.default(null),
});
/** Drafts; of a poll that people vote in, only `results`. */
export const UpdatePollBody = z.object(pollFields).partial();
/** `option`: how many for each · `voter`: who for what, of named polls only. */
export const PollExportQuery = z.object({ by: z.enum(["option", "voter"]).default("option") });

/** Action `poll.vote`: takes the place of what the account voted before. Answered by the same. */
export const PollVote = z.object({
  pollId: Id,
  optionIds: z
    .array(Id)
    .min(1)
    .max(ENGAGEMENT_LIMITS.pollOptions)
    .refine((ids) => new Set(ids).size === ids.length, "an option stands there twice"),
});
export type PollVote = z.infer<typeof PollVote>;

// ---- questions ----

/** `pending`: waits for the crew's approval · `answering`: being answered in the show right now. */
export const QuestionState = z.enum(["pending", "open", "answering", "answered", "dismissed"]);
export type QuestionState = z.infer<typeof QuestionState>;

/** Everybody sees those that are `open`, `answering` and `answered`. Media times in ms; `answer` has a text, a place in the show, or both. */
export const Question = z.object({
  id: Id,
  broadcastId: Id,
  text: z.string(),
  /** Null when the account is gone. */
  author: z.object({ handle: z.string(), displayName: z.string() }).nullable(),
  state: QuestionState,
  upvotes: z.number().int(),
  /** On top of all others, until it is taken down: one at a time. */
  pinned: z.boolean(),
  askedAt: Instant,
  mediaTimeMs: z.number().int().nullable(),
  answer: z.object({ text: z.string().nullable(), mediaTimeMs: z.number().int().nullable() }).nullable(),
});
export type Question = z.infer<typeof Question>;

/** The crew's view: `accountId` to act on, and why it was held. */
export const OwnQuestion = Question.extend({ accountId: Id.nullable(), heldFor: z.string().nullable() });
export type OwnQuestion = z.infer<typeof OwnQuestion>;

/** `newest` first, or those with the most votes first. Only the crew finds `pending` and `dismissed` ones. */
export const ListQuestionsQuery = PageQuery.extend({
  state: QuestionState.optional(),
  sort: z.enum(["newest", "votes"]).default("newest"),
});
export const QuestionPage = pageOf(Question);
export const OwnQuestionPage = pageOf(OwnQuestion);

/** `open` approves, or brings back. `answering` ends what was being answered. `text` goes with `answered`. */
export const UpdateQuestionBody = z
  .object({
    state: z.enum(["open", "answering", "answered", "dismissed"]),
    text: Text.trim().min(1).max(2000).optional(),
  })
  .refine(({ state, text }) => text === undefined || state === "answered", {
    message: "an answer's text goes with the state answered",
    path: ["text"],
  });

const MediaTimeMs = z
  .number()
  .min(0)
  .max(366 * 86_400_000);
/** Action `question.ask`, answered by `{ question }`. `mediaTimeMs`: what the asker's player was showing. */
export const AskQuestion = z.object({
  broadcastId: Id,
  text: Text.trim().min(1).max(ENGAGEMENT_LIMITS.questionChars),
  mediaTimeMs: MediaTimeMs.optional(),
});
/** Actions `question.upvote` and `question.unvote`, answered by `{ questionId, upvoted, upvotes }`. */
export const QuestionVote = z.object({ questionId: Id });

// ---- reactions and hands ----

/** Named, not drawn: pages choose the picture. */
export const Reaction = z.enum(["heart", "clap", "laugh", "wow", "sad", "fire", "party", "thumbs_up"]);
export type Reaction = z.infer<typeof Reaction>;
export const REACTION_EMOJI: Readonly<Record<Reaction, string>> = {
  heart: "❤️",
  clap: "👏",
  laugh: "😂",
  wow: "😮",
  sad: "😢",
  fire: "🔥",
  party: "🎉",
  thumbs_up: "👍",
};
/** Counts are told together so often. */
export const REACTIONS_EVERY_MS = 500;
/** Action `engagement.react`; `count`: clicks since the last time it was sent. */
export const React = z.object({
  broadcastId: Id,
  reaction: Reaction,
  count: z.number().int().min(1).max(10).default(1),
});

/** Actions `hand.raise` and `hand.lower`, answered by the own hand or null. */
export const HandBody = z.object({ broadcastId: Id });
/** For its owner and the crew. */
export const Hand = z.object({ id: Id, raisedAt: Instant });
export type Hand = z.infer<typeof Hand>;
export const OwnHand = Hand.extend({ accountId: Id, handle: z.string(), displayName: z.string() });
/** In the order in which they were raised. */
export const Hands = z.object({ items: z.array(OwnHand) });
export type OwnHand = z.infer<typeof OwnHand>;

// ---- announcements and handouts ----

/** A banner; one at a time, a new one takes the place of the former. `endsAt` null: until it is closed. */
export const Announcement = z.object({ id: Id, text: z.string(), shownAt: Instant, endsAt: Instant.nullable() });
export type Announcement = z.infer<typeof Announcement>;
export const OwnAnnouncement = Announcement.extend({ closedAt: Instant.nullable() });
export type OwnAnnouncement = z.infer<typeof OwnAnnouncement>;
export const Announcements = z.object({ items: z.array(OwnAnnouncement) });
export const AnnounceBody = z.object({
  text: Text.trim().min(1).max(ENGAGEMENT_LIMITS.announcementChars),
  durationSec: z.number().int().min(3).max(86_400).nullable().default(30),
});

/** Absolute, https, without a name or password in it. */
export const SafeLink = z
  .url({ protocol: /^https$/, normalize: true, error: "a link that begins with https://" })
  .max(2000)
  .refine((url) => !/^https:\/\/[^/?#]*@/.test(url), "a link without a name or password in it");

/** `link`: an entry in the list of handouts · `card`: a call to action with a button. */
export const HandoutKind = z.enum(["link", "card"]);
export const Handout = z.object({
  id: Id,
  kind: HandoutKind,
  title: z.string(),
  text: z.string(),
  /** Of the button or link. */
  label: z.string(),
  url: z.string(),
});
export type Handout = z.infer<typeof Handout>;
export const OwnHandout = Handout.extend({ shown: z.boolean(), clicks: z.number().int(), createdAt: Instant });
export type OwnHandout = z.infer<typeof OwnHandout>;
export const Handouts = z.object({ items: z.array(z.union([OwnHandout, Handout])) });
const handoutFields = {
  title: Text.trim().min(1).max(100),
  text: Text.trim().max(500),
  label: Text.trim().min(1).max(40),
  url: SafeLink,
  shown: z.boolean(),
};
export const CreateHandoutBody = z.object({
  kind: HandoutKind,
  ...handoutFields,
  text: handoutFields.text.default(""),
  label: handoutFields.label.default("Open"),
  shown: handoutFields.shown.default(false),
});
export const UpdateHandoutBody = z.object(handoutFields).partial();
/** Action `handout.click`, answered by null. */
export const HandoutClick = z.object({ handoutId: Id });

// ---- what travels ----

/** What the caller did; null without an account. `pending`: own questions that others do not see yet. */
const OwnEngagement = z.object({
  votes: z.record(Id, z.array(Id)),
  upvoted: z.array(Id),
  pending: z.array(Question),
  hand: Hand.nullable(),
});

/**
 * The part of the snapshot of `broadcast:<id>`. Questions: the one that is pinned, those being or to be answered, most votes first, then
 * answered ones.
 */
export const EngagementSnapshot = z.object({
  engagement: z.object({ settings: EngagementSettings, serverTime: Instant, own: OwnEngagement.nullable() }),
  polls: z.array(Poll),
  questions: z.array(Question),
  announcements: z.array(Announcement),
  handouts: z.array(Handout),
});
export type EngagementSnapshot = z.infer<typeof EngagementSnapshot>;

/** The part of the snapshot of `moderation:<id>`. */
export const EngagementModerationSnapshot = z.object({
  questions: z.array(OwnQuestion),
  polls: z.array(OwnPoll),
  hands: z.array(OwnHand),
});
export type EngagementModerationSnapshot = z.infer<typeof EngagementModerationSnapshot>;

/**
 * On `broadcast:<id>`. `poll.changed`: its results are shown at another time than before. What is told of a poll that is known as
 * closed as if it were open is late: leave it out; as is a `poll.results` where results come after the end. `question.changed` is also
 * how a question appears that was approved, or comes back.
 */
export const EngagementEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("engagement.settings"), settings: EngagementSettings }),
  z.object({ type: z.literal("poll.opened"), poll: Poll }),
  z.object({ type: z.literal("poll.changed"), poll: Poll }),
  z.object({ type: z.literal("poll.results"), pollId: Id, outcome: PollOutcome }),
  z.object({ type: z.literal("poll.closed"), poll: Poll }),
  z.object({ type: z.literal("poll.removed"), pollId: Id }),
  z.object({ type: z.literal("question.asked"), question: Question }),
  z.object({ type: z.literal("question.changed"), question: Question }),
  z.object({ type: z.literal("question.votes"), upvotes: z.record(Id, z.number().int()) }),
  z.object({ type: z.literal("question.removed"), questionId: Id }),
  z.object({ type: z.literal("engagement.reactions"), counts: z.partialRecord(Reaction, z.number().int()) }),
  z.object({ type: z.literal("announcement.shown"), announcement: Announcement }),
  z.object({ type: z.literal("announcement.closed"), announcementId: Id }),
  z.object({ type: z.literal("handout.shown"), handout: Handout }),
  z.object({ type: z.literal("handout.hidden"), handoutId: Id }),
]);
export type EngagementEvent = z.infer<typeof EngagementEvent>;

/** On `moderation:<id>`. */
export const EngagementModerationEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("poll.changed"), poll: OwnPoll }),
  z.object({ type: z.literal("poll.results"), pollId: Id, outcome: PollOutcome }),
  z.object({ type: z.literal("poll.removed"), pollId: Id }),
  z.object({ type: z.literal("question.pending"), question: OwnQuestion }),
  /** It does not wait any more. */
  z.object({ type: z.literal("question.settled"), questionId: Id, state: QuestionState }),
  z.object({ type: z.literal("hand.raised"), hand: OwnHand }),
  z.object({ type: z.literal("hand.lowered"), handIds: z.array(Id) }),
]);
export type EngagementModerationEvent = z.infer<typeof EngagementModerationEvent>;

/** On `user:<accountId>`: the crew has lowered your hand; what became of your question. */
export const EngagementUserEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("hand.lowered"), broadcastId: Id }),
  z.object({ type: z.literal("question.settled"), broadcastId: Id, questionId: Id, state: QuestionState }),
]);
export type EngagementUserEvent = z.infer<typeof EngagementUserEvent>;
