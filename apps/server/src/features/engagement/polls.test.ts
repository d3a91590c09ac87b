/** Polls: what is refused, one vote for each account, and results that are hidden stay hidden, whatever is asked. */
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../lib/ids.ts";
import type { Person } from "../broadcasts/testing.ts";
import { closeRunOutPolls } from "./polls.ts";
import { openStage, type Stage } from "./testing.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

type PollBody = { id: string; state: string; options: { id: string; text: string }[]; outcome: unknown };

const COLOURS = { question: "Which colour?", options: ["Red", "Green", "Blue"] };

async function poll(broadcastId: string, values: Record<string, unknown> = {}, opened = true): Promise<PollBody> {
  const { owner } = stage.people;
  const made = await owner.call("POST", `/broadcasts/${broadcastId}/polls`, { ...COLOURS, ...values });
  expect(made.status).toBe(201);
  if (!opened) return made.body as unknown as PollBody;
  const path = `/broadcasts/${broadcastId}/polls/${String(made.body["id"])}/open`;
  return (await owner.call("POST", path)).body as unknown as PollBody;
}

const option = (of: PollBody, n: number): string => of.options[n]?.id ?? "";
const vote = (who: Person | null, of: PollBody, choice: readonly number[], sendId?: string) =>
  stage.send(who, "poll.vote", { pollId: of.id, optionIds: choice.map((n) => option(of, n)) }, sendId);

async function standing(broadcastId: string, id: string): Promise<Record<string, unknown>> {
  const { body } = await stage.people.moderator.call("GET", `/broadcasts/${broadcastId}/polls`);
  return body.items.find((one) => one["id"] === id) ?? {};
}

async function counts(broadcastId: string, of: PollBody): Promise<{ voters: number; votes: number[] }> {
  const outcome = (await standing(broadcastId, of.id))["outcome"] as { voters: number; votes: Record<string, number> };
  return { voters: outcome.voters, votes: of.options.map(({ id }) => outcome.votes[id] ?? -1) };
}

async function runOut(id: string): Promise<void> {
  const past = sql<Date>`clock_timestamp() - interval '3 seconds'`;
  await stage.show.ctx.store.db.updateTable("poll").set({ closes_at: past }).where("id", "=", id).execute();
}

test.each([
  ["one option", { options: ["Red"] }],
  ["eleven options", { options: Array.from({ length: 11 }, (_, n) => `Option ${n}`) }],
  ["the same option twice", { options: ["Red", " red "] }],
  ["options that look the same", { options: ["Red", "R\u200Bed"] }],
  ["an option that cannot be seen", { options: ["Red", "\u200B\u202E"] }],
  ["a question that cannot be seen", { question: "\u200B" }],
  ["a question that is too long", { question: "x".repeat(301) }],
  ["a timer that is too short", { durationSec: 1 }],
  ["a time without end", { durationSec: 90_000 }],
  ["another kind of results", { results: "never" }],
])("a poll with %s is refused", async (_, values) => {
  const id = await stage.broadcast();
  const { status, code } = await stage.people.owner.call("POST", `/broadcasts/${id}/polls`, { ...COLOURS, ...values });
  expect([status, code]).toEqual([400, "invalid_input"]);
});

test("a draft is the crew's: it can be edited, not voted in; once opened it stays as it is", async () => {
  const id = await stage.broadcast();
  const { viewer, owner } = stage.people;
  const draft = await poll(id, {}, false);
  expect((await viewer.call("GET", `/broadcasts/${id}/polls`)).body.items).toEqual([]);
  expect((await stage.snapshot(viewer, id)).polls).toEqual([]);
  expect((await vote(viewer, draft, [0])).code).toBe("not_found");
  expect((await vote(owner, draft, [0])).code).toBe("not_found");
  const path = `/broadcasts/${id}/polls/${draft.id}`;
  const edited = await owner.call("PATCH", path, { options: ["Yes", "No"], question: "Agreed?" });
  expect(edited.body).toMatchObject({
    question: "Agreed?",
    state: "draft",
    options: [{ text: "Yes" }, { text: "No" }],
  });
  expect(await stage.told(`broadcast:${id}`)).toEqual([]);
  expect((await owner.call("POST", `${path}/close`)).code).toBe("conflict");
  expect((await owner.call("POST", `${path}/open`)).body).toMatchObject({ state: "open" });
  expect((await owner.call("PATCH", path, { question: "Other" })).code).toBe("conflict");
  expect((await owner.call("POST", `${path}/open`)).code).toBe("conflict");
  expect((await owner.call("POST", `${path}/close`)).body).toMatchObject({ state: "closed" });
  expect((await owner.call("POST", `${path}/open`)).code).toBe("conflict");
});

