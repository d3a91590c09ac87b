/** Who may give, see, set and export what; limits, hostile text, goals and the leaderboard. */
import type { ChannelRole } from "@rostrum/contract/permissions";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../lib/ids.ts";
import type { Caller } from "../broadcasts/testing.ts";
import { begin, give, openTipShow, type TipShow, toldTo } from "./testing.ts";

let show: TipShow;
let studio: Awaited<ReturnType<TipShow["onAir"]>>;
let paidTip: string;
beforeAll(async () => {
  show = await openTipShow();
  studio = await show.onAir("rights");
  paidTip = (await give(show, studio.people.viewer, studio.id, { amountMinor: 500, message: "Hello" })).tipId;
});
afterAll(() => show.close());

type Asker = ChannelRole | "anonymous" | "stranger";
const ASKERS = ["owner", "admin", "producer", "moderator", "guest", "viewer", "stranger", "anonymous"] as const;

const STAFF: readonly Asker[] = ["owner", "admin", "producer", "moderator"];
const OPERATORS: readonly Asker[] = ["owner", "admin", "producer"];
const ADMINS: readonly Asker[] = ["owner", "admin"];
const SIGNED_IN = ASKERS.filter((asker) => asker !== "anonymous");
const ids = { missing: "0".repeat(20) };

/** What may be answered besides a refusal of rights is in `status`. */
const RIGHTS: readonly [string, readonly Asker[], number, (call: Caller) => ReturnType<Caller>][] = [
  ["see tips", ASKERS, 200, (call) => call("GET", `/broadcasts/${studio.id}/tips`)],
  ["see the leaderboard", ASKERS, 200, (call) => call("GET", `/broadcasts/${studio.id}/tips/leaderboard?period=30d`)],
  [
    "give",
    SIGNED_IN,
    201,
    (call) => call("POST", `/broadcasts/${studio.id}/tips`, { amountMinor: 500, currency: "EUR" }),
  ],
  ["read a tip", [...OPERATORS, "viewer"], 200, (call) => call("GET", `/tips/${paidTip}`)],
  ["list", OPERATORS, 200, (call) => call("GET", `/channels/${studio.channelId}/tips`)],
  ["export", OPERATORS, 200, (call) => call("GET", `/channels/${studio.channelId}/tips.csv`)],
  ["read totals", OPERATORS, 200, (call) => call("GET", `/channels/${studio.channelId}/tips/totals`)],
  ["read settings", OPERATORS, 200, (call) => call("GET", `/channels/${studio.channelId}/tip-settings`)],
  ["change settings", ADMINS, 200, (call) => call("PATCH", `/channels/${studio.channelId}/tip-settings`, {})],
  ["list goals", OPERATORS, 200, (call) => call("GET", `/channels/${studio.channelId}/tip-goals`)],
  [
    "start a goal",
    ADMINS,
    400,
    (call) => call("POST", `/channels/${studio.channelId}/tip-goals`, { title: "\u200B", targetMinor: 5 }),
  ],
  ["see held words", STAFF, 200, (call) => call("GET", `/broadcasts/${studio.id}/tips/held`)],
  ["settle words", STAFF, 204, (call) => call("POST", `/tips/${paidTip}/words`, { decision: "show" })],
];

test.each(RIGHTS)("who may %s", async (_, may, status, ask) => {
  const stranger = await show.person(`x${Math.random().toString(36).slice(2, 10)}`);
  for (const asker of ASKERS) {
    const call =
      asker === "anonymous" ? show.anonymous : asker === "stranger" ? stranger.call : studio.people[asker].call;
    const answer = await ask(call);
    const refused = asker === "anonymous" ? [401] : [403, 404];
    expect([asker, answer.status]).toEqual([
      asker,
      may.includes(asker) ? status : expect.toSatisfy((code: number) => refused.includes(code)),
    ]);
  }
});

