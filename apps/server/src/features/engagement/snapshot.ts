/** What the topics `broadcast:<id>` and `moderation:<id>` begin with. */
import {
  type EngagementModerationSnapshot,
  type EngagementSettings,
  type EngagementSnapshot,
  ENGAGEMENT_LIMITS,
} from "@rostrum/contract/engagement";
import type { Context } from "../../context.ts";
import type { Viewer } from "../../http/auth.ts";
import type { SnapshotPart } from "../../http/realtime-rules.ts";
import { AppError } from "../../lib/app-error.ts";
import { SharedReads } from "../../lib/shared-reads.ts";
import { findShown } from "../broadcasts/service.ts";
import { shownAnnouncements } from "./announcements.ts";
import { findHand, listHands } from "./hands.ts";
import { shownHandouts } from "./handouts.ts";
import { factsOf, ownPoll, publicPoll } from "./poll-present.ts";
import { listPolls, votesOf } from "./poll-queries.ts";
import { ownQuestion, publicQuestion } from "./question-present.ts";
import { findPinned, listOwnQuestions, listQuestions, type QuestionRow, upvotedBy } from "./question-queries.ts";
import { settingsOfShow } from "./settings.ts";

/** The newest ones; all of them over HTTP. */
const MAX_POLLS = 20;
const MAX_WAITING = 100;
const MAX_ANSWERED = 50;
/** Of the crew's queue; the rest page by page over HTTP. */
const MAX_PENDING = 200;
const MAX_OWN = 30;
const MAX_UPVOTED = 500;

type Shared = Omit<EngagementSnapshot, "engagement"> & Readonly<{ settings: EngagementSettings }>;

/** The same for everybody, the crew too, but for `engagement.own`. Who may see the show is asked before. */
export function engagementSnapshot(ctx: Context): SnapshotPart {
  const shared = new SharedReads<Shared>((id) => readShared(ctx, id));
  return async ({ viewer }, id): Promise<EngagementSnapshot> => {
    const [{ settings, ...lists }, own] = await Promise.all([shared.get(id), readOwn(ctx, viewer, id)]);
    return { ...lists, engagement: { settings, own, serverTime: new Date().toISOString() } };
  };
}

/** For the crew; who may see it is asked before. */
export function engagementModerationSnapshot(ctx: Context): SnapshotPart {
  return async (_caller, id): Promise<EngagementModerationSnapshot> => {
    const { db } = ctx.store;
    const pending = { states: ["pending"], byVotes: false, limit: MAX_PENDING } as const;
    const [questions, polls, hands] = await Promise.all([
      listQuestions(db, id, pending),
      listPolls(db, id, { drafts: true, limit: ENGAGEMENT_LIMITS.pollsPerBroadcast }),
      listHands(db, id),
    ]);
    return { questions: questions.map(ownQuestion), polls: (await factsOf(db, polls)).map(ownPoll), hands };
  };
}

async function readShared(ctx: Context, id: string): Promise<Shared> {
  const { db } = ctx.store;
  const row = await findShown(db, id);
  if (row === undefined) throw new AppError("not_found", "No such broadcast.");
  const settings = await settingsOfShow(ctx, row);
  const ifOn = <T>(isOn: boolean, read: () => Promise<T[]>): Promise<T[]> => (isOn ? read() : Promise.resolve([]));
  const waiting = { states: ["open", "answering"], byVotes: true, limit: MAX_WAITING } as const;
  const answered = { states: ["answered"], byVotes: false, limit: MAX_ANSWERED } as const;
  const [polls, pinned, open, done, announcements, handouts] = await Promise.all([
    ifOn(settings.polls, () => listPolls(db, id, { drafts: false, limit: MAX_POLLS })),
    settings.questions ? findPinned(db, id) : undefined,
    ifOn(settings.questions, () => listQuestions(db, id, waiting)),
    ifOn(settings.questions, () => listQuestions(db, id, answered)),
    ifOn(settings.announcements, () => shownAnnouncements(db, id)),
    ifOn(settings.handouts, () => shownHandouts(db, id)),
  ]);
  return {
    settings,
    polls: (await factsOf(db, polls)).map(publicPoll),
    questions: onTop(pinned, [...open, ...done]).map(publicQuestion),
    announcements,
    handouts,
  };
}

/** It may be none of those that are listed. */
function onTop(pinned: QuestionRow | undefined, listed: readonly QuestionRow[]): readonly QuestionRow[] {
  return pinned === undefined ? listed : [pinned, ...listed.filter(({ id }) => id !== pinned.id)];
}

async function readOwn(ctx: Context, viewer: Viewer, id: string): Promise<EngagementSnapshot["engagement"]["own"]> {
  if (viewer.kind === "anonymous") return null;
  const { db } = ctx.store;
  const { accountId } = viewer;
  const [votes, upvoted, pending, hand] = await Promise.all([
    votesOf(db, accountId, id),
    upvotedBy(db, accountId, id, MAX_UPVOTED),
    listOwnQuestions(db, id, accountId, { state: "pending", limit: MAX_OWN }),
    findHand(db, id, accountId),
  ]);
  return { votes, upvoted, pending: pending.map(publicQuestion), hand };
}
