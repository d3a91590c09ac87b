/** Questions: limits, approval, votes, answers, and text that means harm. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../lib/ids.ts";
import type { Person } from "../broadcasts/testing.ts";
import { openStage, type Stage } from "./testing.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

type Asked = { id: string; state: string; text: string; upvotes: number };

/** Each text is another one: to repeat oneself is moderation's business. */
const TEXTS = [
  ...["Why is the sky blue?", "Who wrote the music?", "When does it begin again?", "Where can I read more?"],
  ...["How long did that take?", "Is there a recording?", "What comes next year?", "Which camera is this?"],
];
let texts = 0;
async function ask(who: Person, broadcastId: string, text = TEXTS[(texts += 1) % TEXTS.length], sendId = newId()) {
  await stage.pass(60_000);
  return stage.send(who, "question.ask", { broadcastId, text }, sendId);
}

async function asked(who: Person, broadcastId: string, text?: string): Promise<Asked> {
  const sent = await ask(who, broadcastId, text);
  expect(sent.code).toBeUndefined();
  return sent.result?.["question"] as Asked;
}

const settle = (broadcastId: string, id: string, body: Record<string, unknown>) =>
  stage.people.moderator.call("PATCH", `/broadcasts/${broadcastId}/questions/${id}`, body);
const setUp = (settings: Record<string, unknown>) =>
  stage.people.owner.call("PATCH", `/channels/${stage.channelId}/engagement`, settings);

test("a question is everybody's at once, with its place in the show; sent again it is the same one", async () => {
  const id = await stage.broadcast();
  const { viewer } = stage.people;
  const sendId = newId();
  const first = await ask(viewer, id, "  Why is\n the sky blue?  ", sendId);
  expect(first.result?.["question"]).toMatchObject({
    ...{ broadcastId: id, text: "Why is the sky blue?", state: "open", upvotes: 0, answer: null },
    ...{ author: { handle: viewer.handle, displayName: viewer.handle } },
  });
  const at = Number((first.result?.["question"] as { mediaTimeMs: number } | undefined)?.mediaTimeMs);
  expect(at).toBeGreaterThanOrEqual(60_000);
  expect(await ask(viewer, id, "Why is the sky blue?", sendId)).toEqual(first);
  // Told again, too: who stored it may have died before it was told.
  const told = await stage.told(`broadcast:${id}`);
  const { question } = first.result ?? {};
  expect(told).toEqual([
    { type: "question.asked", question },
    { type: "question.changed", question },
  ]);
  expect((await stage.snapshot(null, id)).questions).toEqual([first.result?.["question"]]);
  expect(await stage.told(`moderation:${id}`)).toEqual([]);
});

test("the place is where the asker's player was, and no later than now", async () => {
  const id = await stage.broadcast();
  const at = async (mediaTimeMs: number): Promise<number> => {
    await stage.pass(60_000);
    const body = { broadcastId: id, text: `At ${mediaTimeMs} or so?`, mediaTimeMs };
    const { result } = await stage.send(stage.people.owner, "question.ask", body);
    return Number((result?.["question"] as { mediaTimeMs: number } | undefined)?.mediaTimeMs);
  };
  expect(await at(5000)).toBe(5000);
  expect(await at(10_000_000)).toBeLessThan(120_000);
});

test("one account has so many questions waiting; the crew may ask what it likes", async () => {
  await setUp({ questionsPerPerson: 2 });
  const id = await stage.broadcast();
  const { viewer, moderator } = stage.people;
  const first = await asked(viewer, id);
  await asked(viewer, id);
  const refused = await ask(viewer, id);
  const message = "2 questions of yours wait for an answer; ask again when one was answered.";
  expect(refused).toEqual({ code: "conflict", message });
  for (let n = 0; n < 5; n += 1) await asked(moderator, id);
  await settle(id, first.id, { state: "answered", text: "Because." });
  expect((await ask(viewer, id)).code).toBeUndefined();
  await setUp({ questionsPerPerson: 3 });
});

