/** Who may do what: every route and every action, for every role, in shows that everybody, some, and only the crew may see. */
import type { Visibility } from "@rostrum/contract/broadcasts";
import { ChannelRole } from "@rostrum/contract/permissions";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../lib/ids.ts";
import type { Caller } from "../broadcasts/testing.ts";
import { requireVoice } from "./access.ts";
import { openStage, type Stage } from "./testing.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  const on = { hands: true, questionsPerPerson: 50 };
  await stage.people.owner.call("PATCH", `/channels/${stage.channelId}/engagement`, on);
});
afterAll(() => stage.close());
beforeEach(() => stage.clock.advance(3_600_000));

const WHO = ["anonymous", ...ChannelRole.options.toReversed()] as const;
type Who = (typeof WHO)[number];
const STAFF: readonly Who[] = ["moderator", "producer", "admin", "owner"];
const CREW: readonly Who[] = ["guest", ...STAFF];

/** A show as it is seen by everybody, by who has its address, by its crew only, and before its crew has told of it. */
const SHOWS: readonly (readonly [string, Visibility, "live" | "draft"])[] = [
  ["a public show", "public", "live"],
  ["an unlisted show", "unlisted", "live"],
  ["a private show", "private", "live"],
  ["a draft", "public", "draft"],
];

const personOf = (who: Who) => (who === "anonymous" ? null : stage.people[who]);
const callOf = (who: Who): Caller => personOf(who)?.call ?? stage.show.anonymous;

type Show = Readonly<{
  id: string;
  pollId: string;
  optionId: string;
  draftId: string;
  questionId: string;
  handoutId: string;
  announcementId: string;
  handId: string;
}>;

/** One of everything, made by the owner, for one try. */
async function prepare(visibility: Visibility, state: "live" | "draft"): Promise<Show> {
  const id = await stage.broadcast(visibility, state);
  const { owner } = stage.people;
  const make = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const made = await owner.call("POST", `/broadcasts/${id}/${path}`, body);
    expect(made.status).toBe(201);
    return made.body;
  };
  const poll = { question: "Yes?", options: ["Yes", "No"] };
  const [open, draft] = [await make("polls", poll), await make("polls", poll)];
  await owner.call("POST", `/broadcasts/${id}/polls/${String(open["id"])}/open`);
  const asked = await stage.send(owner, "question.ask", { broadcastId: id, text: `Question ${newId()}?` });
  const handout = await make("handouts", { kind: "link", title: "A", url: "https://example.org/", shown: true });
  const announcement = await make("announcements", { text: "Hello" });
  const hand = await stage.send(owner, "hand.raise", { broadcastId: id });
  return {
    id,
    pollId: String(open["id"]),
    optionId: (open["options"] as { id: string }[])[0]?.id ?? "",
    draftId: String(draft["id"]),
    questionId: (asked.result?.["question"] as { id: string } | undefined)?.id ?? "",
    handoutId: String(handout["id"]),
    announcementId: String(announcement["id"]),
    handId: String(hand.result?.["id"]),
  };
}

type Route = readonly [method: Parameters<Caller>[0], path: (show: Show) => string, body: unknown, ok: number];
const POLL = { question: "More?", options: ["Yes", "No"] };

/** What only the staff may. */
const MANAGED: readonly Route[] = [
  ["POST", () => "polls", POLL, 201],
  ["PATCH", ({ draftId }) => `polls/${draftId}`, { question: "Now?" }, 200],
  ["POST", ({ draftId }) => `polls/${draftId}/open`, undefined, 200],
  ["POST", ({ pollId }) => `polls/${pollId}/close`, undefined, 200],
  ["GET", ({ pollId }) => `polls/${pollId}/results.csv`, undefined, 200],
  ["DELETE", ({ pollId }) => `polls/${pollId}`, undefined, 204],
  ["PATCH", ({ questionId }) => `questions/${questionId}`, { state: "answering" }, 200],
  ["PUT", ({ questionId }) => `questions/${questionId}/pin`, undefined, 200],
  ["DELETE", ({ questionId }) => `questions/${questionId}/pin`, undefined, 200],
  ["GET", () => "questions?state=pending", undefined, 200],
  ["GET", () => "hands", undefined, 200],
  ["DELETE", ({ handId }) => `hands/${handId}`, undefined, 204],
  ["DELETE", () => "hands", undefined, 204],
  ["GET", () => "announcements", undefined, 200],
  ["POST", () => "announcements", { text: "News" }, 201],
  ["POST", ({ announcementId }) => `announcements/${announcementId}/close`, undefined, 204],
  ["POST", () => "handouts", { kind: "card", title: "B", url: "https://example.org/" }, 201],
  ["PATCH", ({ handoutId }) => `handouts/${handoutId}`, { shown: false }, 200],
  ["DELETE", ({ handoutId }) => `handouts/${handoutId}`, undefined, 204],
];