test("only administrators give back, and another channel's crew may do nothing here", async () => {
  const other = await show.onAir("neighbour");
  for (const role of ["producer", "moderator", "guest", "viewer"] as const) {
    expect((await studio.people[role].call("POST", `/tips/${paidTip}/refund`)).status).toBe(403);
  }
  const { call } = other.people.owner;
  expect((await call("POST", `/tips/${paidTip}/refund`)).status).toBe(403);
  expect((await call("POST", `/tips/${paidTip}/words`, { decision: "hide" })).status).toBe(403);
  expect((await call("GET", `/tips/${paidTip}`)).status).toBe(404);
  expect((await call("GET", `/channels/${studio.channelId}/tips`)).status).toBe(403);
  const goal = await studio.people.owner.call("POST", `/channels/${studio.channelId}/tip-goals`, {
    ...{ title: "Ours", targetMinor: 1000 },
  });
  expect((await call("POST", `/tip-goals/${String(goal.body["id"])}/stop`)).status).toBe(403);
  expect((await studio.people.owner.call("POST", `/tip-goals/${String(goal.body["id"])}/stop`)).status).toBe(200);
  for (const path of [`/tips/${ids.missing}/refund`, `/tip-goals/${ids.missing}/stop`]) {
    expect((await call("POST", path)).status).toBe(404);
  }
});

test("a private show takes tips of its crew only, and shows them to nobody else", async () => {
  const { id, people } = await show.onAir("secret");
  await people.owner.call("PATCH", `/broadcasts/${id}`, { visibility: "private" });
  const body = { amountMinor: 500, currency: "EUR" };
  expect((await people.viewer.call("POST", `/broadcasts/${id}/tips`, body)).status).toBe(403);
  expect((await people.viewer.call("GET", `/broadcasts/${id}/tips`)).status).toBe(403);
  expect((await people.guest.call("POST", `/broadcasts/${id}/tips`, body)).status).toBe(201);
});

test.each([
  ["too little", { amountMinor: 49 }, "invalid_input"],
  ["too much", { amountMinor: 100_001 }, "invalid_input"],
  ["a fraction", { amountMinor: 50.5 }, "invalid_input"],
  ["nothing", { amountMinor: 0 }, "invalid_input"],
  ["less than nothing", { amountMinor: -500 }, "invalid_input"],
  ["another currency", { amountMinor: 500, currency: "JPY" }, "invalid_input"],
  ["no currency", { amountMinor: 500, currency: "XXX" }, "invalid_input"],
  ["too many words", { amountMinor: 500, message: "x".repeat(201) }, "invalid_input"],
  ["words that cannot be stored", { amountMinor: 500, message: "a\u0000b" }, "invalid_input"],
])("%s is refused", async (_, body, code) => {
  const ask = { currency: "EUR", ...body };
  expect((await studio.people.guest.call("POST", `/broadcasts/${studio.id}/tips`, ask)).code).toBe(code);
});

test.each([
  ["tips are off", { enabled: false }, {}],
  ["the channel is made for children", { audience: "kids" }, {}],
  ["the channel is for adults", { audience: "adults" }, {}],
  ["the show is over", {}, { state: "ended" as const }],
  ["the show has not begun", {}, { state: "scheduled" as const }],
])("nothing can be given when %s, and the page says why", async (what, settings, values) => {
  const { id, channelId, people } = await show.onAir(`closed${what.length}`);
  expect((await people.owner.call("PATCH", `/channels/${channelId}/tip-settings`, settings)).status).toBe(200);
  if (Object.keys(values).length > 0) {
    await show.ctx.store.db.updateTable("broadcast").set(values).where("id", "=", id).execute();
  }
  const refused = await people.viewer.call("POST", `/broadcasts/${id}/tips`, { amountMinor: 500, currency: "EUR" });
  expect(refused.code).toBe("conflict");
  const { body } = await people.viewer.call("GET", `/broadcasts/${id}/tips`);
  const { closed } = body["tipping"] as { closed: string };
  expect(closed).toBe((refused.body["error"] as { message: string } | undefined)?.message);
});

test("settings keep their minimum to the currency, and viewers of running shows are told", async () => {
  const { id, channelId, people } = await show.onAir("settings");
  const set = (body: object) => people.owner.call("PATCH", `/channels/${channelId}/tip-settings`, body);
  expect((await set({ minAmountMinor: 300 })).body).toEqual({
    ...{ enabled: true, currency: "EUR", minAmountMinor: 300, audience: "everyone", provider: "stripe", notice: null },
  });
  expect((await set({ minAmountMinor: 10 })).code).toBe("invalid_input");
  expect((await set({ currency: "JPY" })).body["minAmountMinor"]).toBeNull();
  const told = await toldTo(show, `broadcast:${id}`, "tip.settings");
  expect(told.at(-1)).toMatchObject({ tipping: { closed: null, currency: "JPY", minAmountMinor: 50 } });
  expect((await people.viewer.call("POST", `/broadcasts/${id}/tips`, { amountMinor: 40, currency: "JPY" })).code).toBe(
    "invalid_input",
  );
  const { session } = await begin(show, people.viewer.call, id, { amountMinor: 500, currency: "JPY" });
  expect(session.fields["line_items[0][price_data][unit_amount]"]).toBe("500");
});