test("questions that come at the same time do not pass the limit together", async () => {
  const id = await stage.broadcast();
  await stage.pass(60_000);
  const body = (n: number) => ({ broadcastId: id, text: `All at once ${n}?` });
  const all = [0, 1, 2, 3, 4, 5].map((n) => stage.send(stage.people.guest, "question.ask", body(n)));
  const sent = await Promise.all(all);
  expect(sent.filter(({ code }) => code === undefined).length).toBeLessThanOrEqual(3);
  expect((await stage.snapshot(null, id)).questions.length).toBeLessThanOrEqual(3);
});

test.each([
  ["nothing to be seen", "\u200B\u202E \u2066"],
  ["too much of it", "word ".repeat(101)],
  ["half a character", "a\uD800b"],
  ["a NUL", "a\0b"],
])("a question with %s is refused", async (_, text) => {
  const id = await stage.broadcast();
  expect((await ask(stage.people.viewer, id, text)).code).toBe("invalid_input");
});

test.each([
  ["a script", "<script>alert(1)</script>", "<script>alert(1)</script>"],
  ["marks that turn text around", "abc\u202Edef\u2066ghi", "abcdefghi"],
  ["what has no width", "in\u200Bvis\uFEFFible", "invisible"],
  ["marks piled up", `a${"\u0301".repeat(50)}`, "\u00E1\u0301\u0301\u0301\u0301"],
  ["an emoji of several parts", "Hello 👩‍👩‍👧", "Hello 👩‍👩‍👧"],
])("%s is stored as harmless text", async (_, text, wanted) => {
  const id = await stage.broadcast();
  expect((await asked(stage.people.owner, id, text)).text).toBe(wanted);
});

test("where questions are approved first, only the crew and who asked know of one that waits", async () => {
  await setUp({ questionsApproved: true });
  const id = await stage.broadcast();
  const { viewer, guest, moderator } = stage.people;
  const waiting = await asked(viewer, id, "May I be seen?");
  expect(waiting.state).toBe("pending");
  expect(await stage.told(`broadcast:${id}`)).toEqual([]);
  const others = [
    ...(await Promise.all([null, guest, moderator].map((who) => stage.snapshot(who, id)))),
    (await stage.show.anonymous("GET", `/broadcasts/${id}/questions`)).body,
    (await guest.call("GET", `/broadcasts/${id}/questions`)).body,
    (await viewer.call("GET", `/broadcasts/${id}/questions`)).body,
  ];
  expect(JSON.stringify(others)).not.toContain(waiting.id);
  for (const who of [viewer, guest]) {
    const { status } = await who.call("GET", `/broadcasts/${id}/questions?state=pending`);
    expect(status).toBe(403);
    expect((await stage.send(who, "question.upvote", { questionId: waiting.id })).code).toBe("not_found");
  }
  expect((await stage.snapshot(viewer, id)).engagement.own?.pending).toMatchObject([{ id: waiting.id }]);
  expect((await stage.staffSnapshot(id)).questions).toMatchObject([{ id: waiting.id, accountId: viewer.id }]);
  expect(await stage.told(`moderation:${id}`)).toMatchObject([
    { type: "question.pending", question: { id: waiting.id } },
  ]);
  const listed = await moderator.call("GET", `/broadcasts/${id}/questions?state=pending`);
  expect(listed.body.items).toMatchObject([{ id: waiting.id, heldFor: null }]);
  // The crew's own are not held up.
  expect((await asked(moderator, id)).state).toBe("open");
  expect((await settle(id, waiting.id, { state: "open" })).status).toBe(200);
  expect((await stage.told(`broadcast:${id}`)).at(-1)).toMatchObject({
    type: "question.changed",
    question: { id: waiting.id, state: "open" },
  });
  expect((await stage.told(`moderation:${id}`)).at(-1)).toEqual({
    type: "question.settled",
    questionId: waiting.id,
    state: "open",
  });
  const own = await stage.told(`user:${viewer.id}`);
  expect(own.at(-1)).toEqual({ type: "question.settled", broadcastId: id, questionId: waiting.id, state: "open" });
  await setUp({ questionsApproved: false });
});