/** What everybody may who sees the show. */
const READ = ["polls", "questions", "handouts"] as const;

type Try = readonly [action: string, body: (show: Show) => unknown, withoutAccount: boolean];
const ACTIONS: readonly Try[] = [
  ["poll.vote", ({ pollId, optionId }) => ({ pollId, optionIds: [optionId] }), false],
  ["question.ask", ({ id }) => ({ broadcastId: id, text: `What of ${newId()}?` }), false],
  ["question.upvote", ({ questionId }) => ({ questionId }), false],
  ["question.unvote", ({ questionId }) => ({ questionId }), false],
  ["hand.raise", ({ id }) => ({ broadcastId: id }), false],
  ["hand.lower", ({ id }) => ({ broadcastId: id }), false],
  ["engagement.react", ({ id }) => ({ broadcastId: id, reaction: "heart" }), true],
  ["handout.click", ({ handoutId }) => ({ handoutId }), true],
];

/** How a show refuses somebody who may not see it; null: it does not. */
function refusalOf(who: Who, visibility: Visibility, state: string): "forbidden" | "not_found" | null {
  if (CREW.includes(who)) return null;
  if (visibility === "private") return "forbidden";
  return state === "draft" ? "not_found" : null;
}

describe.each(SHOWS)("in %s", (_, visibility, state) => {
  test.each(MANAGED)("%s %s is the staff's", async (method, path, body, ok) => {
    const show = await prepare(visibility, state);
    const got: Record<string, number> = {};
    for (const who of WHO) {
      stage.clock.advance(60_000);
      // What one of them has done cannot be done again.
      const isGone =
        who !== "moderator" &&
        STAFF.includes(who) &&
        /^(DELETE|PATCH questions|POST polls.*open)/.test(`${method} ${path(show)}`);
      const place = isGone ? await prepare(visibility, state) : show;
      got[who] = (await callOf(who)(method, `/broadcasts/${place.id}/${path(place)}`, body)).status;
    }
    // Whoever may not see the show may not know more than that either.
    const isRead = path(show) === "questions?state=pending";
    const stranger = isRead && state === "draft" ? 404 : 403;
    expect(got).toEqual({
      anonymous: isRead ? stranger : 401,
      ...{ viewer: stranger, guest: 403, moderator: ok, producer: ok, admin: ok, owner: ok },
    });
  });

  test.each(READ)("%s are for who sees the show", async (what) => {
    const show = await prepare(visibility, state);
    for (const who of WHO) {
      const { status, code } = await callOf(who)("GET", `/broadcasts/${show.id}/${what}`);
      expect([who, status, code]).toEqual([who, ...answerOf(refusalOf(who, visibility, state))]);
    }
  });

  test.each(ACTIONS)("%s is for who sees the show", async (action, body, withoutAccount) => {
    const show = await prepare(visibility, state);
    for (const who of WHO) {
      const { code } = await stage.send(personOf(who), action, body(show));
      const refusal = refusalOf(who, visibility, state) ?? undefined;
      const wanted = who === "anonymous" && !withoutAccount ? "unauthenticated" : refusal;
      expect([who, code]).toEqual([who, wanted]);
    }
  });
});

const answerOf = (refusal: "forbidden" | "not_found" | null): (number | string | undefined)[] =>
  refusal === null ? [200, undefined] : [refusal === "forbidden" ? 403 : 404, refusal];

test.each(["GET", "PATCH"] as const)("%s of a channel's switches is the staff's", async (method) => {
  const got: Record<string, number> = {};
  for (const who of WHO) {
    const body = method === "PATCH" ? { polls: true } : undefined;
    got[who] = (await callOf(who)(method, `/channels/${stage.channelId}/engagement`, body)).status;
  }
  const wanted = { anonymous: 401, viewer: 403, guest: 403, moderator: 200, producer: 200, admin: 200, owner: 200 };
  expect(got).toEqual(wanted);
});

test("an API token that may only read takes no part", async () => {
  const scopes = ["read"] as const;
  const viewer = { kind: "account", accountId: stage.people.owner.id, owner: false, via: "token", scopes } as const;
  expect(() => requireVoice({ viewer, address: "203.0.113.1" })).toThrow('does not have the scope "broadcasts"');
});

test("every route stands in the document of the API", async () => {
  const answer = await stage.show.app.inject({ url: "/api/openapi.json" });
  const { paths } = answer.json<{ paths: Record<string, Record<string, unknown>> }>();
  const found = Object.keys(paths).filter((path) =>
    /polls|questions|hands|announcements|handouts|engagement/.test(path),
  );
  expect(found).toHaveLength(15);
});