test("the same sendId is one tip, for something else it is refused, and unpaid tips are bounded", async () => {
  const { id, people } = await show.onAir("again");
  const ask = (body: object) => people.viewer.call("POST", `/broadcasts/${id}/tips`, { currency: "EUR", ...body });
  const first = await ask({ amountMinor: 500, sendId: "sendid-1" });
  const second = await ask({ amountMinor: 500, sendId: "sendid-1" });
  expect(second.body).toEqual(first.body);
  expect((await ask({ amountMinor: 600, sendId: "sendid-1" })).code).toBe("conflict");
  const foreign = { amountMinor: 500, currency: "EUR", sendId: "sendid-1" };
  const others = await people.guest.call("POST", `/broadcasts/${id}/tips`, foreign);
  expect(others.body["tipId"]).not.toBe(first.body["tipId"]);
  for (let n = 1; n < 10; n += 1) expect((await ask({ amountMinor: 500 })).status).toBe(201);
  expect((await ask({ amountMinor: 500 })).code).toBe("rate_limited");
});

test("who is banned from the chat cannot give either", async () => {
  const { id, channelId, people } = await show.onAir("banned");
  await show.ctx.store.db
    .insertInto("chat_ban")
    .values({
      ...{ id: newId(), channel_id: channelId, owner_id: null, scope: "channel", kind: "ban", reason: "Rude" },
      ...{ account_id: people.viewer.id, until: null, created_by: people.owner.id, created_at: new Date() },
      lifted_at: null,
    })
    .execute();
  expect((await people.viewer.call("POST", `/broadcasts/${id}/tips`, { amountMinor: 500, currency: "EUR" })).code).toBe(
    "forbidden",
  );
});

const HOSTILE = "<script>alert(1)</script><svg/onload=x>\u202Egnp.exe\u202C\u200B" + "W".repeat(60);