test("one vote for each account, which it may change; the same one sent again counts once", async () => {
  const id = await stage.broadcast();
  const { viewer, guest } = stage.people;
  const one = await poll(id);
  const [first, second] = [newId(), newId()];
  expect(await vote(viewer, one, [0], first)).toEqual({ result: { pollId: one.id, optionIds: [option(one, 0)] } });
  await vote(guest, one, [0]);
  expect(await counts(id, one)).toEqual({ voters: 2, votes: [2, 0, 0] });
  await vote(viewer, one, [2], second);
  expect(await counts(id, one)).toEqual({ voters: 2, votes: [1, 0, 1] });
  // The first one comes again, late: it is answered as it was, and changes nothing.
  expect(await vote(viewer, one, [0], first)).toEqual({ result: { pollId: one.id, optionIds: [option(one, 0)] } });
  expect(await counts(id, one)).toEqual({ voters: 2, votes: [1, 0, 1] });
  expect((await stage.snapshot(viewer, id)).engagement.own?.votes).toEqual({ [one.id]: [option(one, 2)] });
  expect((await stage.snapshot(guest, id)).engagement.own?.votes).toEqual({ [one.id]: [option(one, 0)] });
  expect((await stage.snapshot(null, id)).engagement.own).toBeNull();
});

test("votes of one account that come at the same time are one", async () => {
  const id = await stage.broadcast();
  const one = await poll(id);
  const sent = await Promise.all([0, 1, 2, 0, 1, 2, 0, 1].map((choice) => vote(stage.people.admin, one, [choice])));
  expect(sent.every(({ result }) => result !== undefined)).toBe(true);
  const { voters, votes } = await counts(id, one);
  expect([voters, votes.reduce((sum, n) => sum + n, 0)]).toEqual([1, 1]);
});

test("what is chosen has to be an option of this poll, and as many as it allows", async () => {
  const id = await stage.broadcast();
  const { viewer } = stage.people;
  const [single, several] = [await poll(id), await poll(id, { multiple: true })];
  const send = (pollId: string, optionIds: unknown) => stage.send(viewer, "poll.vote", { pollId, optionIds });
  expect((await vote(viewer, single, [0, 1])).code).toBe("invalid_input");
  expect((await send(single.id, [])).code).toBe("invalid_input");
  expect((await send(single.id, [option(several, 0)])).code).toBe("invalid_input");
  expect((await send(several.id, [option(several, 0), option(several, 0)])).code).toBe("invalid_input");
  expect((await send(several.id, "' or 1=1")).code).toBe("invalid_input");
  expect((await send(newId(), [option(single, 0)])).code).toBe("not_found");
  expect((await vote(viewer, several, [0, 2])).result).toBeDefined();
  expect(await counts(id, several)).toEqual({ voters: 1, votes: [1, 0, 1] });
  expect(await counts(id, single)).toEqual({ voters: 0, votes: [0, 0, 0] });
});

test("a vote after the end is refused, also when only the time has run out", async () => {
  const id = await stage.broadcast();
  const { viewer, guest, moderator } = stage.people;
  const byHand = await poll(id);
  await vote(viewer, byHand, [1]);
  const path = `/broadcasts/${id}/polls/${byHand.id}/close`;
  expect((await moderator.call("POST", path)).body).toMatchObject({ state: "closed", outcome: { voters: 1 } });
  expect((await moderator.call("POST", path)).status).toBe(200);
  expect(await vote(guest, byHand, [0])).toEqual({ code: "conflict", message: "This poll is closed." });
  expect((await stage.told(`broadcast:${id}`)).filter(({ type }) => type === "poll.closed")).toHaveLength(1);
  const timed = await poll(id, { durationSec: 60, results: "after" });
  await vote(viewer, timed, [1]);
  await runOut(timed.id);
  // Nobody has said yet that it is over: it is, for everybody.
  expect(await vote(guest, timed, [0])).toEqual({ code: "conflict", message: "This poll is closed." });
  expect((await stage.snapshot(null, id)).polls[0]).toMatchObject({ state: "closed", outcome: { voters: 1 } });
});

