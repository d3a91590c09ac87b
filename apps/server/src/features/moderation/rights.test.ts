/** Who may moderate: every action, route and topic for every role, and nobody those who stand as high or higher. */
import { ChannelRole } from "@rostrum/contract/permissions";
import { mayOverrule, outranks } from "@rostrum/contract/moderation";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId, sha256 } from "../../lib/ids.ts";
import type { Caller, Person } from "../broadcasts/testing.ts";
import { type Moderated, openModerated } from "./testing.ts";

let show: Moderated;
let channelId: string;
let broadcastId: string;
let people: Readonly<Record<ChannelRole, Person>>;
let target: Person;
beforeAll(async () => {
  show = await openModerated();
  ({ id: channelId, people } = await show.channel("rights"));
  broadcastId = await show.broadcast(channelId);
  target = await show.person("rights_target");
});
afterAll(() => show.close());

const ROLES = [...ChannelRole.options, "anonymous"] as const;
type Who = (typeof ROLES)[number];
const callerOf = (who: Who): Caller => (who === "anonymous" ? show.anonymous : people[who].call);

const STAFF = ["owner", "admin", "producer", "moderator"] as const;
const OPERATORS = ["owner", "admin", "producer"] as const;
const ADMINS = ["owner", "admin"] as const;
const place = () => ({ broadcastId, accountId: target.id });
const banned = async () => {
  const { banId } = await show.done(people.owner.call, "ban", place());
  return banId;
};
const held = () => show.message(broadcastId, target.id, { state: "held" });

const ACTIONS: ReadonlyArray<[action: string, may: readonly Who[], body: () => unknown]> = [
  ["timeout", STAFF, () => ({ ...place(), seconds: 60 })],
  ["timeout", STAFF, () => ({ channelId, accountId: target.id, seconds: 60 })],
  ["ban", STAFF, place],
  ["ban", ADMINS, () => ({ ...place(), scope: "owner" })],
  ["warn", STAFF, () => ({ ...place(), text: "Mind your words." })],
  ["note", STAFF, () => ({ ...place(), text: "Seen before." })],
  ["approve", STAFF, async () => ({ broadcastId, messageId: await held() })],
  ["dismiss", STAFF, async () => ({ broadcastId, messageId: await held() })],
];

test.each(ACTIONS)("moderation.%s is for %j", async (action, may, body) => {
  for (const who of ROLES) {
    const { status } = await show.send(callerOf(who), action, await body());
    expect([who, status]).toEqual([who, may.includes(who as never) ? 200 : who === "anonymous" ? 401 : 403]);
  }
});

