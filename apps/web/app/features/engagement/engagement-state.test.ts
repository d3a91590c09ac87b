import type { Announcement, EngagementEvent, Handout, Poll, Question } from "@rostrum/contract/engagement";
import { DEFAULT_ENGAGEMENT_SETTINGS } from "@rostrum/contract/engagement";
import { expect, test } from "vitest";
import {
  applyEngagement,
  asked,
  engagementEvents,
  type EngagementState,
  forgotten,
  handed,
  NO_ENGAGEMENT,
  resetEngagement,
  toldPerson,
  upvoted,
  voted,
} from "./engagement-state.ts";

const id = (name: string): string => name.replace(/[ilou]/g, "x").padStart(20, "0");
const SHOW = id("show");
const AT = "2026-01-01T00:00:00.000Z";
const [RED, GREEN] = [id("red"), id("green")];

const poll = (name: string, values: Partial<Poll> = {}): Poll => ({
  ...{ id: id(name), broadcastId: SHOW, question: `${name}?`, multiple: false, named: false, results: "live" },
  options: [
    { id: RED, text: "Red" },
    { id: GREEN, text: "Green" },
  ],
  ...{ state: "open", openedAt: AT, closesAt: null, closedAt: null, outcome: null },
  ...values,
});
const question = (name: string, values: Partial<Question> = {}): Question => ({
  ...{ id: id(name), broadcastId: SHOW, text: `${name}?`, author: null, state: "open", upvotes: 0 },
  ...{ pinned: false, askedAt: AT, mediaTimeMs: null, answer: null },
  ...values,
});
const announcement: Announcement = { id: id("news"), text: "News", shownAt: AT, endsAt: null };
const handout: Handout = {
  id: id("slides"),
  kind: "link",
  title: "Slides",
  text: "",
  label: "Open",
  url: "https://a.b/",
};

function begin(lists: Partial<Record<"polls" | "questions" | "announcements" | "handouts", unknown[]>> = {}, own = {}) {
  const snapshot = {
    engagement: {
      settings: DEFAULT_ENGAGEMENT_SETTINGS,
      serverTime: "2026-01-01T00:00:05.000Z",
      own: { votes: {}, upvoted: [], pending: [], hand: null, ...own },
    },
    ...{ polls: [], questions: [], announcements: [], handouts: [], ...lists },
  };
  return resetEngagement(NO_ENGAGEMENT, snapshot, Date.parse(AT));
}
const after = (state: EngagementState, ...events: readonly EngagementEvent[]) =>
  applyEngagement(state, engagementEvents(events));

test("the first state says what is and how far the clocks are apart; another feature's is passed over", () => {
  const state = begin({ polls: [poll("a")], announcements: [announcement] });
  expect(state).toMatchObject({ isKnown: true, skewMs: 5000, announcement, polls: [{ id: id("a") }] });
  expect(resetEngagement(state, { messages: [] }, 0)).toBe(state);
  expect(resetEngagement(state, null, 0)).toBe(state);
});

test("what makes no sense, and what other features tell, changes nothing", () => {
  const state = begin();
  expect(engagementEvents([null, 7, "x", { type: "tip.received" }, { type: "poll.opened", poll: {} }])).toEqual([]);
  expect(applyEngagement(state, [])).toBe(state);
});

test("a poll is opened, counted and closed; hearing it twice is hearing it once", () => {
  const outcome = { voters: 2, votes: { [RED]: 2, [GREEN]: 0 } };
  const opened = after(begin(), { type: "poll.opened", poll: poll("a") }, { type: "poll.opened", poll: poll("a") });
  expect(opened.polls).toHaveLength(1);
  const told = after(opened, { type: "poll.results", pollId: id("a"), outcome });
  expect(told.polls[0]?.outcome).toEqual(outcome);
  const final = { voters: 3, votes: { [RED]: 2, [GREEN]: 1 } };
  const closed = after(told, { type: "poll.closed", poll: poll("a", { state: "closed", outcome: final }) });
  const late = after(closed, { type: "poll.results", pollId: id("a"), outcome });
  expect(late.polls[0]).toMatchObject({ state: "closed", outcome: final });
  expect(after(late, { type: "poll.removed", pollId: id("a") }).polls).toEqual([]);
});