test("a poll closes at its time, once, also when nobody was there to close it", async () => {
  const id = await stage.broadcast();
  const timed = await poll(id, { durationSec: 3600 });
  const open = await standing(id, timed.id);
  const lasts = Date.parse(String(open["closesAt"])) - Date.parse(String(open["openedAt"]));
  expect(lasts).toBe(3_600_000);
  await closeRunOutPolls(stage.show.ctx);
  expect((await standing(id, timed.id))["state"]).toBe("open");
  await runOut(timed.id);
  await Promise.all([closeRunOutPolls(stage.show.ctx), closeRunOutPolls(stage.show.ctx)]);
  const closed = await standing(id, timed.id);
  expect(closed).toMatchObject({ state: "closed", closedAt: closed["closesAt"] });
  const told = (await stage.told(`broadcast:${id}`)).filter(({ type }) => type === "poll.closed");
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ poll: { id: timed.id, outcome: { voters: 0 } } });
});

test("results that come after the poll are seen by the crew only, as long as it is open", async () => {
  const id = await stage.broadcast();
  const { viewer, guest, moderator } = stage.people;
  const hidden = await poll(id, { results: "after" });
  const answer = await vote(viewer, hidden, [1]);
  await vote(guest, hidden, [1]);
  await stage.pass(600);
  const list = `/broadcasts/${id}/polls`;
  const seen = [
    answer,
    await stage.told(`broadcast:${id}`),
    ...(await Promise.all([null, viewer, guest, moderator].map((who) => stage.snapshot(who, id)))),
    (await stage.show.anonymous("GET", list)).body,
    (await viewer.call("GET", list)).body,
    (await guest.call("GET", list)).body,
  ];
  expect(JSON.stringify(seen)).not.toMatch(/"voters"|"votes":\{"[^"]+":\d/);
  expect((await viewer.call("GET", `${list}/${hidden.id}/results.csv`)).status).toBe(403);
  expect((await stage.show.anonymous("GET", `${list}/${hidden.id}/results.csv`)).status).toBe(401);
  // The crew sees it, on a topic of its own.
  expect(await counts(id, hidden)).toEqual({ voters: 2, votes: [0, 2, 0] });
  expect((await stage.staffSnapshot(id)).polls[0]?.outcome.voters).toBe(2);
  expect((await stage.told(`moderation:${id}`)).at(-1)).toMatchObject({ type: "poll.results", outcome: { voters: 2 } });
  // Closed, everybody does.
  await moderator.call("POST", `${list}/${hidden.id}/close`);
  expect((await stage.told(`broadcast:${id}`)).at(-1)).toMatchObject({
    type: "poll.closed",
    poll: { outcome: { voters: 2 } },
  });
  expect((await stage.snapshot(null, id)).polls[0]?.outcome?.voters).toBe(2);
  expect((await stage.show.anonymous("GET", list)).body.items[0]).toMatchObject({ outcome: { voters: 2 } });
});

test("the crew shows and hides the results of an open poll; nothing else of it changes", async () => {
  const id = await stage.broadcast();
  const { viewer, moderator } = stage.people;
  const one = await poll(id, { results: "after" });
  await vote(viewer, one, [1]);
  const path = `/broadcasts/${id}/polls/${one.id}`;
  const change = (body: Record<string, unknown>) => moderator.call("PATCH", path, body);
  const seen = async () => (await stage.snapshot(viewer, id)).polls[0]?.outcome?.voters ?? null;
  const results = async () => (await stage.told(`broadcast:${id}`)).filter(({ type }) => type === "poll.results");
  for (const body of [{ results: "live", question: "Other?" }, { options: ["A", "B"] }, { durationSec: 9 }]) {
    expect((await change(body)).code).toBe("conflict");
  }
  expect((await viewer.call("PATCH", path, { results: "live" })).status).toBe(403);
  expect(await seen()).toBeNull();
  expect((await change({ results: "live" })).body).toMatchObject({ results: "live", state: "open" });
  expect((await stage.told(`broadcast:${id}`)).at(-1)).toMatchObject({
    ...{ type: "poll.changed", poll: { id: one.id, results: "live", outcome: { voters: 1 } } },
  });
  expect((await stage.told(`moderation:${id}`)).at(-1)).toMatchObject({ type: "poll.changed" });
  expect(await seen()).toBe(1);
  await stage.pass(520);
  expect(await results()).toHaveLength(1);
  await change({ results: "after" });
  expect((await stage.told(`broadcast:${id}`)).at(-1)).toMatchObject({
    ...{ type: "poll.changed", poll: { results: "after", outcome: null } },
  });
  await vote(viewer, one, [0]);
  await stage.show.ctx.store.db.updateTable("poll").set({ results_told_at: null }).where("id", "=", one.id).execute();
  await stage.pass(520);
  expect([await seen(), (await results()).length]).toEqual([null, 1]);
  await moderator.call("POST", `${path}/close`);
  expect((await change({ results: "live" })).code).toBe("conflict");
});

test("a poll ends with its show, and its results are everybody's", async () => {
  const id = await stage.broadcast();
  const { viewer, guest } = stage.people;
  const one = await poll(id, { results: "after" });
  const sendId = newId();
  await vote(viewer, one, [1], sendId);
  const { db } = stage.show.ctx.store;
  await db.updateTable("broadcast").set({ state: "ended", ended_at: new Date() }).where("id", "=", id).execute();
  expect(await vote(guest, one, [0])).toEqual({ code: "conflict", message: "This poll is closed." });
  // What was taken stays so, for who has not heard the answer.
  expect((await vote(viewer, one, [1], sendId)).result).toBeDefined();
  await closeRunOutPolls(stage.show.ctx);
  expect((await stage.snapshot(null, id)).polls[0]).toMatchObject({ state: "closed", outcome: { voters: 1 } });
  expect((await stage.told(`broadcast:${id}`)).at(-1)).toMatchObject({ type: "poll.closed" });
});

test("a poll that was closed by who could not tell it is told of by the next one, once", async () => {
  const id = await stage.broadcast();
  const one = await poll(id);
  const { db } = stage.show.ctx.store;
  const past = sql<Date>`clock_timestamp() - interval '1 minute'`;
  const closed = { state: "closed", closed_at: past, results_told_at: null } as const;
  await db.updateTable("poll").set(closed).where("id", "=", one.id).execute();
  for (let n = 0; n < 3; n += 1) await closeRunOutPolls(stage.show.ctx);
  const told = (await stage.told(`broadcast:${id}`)).filter(({ type }) => type === "poll.closed");
  expect(told).toMatchObject([{ poll: { id: one.id, state: "closed" } }]);
});

test("however many vote, results are told twice a second, and the last ones are told", async () => {
  const id = await stage.broadcast();
  const one = await poll(id);
  const people = Object.values(stage.people);
  const results = async () => (await stage.told(`broadcast:${id}`)).filter(({ type }) => type === "poll.results");
  for (const person of people) await vote(person, one, [0]);
  expect(await results()).toHaveLength(0);
  await stage.pass(520);
  expect(await results()).toHaveLength(1);
  expect((await results())[0]).toMatchObject({ pollId: one.id, outcome: { voters: people.length } });
  for (const person of people) await vote(person, one, [1]);
  const told = sql<Date>`clock_timestamp() + interval '1 hour'`;
  const setTold = (at: typeof told) =>
    stage.show.ctx.store.db.updateTable("poll").set({ results_told_at: at }).where("id", "=", one.id).execute();
  // Another process has just told: this one waits its turn, and does not forget.
  await setTold(told);
  for (let n = 0; n < 4; n += 1) await stage.pass(520);
  expect(await results()).toHaveLength(1);
  await setTold(sql<Date>`clock_timestamp() - interval '1 second'`);
  await stage.pass(520);
  expect(await results()).toHaveLength(2);
  expect((await results())[1]).toMatchObject({ outcome: { votes: { [option(one, 1)]: people.length } } });
  await stage.pass(5200);
  expect(await results()).toHaveLength(2);
});

test("one account that votes without pause is slowed down", async () => {
  const id = await stage.broadcast();
  const one = await poll(id);
  const { producer } = stage.people;
  await stage.pass(60_000);
  const sent = [];
  for (let n = 0; n < 25; n += 1) sent.push(await vote(producer, one, [n % 3]));
  expect(sent.filter(({ code }) => code === "rate_limited")).toHaveLength(5);
  await stage.pass(60_000);
  expect((await vote(producer, one, [0])).code).toBeUndefined();
});

test("what was deleted is gone with its votes, and everybody is told", async () => {
  const id = await stage.broadcast();
  const { owner, viewer } = stage.people;
  const [draft, open] = [await poll(id, {}, false), await poll(id)];
  await vote(viewer, open, [0]);
  for (const one of [draft, open]) {
    expect((await owner.call("DELETE", `/broadcasts/${id}/polls/${one.id}`)).status).toBe(204);
    expect((await owner.call("DELETE", `/broadcasts/${id}/polls/${one.id}`)).status).toBe(404);
  }
  expect((await vote(viewer, open, [0])).code).toBe("not_found");
  const removed = (await stage.told(`broadcast:${id}`)).filter(({ type }) => type === "poll.removed");
  expect(removed).toEqual([{ type: "poll.removed", pollId: open.id }]);
  const left = await stage.show.ctx.store.db
    .selectFrom("poll_vote")
    .selectAll()
    .where("poll_id", "=", open.id)
    .execute();
  expect(left).toEqual([]);
});

test("a poll is reached through its own show only", async () => {
  const [id, other] = [await stage.broadcast("public", "draft"), await stage.broadcast()];
  const { owner } = stage.people;
  const one = await poll(other);
  for (const [method, below] of [
    ["PATCH", ""],
    ["DELETE", ""],
    ["POST", "/open"],
    ["POST", "/close"],
    ["GET", "/results.csv"],
  ] as const) {
    const body = method === "PATCH" ? { question: "Mine now" } : undefined;
    expect((await owner.call(method, `/broadcasts/${id}/polls/${one.id}${below}`, body)).status).toBe(404);
  }
});

test("the file of an anonymous poll has no names; formulas in it are text", async () => {
  const id = await stage.broadcast();
  const { owner, viewer, guest } = stage.people;
  const hostile = { question: '=HYPERLINK("http://x")', options: ["=1+1", "@SUM(A1)", 'He said "no", -1'] };
  const one = await poll(id, hostile);
  for (const person of [viewer, guest]) await vote(person, one, [0]);
  const path = `/broadcasts/${id}/polls/${one.id}/results.csv`;
  const file = await owner.call("GET", path);
  expect([file.status, file.headers["content-type"], file.headers["x-content-type-options"]]).toEqual([
    ...[200, "text/csv; charset=utf-8", "nosniff"],
  ]);
  expect(file.headers["content-disposition"]).toBe(`attachment; filename="poll-${one.id}.csv"`);
  const question = `"'=HYPERLINK(""http://x"")"`;
  expect(file.raw.toString()).toBe(
    [
      '\uFEFF"Question","Option","Votes","Share of voters"',
      `${question},"'=1+1",2,1`,
      `${question},"'@SUM(A1)",0,0`,
      `${question},"He said ""no"", -1",0,0`,
      "",
    ].join("\r\n"),
  );
  expect((await owner.call("GET", `${path}?by=voter`)).code).toBe("conflict");
});

test("the file of a poll with names says who voted for what; names are no formulas either", async () => {
  const id = await stage.broadcast();
  const { owner, viewer, guest } = stage.people;
  const { db } = stage.show.ctx.store;
  await db.updateTable("account").set({ display_name: "=cmd|' /C calc'!A0" }).where("id", "=", guest.id).execute();
  const one = await poll(id, { named: true, multiple: true });
  await vote(viewer, one, [2]);
  await vote(guest, one, [1, 0]);
  const file = await owner.call("GET", `/broadcasts/${id}/polls/${one.id}/results.csv?by=voter`);
  const lines = file.raw.toString().trim().split("\r\n");
  const rest = lines.slice(1).map((line) => line.replace(/,"[^"]*"$/, ""));
  expect(rest.toSorted()).toEqual(
    [
      `"Which colour?","${guest.handle}","'=cmd|' /C calc'!A0","Green"`,
      `"Which colour?","${guest.handle}","'=cmd|' /C calc'!A0","Red"`,
      `"Which colour?","${viewer.handle}","${viewer.handle}","Blue"`,
    ].toSorted(),
  );
});

test("polls that are switched off are not opened, not voted in, and not shown", async () => {
  const id = await stage.broadcast();
  const { owner, viewer } = stage.people;
  const one = await poll(id);
  const draft = await poll(id, {}, false);
  const path = `/channels/${stage.channelId}/engagement`;
  expect((await owner.call("PATCH", path, { polls: false })).body).toMatchObject({ polls: false, questions: true });
  expect((await vote(viewer, one, [0])).code).toBe("conflict");
  expect((await owner.call("POST", `/broadcasts/${id}/polls/${draft.id}/open`)).code).toBe("conflict");
  expect((await stage.snapshot(viewer, id)).polls).toEqual([]);
  expect((await viewer.call("GET", `/broadcasts/${id}/polls`)).body.items).toEqual([]);
  expect((await owner.call("GET", `/broadcasts/${id}/polls`)).body.items).toHaveLength(2);
  expect((await stage.told(`broadcast:${id}`)).at(-1)).toMatchObject({
    type: "engagement.settings",
    settings: { polls: false },
  });
  await owner.call("PATCH", path, { polls: true });
  expect((await stage.snapshot(viewer, id)).polls).toHaveLength(1);
});

test("a show that is over opens no poll", async () => {
  const id = await stage.broadcast("public", "ended");
  const { owner } = stage.people;
  const draft = await poll(id, {}, false);
  expect((await owner.call("POST", `/broadcasts/${id}/polls/${draft.id}/open`)).code).toBe("conflict");
});