// Of a ban by a producer: moderators do not overrule it.
test.each(["unban", "undo", "answer"])("moderation.%s of what a producer decided is for operators", async (action) => {
  for (const who of ROLES) {
    const { id: entryId, banId } = await show.done(people.producer.call, "ban", place());
    const appeal = await show.ctx.store.db
      .insertInto("appeal")
      .values({
        ...{ id: newId(), ban_id: String(banId), text: "Sorry", answer: null },
        ...{ answered_by: null, answered_at: null, created_at: new Date() },
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    const body = {
      unban: { broadcastId, banId },
      undo: { entryId },
      answer: { appealId: appeal.id, decision: "lift" },
    };
    const { status } = await show.send(callerOf(who), action, body[action as "unban"]);
    expect([who, status]).toEqual([who, OPERATORS.includes(who as never) ? 200 : who === "anonymous" ? 401 : 403]);
  }
});

test("appeals are written by the banned account only", async () => {
  const banId = await banned();
  for (const who of ROLES) {
    const { status } = await show.send(callerOf(who), "appeal", { banId, text: "Sorry" });
    expect([who, status]).toEqual([who, who === "anonymous" ? 401 : 404]);
  }
  expect((await show.send(target.call, "appeal", { banId, text: "Sorry" })).status).toBe(200);
});

// The owner is one person, and cannot act on themselves anyway.
const PAIRS = ChannelRole.options.flatMap((own) => ChannelRole.options.map((other) => [own, other] as const));
test.each(PAIRS.filter(([own, other]) => own !== "owner" || other !== "owner"))(
  "whether somebody with the role %s may act on somebody with the role %s",
  async (own, other) => {
    const { db } = show.ctx.store;
    const whom = other === "owner" ? people.owner : await show.person(`r_${own.slice(0, 4)}_${other.slice(0, 5)}`);
    if (other !== "owner" && other !== "viewer") {
      await db
        .insertInto("channel_member")
        .values({ channel_id: channelId, account_id: whom.id, role: other })
        .execute();
    }
    const may = STAFF.includes(own as never) && outranks(own, other);
    const messageId = await show.message(broadcastId, whom.id, { state: "held" });
    const about = { broadcastId, accountId: whom.id };
    const statuses = [];
    for (const [action, body] of [
      ["timeout", { ...about, seconds: 5 }],
      ["ban", about],
      ["warn", { ...about, text: "x" }],
      ["note", { ...about, text: "x" }],
      ["dismiss", { broadcastId, messageId }],
    ] as const) {
      statuses.push((await show.send(people[own].call, action, body)).status);
    }
    expect(statuses).toEqual(Array.from({ length: 5 }, () => (may ? 200 : 403)));
  },
);

test("ranks", () => {
  const rows = ChannelRole.options.map((own) =>
    ChannelRole.options.map((other) => (outranks(own, other) ? "x" : "-")).join(""),
  );
  expect(rows).toEqual(["-xxxxx", "--xxxx", "---xxx", "----xx", "-----x", "------"]);
  expect(mayOverrule("moderator", "moderator")).toBe(true);
  expect(mayOverrule("moderator", "producer")).toBe(false);
});

test("nobody acts on themselves", async () => {
  const own = { broadcastId, accountId: people.moderator.id };
  expect((await show.send(people.moderator.call, "ban", own)).code).toBe("conflict");
  expect((await show.send(people.moderator.call, "note", { ...own, text: "x" })).code).toBe("conflict");
});

const FILTER = { text: "word", action: "hold" };
const ROUTES: ReadonlyArray<
  [method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, may: readonly Who[], body?: unknown]
> = [
  ["GET", "/bans", STAFF],
  ["GET", "/bans?state=all", STAFF],
  ["GET", "/log", STAFF],
  ["GET", "/appeals", STAFF],
  ["GET", "/accounts/:target", STAFF],
  ["GET", "/settings", STAFF],
  ["PUT", "/settings", OPERATORS, {}],
  ["POST", "/try", STAFF, { text: "hello" }],
  ["GET", "/filters", STAFF],
  ["POST", "/filters", OPERATORS, FILTER],
  ["PATCH", "/filters/:filter", OPERATORS, { action: "replace" }],
  ["DELETE", "/filters/:filter", OPERATORS],
];

test.each(ROUTES)("%s %s is for %j", async (method, path, may, body) => {
  for (const who of ROLES) {
    const { body: filter } = await people.owner.call("POST", `/channels/${channelId}/moderation/filters`, {
      ...FILTER,
      text: newId(),
    });
    const url = path.replace(":target", target.id).replace(":filter", String(filter["id"]));
    const sent = path === "/filters" && method === "POST" ? { ...FILTER, text: newId() } : body;
    const { status } = await callerOf(who)(method, `/channels/${channelId}/moderation${url}`, sent);
    const done = method === "DELETE" ? 204 : method === "POST" && path === "/filters" ? 201 : 200;
    expect([who, status]).toEqual([who, may.includes(who as never) ? done : who === "anonymous" ? 401 : 403]);
    if (method === "POST" && path === "/filters") {
      await show.ctx.store.db.deleteFrom("word_filter").where("channel_id", "=", channelId).execute();
    }
  }
});

test("topics moderation and channel are for staff, topic user for the account itself", async () => {
  for (const who of ROLES) {
    for (const topic of [`moderation:${broadcastId}`, `channel:${channelId}`]) {
      const { type } = await show.follow(callerOf(who), topic);
      expect([who, topic, type]).toEqual([who, topic, STAFF.includes(who as never) ? "reset" : "refused"]);
    }
    const other = await show.follow(callerOf(who), `user:${target.id}`);
    expect([who, other.type]).toEqual([who, "refused"]);
  }
  expect((await show.follow(target.call, `user:${target.id}`)).type).toBe("reset");
});

test("nothing of another channel is reached through one's own", async () => {
  const other = await show.channel("rights_other");
  const elsewhere = await show.broadcast(other.id);
  const messageId = await show.message(elsewhere, target.id, { state: "held" });
  const { banId, id: entryId } = await show.done(other.people.owner.call, "ban", {
    broadcastId: elsewhere,
    accountId: target.id,
  });
  const own = people.owner.call;
  expect((await show.follow(own, `channel:${other.id}`)).type).toBe("refused");
  expect((await show.send(own, "unban", { broadcastId, banId })).code).toBe("not_found");
  expect((await show.send(own, "unban", { broadcastId: elsewhere, banId })).code).toBe("forbidden");
  expect((await show.send(own, "undo", { entryId })).code).toBe("forbidden");
  expect((await show.send(own, "approve", { broadcastId, messageId })).code).toBe("not_found");
  expect((await show.send(own, "ban", { ...place(), messageId })).code).toBe("not_found");
  const { body: filter } = await other.people.owner.call("POST", `/channels/${other.id}/moderation/filters`, FILTER);
  const path = `/channels/${channelId}/moderation/filters/${String(filter["id"])}`;
  expect((await own("PATCH", path, { action: "refuse" })).status).toBe(404);
  expect((await own("DELETE", path)).status).toBe(404);
});

test("an API token moderates only with the scope for it", async () => {
  const token = async (scope: string) => {
    const text = `rst_${newId()}${newId()}`;
    const values = { id: newId(), account_id: people.moderator.id, name: "bot", token_hash: sha256(text) };
    const rest = { scopes: JSON.stringify([scope]), last_used_at: null, expires_at: null, revoked_at: null };
    await show.ctx.store.db
      .insertInto("api_token")
      .values({ ...values, ...rest })
      .execute();
    return (method: "GET" | "POST", path: string, payload?: object) =>
      show.app.inject({
        ...{ method, url: `/api/v1${path}`, headers: { authorization: `Bearer ${text}` } },
        ...(payload === undefined ? {} : { payload }),
      });
  };
  const sent = () => ({ id: newId(), action: "moderation.note", body: { ...place(), text: "By a bot" } });
  const reads = await token("read");
  expect((await reads("POST", "/realtime/send", sent())).statusCode).toBe(403);
  expect((await reads("GET", `/channels/${channelId}/moderation/log`)).statusCode).toBe(200);
  expect((await reads("POST", `/channels/${channelId}/moderation/filters`, FILTER)).statusCode).toBe(403);
  const acts = await token("broadcasts");
  expect((await acts("POST", "/realtime/send", sent())).statusCode).toBe(200);
});