test("a question that never was public goes without a word to the audience; a public one is taken away", async () => {
  await setUp({ questionsApproved: true });
  const id = await stage.broadcast();
  const { viewer, guest } = stage.people;
  const bad = await asked(viewer, id);
  await settle(id, bad.id, { state: "dismissed" });
  expect(await stage.told(`broadcast:${id}`)).toEqual([]);
  await setUp({ questionsApproved: false });
  const open = await asked(guest, id);
  await settle(id, open.id, { state: "dismissed" });
  const told = (await stage.told(`broadcast:${id}`)).filter(({ type }) => type.startsWith("question."));
  expect(told.map(({ type }) => type)).toEqual(["question.asked", "question.removed"]);
  expect((await stage.snapshot(null, id)).questions).toEqual([]);
  expect((await settle(id, open.id, { state: "open" })).body).toMatchObject({ state: "open" });
  expect((await stage.snapshot(null, id)).questions).toHaveLength(1);
});

test("an account votes once for a question, may take it back, and is told twice a second with the others", async () => {
  const id = await stage.broadcast();
  const { viewer, guest, producer } = stage.people;
  const { id: questionId } = await asked(viewer, id);
  const up = (who: Person | null) => stage.send(who, "question.upvote", { questionId });
  expect((await up(guest)).result).toEqual({ questionId, upvoted: true, upvotes: 1 });
  expect((await up(guest)).result).toEqual({ questionId, upvoted: true, upvotes: 1 });
  const both = await Promise.all([up(producer), up(producer), up(producer)]);
  expect(both.map(({ result }) => result?.["upvotes"])).toEqual([2, 2, 2]);
  expect((await up(null)).code).toBe("unauthenticated");
  expect((await stage.told(`broadcast:${id}`)).filter(({ type }) => type === "question.votes")).toEqual([]);
  await stage.pass(500);
  expect((await stage.told(`broadcast:${id}`)).at(-1)).toEqual({
    type: "question.votes",
    upvotes: { [questionId]: 2 },
  });
  expect((await stage.snapshot(guest, id)).engagement.own?.upvoted).toEqual([questionId]);
  expect((await stage.snapshot(viewer, id)).engagement.own?.upvoted).toEqual([]);
  const down = () => stage.send(guest, "question.unvote", { questionId });
  expect((await down()).result).toEqual({ questionId, upvoted: false, upvotes: 1 });
  expect((await down()).result).toEqual({ questionId, upvoted: false, upvotes: 1 });
  await settle(id, questionId, { state: "answered", text: "Yes." });
  expect((await up(guest)).code).toBe("conflict");
});

test("one question is answered live at a time, at its place in the show; answers may have a text", async () => {
  const id = await stage.broadcast();
  const { viewer, guest } = stage.people;
  const [one, two] = [await asked(viewer, id), await asked(guest, id)];
  expect((await settle(id, one.id, { state: "answering" })).body).toMatchObject({
    ...{ state: "answering", answer: { text: null, mediaTimeMs: expect.any(Number) as number } },
  });
  await settle(id, two.id, { state: "answering" });
  const states = (await stage.snapshot(null, id)).questions.map((question) => [question.id, question.state]);
  expect(states).toEqual([
    [two.id, "answering"],
    [one.id, "answered"],
  ]);
  const answered = await settle(id, two.id, { state: "answered", text: "It depends.\n\n\n\nOn \u202Emuch." });
  expect(answered.body).toMatchObject({ answer: { text: "It depends.\n\nOn much." } });
  expect((await settle(id, two.id, { state: "answering" })).code).toBe("conflict");
  expect((await settle(id, two.id, { state: "open", text: "no" })).code).toBe("invalid_input");
});