test("results that were shown are hidden, and shown again; what is told late changes nothing", () => {
  const outcome = { voters: 2, votes: { [RED]: 2, [GREEN]: 0 } };
  const results = { type: "poll.results", pollId: id("a"), outcome } as const;
  const changed = (values: Partial<Poll>) => ({ type: "poll.changed", poll: poll("a", values) }) as const;
  const open = begin({ polls: [poll("a", { outcome })] });
  const hidden = after(open, changed({ results: "after" }), results);
  expect(hidden.polls[0]?.outcome).toBeNull();
  expect(hidden.opened).toEqual([]);
  expect(after(hidden, changed({ results: "live", outcome })).polls[0]?.outcome).toEqual(outcome);
  const closed = after(hidden, { type: "poll.closed", poll: poll("a", { state: "closed", outcome }) });
  const late = after(closed, changed({ results: "after" }), { type: "poll.opened", poll: poll("a") });
  expect(late.polls).toEqual(closed.polls);
});

test("one question is on top at a time, also of very many", () => {
  const pinned = (name: string, isPinned = true) =>
    ({ type: "question.changed", question: question(name, { pinned: isPinned, state: "answered" }) }) as const;
  const many = Array.from(
    { length: 510 },
    (_, n) => ({ type: "question.asked", question: question(`q${n}`) }) as const,
  );
  const state = after(begin(), pinned("a"), pinned("b"), ...many);
  expect(state.questions.filter((one) => one.pinned).map(({ id: one }) => one)).toEqual([id("b")]);
  expect(after(state, pinned("b", false)).questions.filter((one) => one.pinned)).toEqual([]);
});

test("own votes are shown, and taken from the server's state when it comes", () => {
  const state = voted(begin({ polls: [poll("a")] }), id("a"), [GREEN]);
  expect(state.own?.votes).toEqual({ [id("a")]: [GREEN] });
  expect(voted(NO_ENGAGEMENT, id("a"), [RED])).toBe(NO_ENGAGEMENT);
});

test("a question that waits is one's own until it is approved; one that is not taken up says so until it is put away", () => {
  const [kept, dropped] = [question("kept", { state: "pending" }), question("dropped", { state: "pending" })];
  let state = asked(asked(begin(), kept), dropped);
  expect([state.own?.waiting.length, state.questions.length]).toEqual([2, 0]);
  state = after(state, { type: "question.changed", question: { ...kept, state: "open" } });
  const about = { type: "question.settled", questionId: dropped.id, state: "dismissed" } as const;
  expect(toldPerson(state, { ...about, broadcastId: id("other") }, SHOW)).toBe(state);
  state = toldPerson(state, { ...about, broadcastId: SHOW }, SHOW);
  expect(state.own?.waiting).toEqual([{ ...dropped, state: "dismissed" }]);
  expect(state.questions.map(({ text }) => text)).toEqual(["kept?"]);
  expect(forgotten(state, dropped.id).own?.waiting).toEqual([]);
});

test("a vote for a question counts at once, once, and is taken back", () => {
  const state = begin({ questions: [question("a", { upvotes: 4 })] });
  const up = upvoted(upvoted(state, id("a"), true), id("a"), true);
  expect([up.questions[0]?.upvotes, up.own?.upvoted]).toEqual([5, [id("a")]]);
  expect(upvoted(up, id("a"), true, 9).questions[0]?.upvotes).toBe(9);
  const down = upvoted(up, id("a"), false);
  expect([down.questions[0]?.upvotes, down.own?.upvoted]).toEqual([4, []]);
  expect(after(down, { type: "question.votes", upvotes: { [id("a")]: 12 } }).questions[0]?.upvotes).toBe(12);
});

test("questions of a show that asks without end stay bounded, and the open ones stay", () => {
  const many = Array.from({ length: 520 }, (_, n) => question(`q${n}`, { state: n < 30 ? "answered" : "open" }));
  const state = after(begin(), ...many.map((one) => ({ type: "question.asked", question: one }) as const));
  expect(state.questions).toHaveLength(500);
  expect(state.questions.filter((one) => one.state === "open")).toHaveLength(490);
});

test("a hand goes up, and down when the crew lowers it", () => {
  const up = handed(begin(), { id: id("hand"), raisedAt: AT });
  expect(toldPerson(up, { type: "hand.lowered", broadcastId: SHOW }, SHOW).own?.hand).toBeNull();
});

test("announcements take each other's place; the end of a former one ends nothing", () => {
  const newer = { ...announcement, id: id("newer") };
  const state = after(begin({ announcements: [announcement] }), { type: "announcement.shown", announcement: newer });
  expect(after(state, { type: "announcement.closed", announcementId: announcement.id }).announcement).toEqual(newer);
  expect(after(state, { type: "announcement.closed", announcementId: newer.id }).announcement).toBeNull();
});

test("handouts come, change and go", () => {
  const shown = after(
    begin(),
    { type: "handout.shown", handout },
    { type: "handout.shown", handout: { ...handout, title: "New" } },
  );
  expect(shown.handouts.map(({ title }) => title)).toEqual(["New"]);
  expect(after(shown, { type: "handout.hidden", handoutId: handout.id }).handouts).toEqual([]);
});