test("hostile words and names come out as harmless text everywhere", async () => {
  const { id, channelId, people } = await show.onAir("hostile");
  const { db } = show.ctx.store;
  const name = '=HYPERLINK("https://evil.example")\u202E';
  await db.updateTable("account").set({ display_name: name }).where("id", "=", people.viewer.id).execute();
  await give(show, people.viewer, id, { amountMinor: 500, message: HOSTILE });
  const [told] = await toldTo(show, `broadcast:${id}`, "tip.received");
  const { tip } = told as { tip: { message: string; name: string } };
  expect(tip.message).toBe(`<script>alert(1)</script><svg/onload=x>gnp.exe${"W".repeat(60)}`);
  expect(tip.name).toBe('=HYPERLINK("https://evil.example")');
  const table = await people.owner.call("GET", `/channels/${channelId}/tips.csv`);
  expect(table.headers["content-type"]).toBe("text/csv; charset=utf-8");
  const text = table.raw.toString("utf8");
  expect(text).toContain(`"'=HYPERLINK(""https://evil.example"")"`);
  expect(text).not.toMatch(/\u202E|(^|,)"[=+@-]/m);
  const { body } = await people.owner.call("GET", `/channels/${channelId}/audit`);
  expect(body.items.map((one) => one["action"])).toContain("tips.export");
});

test("tips without a name hide it from viewers but not from the crew, and stand in no leaderboard", async () => {
  const { id, channelId, people } = await show.onAir("nameless");
  await give(show, people.viewer, id, { amountMinor: 900, anonymous: true });
  await give(show, people.guest, id, { amountMinor: 300 });
  await give(show, people.guest, id, { amountMinor: 200 });
  const { body } = await show.anonymous("GET", `/broadcasts/${id}/tips`);
  expect(JSON.stringify(body)).not.toContain("nameless_viewer");
  expect(body["leaderboard"]).toEqual([
    { handle: "nameless_guest", name: "nameless_guest", amountMinor: 500, currency: "EUR", tips: 2 },
  ]);
  const list = await people.producer.call("GET", `/channels/${channelId}/tips?limit=2`);
  expect(list.body.items.map((tip) => tip["handle"])).toEqual(["nameless_guest", "nameless_guest"]);
  const rest = await people.producer.call("GET", `/channels/${channelId}/tips?cursor=${list.body.nextCursor}`);
  expect(rest.body).toMatchObject({ items: [{ handle: "nameless_viewer", anonymous: true }], nextCursor: null });
});

test("words that are held are shown without text until somebody approves them", async () => {
  const { id, channelId, people } = await show.onAir("held");
  for (const [text, action] of [
    ["look", "hold"],
    ["durian", "refuse"],
  ]) {
    const filter = { kind: "word", text, action };
    expect((await people.owner.call("POST", `/channels/${channelId}/moderation/filters`, filter)).status).toBe(201);
  }
  const refused = { amountMinor: 500, currency: "EUR", message: "a d u r i a n" };
  expect((await people.viewer.call("POST", `/broadcasts/${id}/tips`, refused)).code).toBe("forbidden");
  const { tipId, session } = await begin(show, people.viewer.call, id, { amountMinor: 500, message: "Look at this" });
  expect((await people.moderator.call("GET", `/broadcasts/${id}/tips/held`)).body.items).toEqual([]);
  await show.stripe.send(show.webhookUrl, show.stripe.paid(session));
  expect(await toldTo(show, `broadcast:${id}`, "tip.received")).toMatchObject([{ tip: { message: null } }]);
  expect(await toldTo(show, `moderation:${id}`, "tip.held")).toMatchObject([
    { held: { text: "Look at this", reason: expect.stringContaining("look"), tip: { id: tipId, message: null } } },
  ]);
  expect((await people.moderator.call("GET", `/broadcasts/${id}/tips/held`)).body.items).toHaveLength(1);
  await people.moderator.call("POST", `/tips/${tipId}/words`, { decision: "show" });
  expect(await toldTo(show, `broadcast:${id}`, "tip.message")).toEqual([
    { type: "tip.message", id: tipId, message: "Look at this" },
  ]);
  expect(await toldTo(show, `moderation:${id}`, "tip.settled")).toHaveLength(1);
  await people.moderator.call("POST", `/tips/${tipId}/words`, { decision: "hide" });
  const { body } = await show.anonymous("GET", `/broadcasts/${id}/tips`);
  expect(body["tips"]).toMatchObject([{ id: tipId, message: null }]);
});

test("a goal counts what is paid while it runs, less what goes back; one runs at a time", async () => {
  const { id, channelId, people } = await show.onAir("goal");
  await give(show, people.viewer, id, { amountMinor: 5000 });
  const start = () =>
    people.owner.call("POST", `/channels/${channelId}/tip-goals`, { title: "New lights", targetMinor: 10_000 });
  const { body: goal } = await start();
  expect(goal).toMatchObject({ title: "New lights", targetMinor: 10_000, raisedMinor: 0, currency: "EUR" });
  expect((await start()).code).toBe("conflict");
  await give(show, people.viewer, id, { amountMinor: 700 });
  const { session } = await give(show, people.guest, id, { amountMinor: 600 });
  const standing = async () => (await toldTo(show, `broadcast:${id}`, "tip.standing")).at(-1)!["goal"];
  expect(await standing()).toMatchObject({ raisedMinor: 1300 });
  await show.stripe.send(show.webhookUrl, show.stripe.refunded(session, 600));
  expect(await standing()).toMatchObject({ raisedMinor: 700 });
  const stopped = await people.owner.call("POST", `/tip-goals/${String(goal["id"])}/stop`);
  expect(stopped.body).toMatchObject({ raisedMinor: 700, stoppedAt: expect.any(String) });
  await give(show, people.viewer, id, { amountMinor: 800 });
  const { body } = await people.producer.call("GET", `/channels/${channelId}/tip-goals`);
  expect(body.items).toEqual([stopped.body]);
  expect((await show.anonymous("GET", `/broadcasts/${id}/tips`)).body["goal"]).toBeNull();
});

test("what was paid outlives its show and its giver", async () => {
  const { id, channelId, people } = await show.onAir("outlive");
  const { tipId } = await give(show, people.viewer, id, { amountMinor: 500, message: "Stay" });
  const { db } = show.ctx.store;
  await db.deleteFrom("broadcast").where("id", "=", id).execute();
  await db.deleteFrom("account").where("id", "=", people.viewer.id).execute();
  const { body } = await people.owner.call("GET", `/channels/${channelId}/tips`);
  expect(body.items).toMatchObject([{ id: tipId, broadcastId: null, name: "outlive_viewer", handle: null }]);
});