test("one question is pinned at a time, of those that everybody sees, until it is dismissed", async () => {
  const id = await stage.broadcast();
  const { owner, viewer, moderator } = stage.people;
  const [one, two] = [await asked(owner, id), await asked(owner, id)];
  const pin = (questionId: string, method: "PUT" | "DELETE" = "PUT") =>
    moderator.call(method, `/broadcasts/${id}/questions/${questionId}/pin`);
  const top = async () => (await stage.snapshot(viewer, id)).questions.filter(({ pinned }) => pinned);
  expect((await pin(one.id)).body).toMatchObject({ id: one.id, pinned: true });
  expect(await top()).toMatchObject([{ id: one.id }]);
  const told = (await stage.told(`broadcast:${id}`)).length;
  expect((await pin(one.id)).status).toBe(200);
  expect(await stage.told(`broadcast:${id}`)).toHaveLength(told);
  await pin(two.id);
  expect((await stage.told(`broadcast:${id}`)).slice(told)).toMatchObject([
    { type: "question.changed", question: { id: one.id, pinned: false } },
    { type: "question.changed", question: { id: two.id, pinned: true } },
  ]);
  // First of all, whatever it has become.
  await settle(id, two.id, { state: "answered", text: "So." });
  expect((await stage.snapshot(viewer, id)).questions.map((question) => question.id)).toEqual([two.id, one.id]);
  const at = await Promise.all([pin(one.id), pin(two.id), pin(one.id), settle(id, one.id, { state: "answering" })]);
  expect(at.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(await top()).toHaveLength(1);
  await pin(one.id);
  await settle(id, one.id, { state: "dismissed" });
  expect(await top()).toEqual([]);
  expect((await pin(one.id)).code).toBe("conflict");
  await settle(id, one.id, { state: "open" });
  await pin(one.id);
  expect((await pin(one.id, "DELETE")).body).toMatchObject({ pinned: false });
  expect([await top(), (await pin(newId())).status]).toEqual([[], 404]);
  expect((await viewer.call("PUT", `/broadcasts/${id}/questions/${two.id}/pin`)).status).toBe(403);
  const other = await stage.broadcast("public", "draft");
  expect((await moderator.call("PUT", `/broadcasts/${other}/questions/${two.id}/pin`)).status).toBe(404);
});

test("questions are listed page by page, newest first or by votes; a foreign cursor is refused", async () => {
  const id = await stage.broadcast();
  const { owner, viewer } = stage.people;
  const all: string[] = [];
  for (let n = 0; n < 5; n += 1) all.push((await asked(owner, id)).id);
  await stage.send(viewer, "question.upvote", { questionId: all[1] });
  const read = async (sort: string): Promise<string[]> => {
    const found: string[] = [];
    for (let cursor = ""; ;) {
      const { body } = await viewer.call("GET", `/broadcasts/${id}/questions?sort=${sort}&limit=2${cursor}`);
      found.push(...body.items.map((item) => String(item["id"])));
      if (body.nextCursor === null) return found;
      cursor = `&cursor=${body.nextCursor}`;
    }
  };
  expect(await read("newest")).toEqual(all.toReversed());
  expect(await read("votes")).toEqual([all[1], all[4], all[3], all[2], all[0]]);
  expect((await viewer.call("GET", `/broadcasts/${id}/questions?cursor=bm8`)).status).toBe(400);
});

test("questions are taken neither after the show nor where they are off, and only from who has an account", async () => {
  const [id, over] = [await stage.broadcast(), await stage.broadcast("public", "ended")];
  expect((await ask(stage.people.viewer, over)).code).toBe("conflict");
  expect((await stage.send(null, "question.ask", { broadcastId: id, text: "Me?" })).code).toBe("unauthenticated");
  const open = await asked(stage.people.owner, id);
  await setUp({ questions: false });
  expect((await ask(stage.people.viewer, id)).code).toBe("conflict");
  expect((await stage.snapshot(null, id)).questions).toEqual([]);
  expect((await stage.show.anonymous("GET", `/broadcasts/${id}/questions`)).body.items).toEqual([]);
  await setUp({ questions: true });
  expect((await stage.snapshot(null, id)).questions).toMatchObject([{ id: open.id }]);
});

test("a question is reached through its own show only", async () => {
  const [id, other] = [await stage.broadcast("public", "draft"), await stage.broadcast()];
  const { id: questionId } = await asked(stage.people.viewer, other);
  expect((await settle(id, questionId, { state: "dismissed" })).status).toBe(404);
});
