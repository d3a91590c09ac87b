/** What moderating brings about: bans that end, shared lists, undo, appeals, hints, the log. The clock is turned, nobody waits. */
import type { BanPage, ModerationEvent, OwnBan, PersonCard, UserModerationEvent } from "@rostrum/contract/moderation";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { z } from "zod";
import { newId } from "../../lib/ids.ts";
import { AppError } from "../../lib/app-error.ts";
import type { Person } from "../broadcasts/testing.ts";
import { bannedOnSameNetwork, noteNetwork, sweepOnce } from "./networks.ts";
import { requireNotBanned, screen } from "./service.ts";
import { type Moderated, openModerated } from "./testing.ts";

let show: Moderated;
let n = 0;
beforeAll(async () => {
  show = await openModerated();
});
afterAll(() => show.close());

async function opened() {
  n += 1;
  const { id: channelId, people } = await show.channel(`mod${n}`);
  const broadcastId = await show.broadcast(channelId);
  const who = await show.person(`mod${n}_target`);
  return { channelId, broadcastId, people, who, place: { broadcastId, accountId: who.id } };
}

type Opened = Awaited<ReturnType<typeof opened>>;

const says = ({ channelId, broadcastId }: Opened, who: Person, text = "hello", address = "192.0.2.1") =>
  screen(show.ctx, {
    ...{ row: { id: broadcastId, channel_id: channelId }, role: "viewer", accountId: who.id, address, text },
    ...{ now: show.now(), recent: async () => [] },
  });

async function bansOf({ channelId, people }: Opened, query = "") {
  const { body } = await people.moderator.call("GET", `/channels/${channelId}/moderation/bans${query}`);
  return (body as unknown as z.infer<typeof BanPage>).items;
}

async function logOf({ channelId, people }: Opened) {
  const { body } = await people.moderator.call("GET", `/channels/${channelId}/moderation/log`);
  return body.items;
}

test("a time-out says how long, counts on the channel only, and ends by itself", async () => {
  const here = await opened();
  const other = await opened();
  await show.done(here.people.moderator.call, "timeout", { ...here.place, seconds: 90, reason: "Calm down" });
  const refused = await says(here, here.who);
  expect(refused).toMatchObject({
    verdict: "refuse",
    code: "forbidden",
    message: `You can write in the chat of @mod${n - 1} again in 90 seconds. Reason: Calm down.`,
    details: { why: "ban", ban: { kind: "timeout", mayAppeal: false }, retryAfterSec: 90 },
  });
  expect((await says(other, here.who)).verdict).toBe("allow");
  expect((await bansOf(here)).map((ban) => [ban.kind, ban.active, ban.reason])).toEqual([
    ["timeout", true, "Calm down"],
  ]);
  show.turn.ms += 90_000;
  expect((await says(here, here.who)).verdict).toBe("allow");
  expect(await bansOf(here)).toEqual([]);
  expect((await bansOf(here, "?state=all")).map((ban) => [ban.kind, ban.active])).toEqual([["timeout", false]]);
});

test("a ban with an end, one for ever, and one that replaces another", async () => {
  const here = await opened();
  const until = new Date(show.now().getTime() + 60_000).toISOString();
  const { banId: first } = await show.done(here.people.moderator.call, "ban", { ...here.place, until });
  expect(await says(here, here.who)).toMatchObject({ details: { ban: { id: first, until, mayAppeal: true } } });
  const { banId: second, details } = await show.done(here.people.moderator.call, "ban", here.place);
  expect(details).toMatchObject({ replaced: [first], until: null, scope: "channel" });
  show.turn.ms += 61_000;
  expect(await says(here, here.who)).toMatchObject({ details: { ban: { id: second, until: null } } });
  expect((await bansOf(here)).map((ban) => ban.id)).toEqual([second]);
  const past = new Date(show.now().getTime() - 1000).toISOString();
  expect((await show.send(here.people.moderator.call, "ban", { ...here.place, until: past })).code).toBe(
    "invalid_input",
  );
});

test("somebody who is banned reads why, what remains, and that they may appeal", async () => {
  const here = await opened();
  await show.done(here.people.moderator.call, "ban", { ...here.place, reason: "Spam" });
  const verdict = await says(here, here.who);
  expect(verdict).toMatchObject({
    message: `You are banned from writing in the chat of @mod${n}; you can still read along. Reason: Spam. You can write one appeal.`,
  });
  const asViewer = { channelId: here.channelId, role: "viewer", accountId: here.who.id } as const;
  await expect(requireNotBanned(show.ctx, asViewer, show.now())).rejects.toThrow(AppError);
  // Who stands as high by now as who decided it may speak.
  await requireNotBanned(show.ctx, { ...asViewer, role: "moderator" }, show.now());
  const { body } = await here.who.call("GET", "/me/bans");
  expect(body.items).toMatchObject([{ kind: "ban", reason: "Spam", mayAppeal: true, appeal: null }]);
  expect(body.items[0]).not.toHaveProperty("by");
});

test("a shared ban counts on all channels of the owner, also on later ones, and on no others", async () => {
  const here = await opened();
  const foreign = await opened();
  const { banId } = await show.done(here.people.admin.call, "ban", { ...here.place, scope: "owner" });
  const { ctx } = show;
  const second = newId();
  const values = { id: second, handle: `second${n}`, title: "Second", description: "", category: "other" } as const;
  await ctx.store.db
    .insertInto("channel")
    .values({ ...values, tags: "[]", language: "en", poster_key: null })
    .execute();
  await ctx.store.db
    .insertInto("channel_member")
    .values({ channel_id: second, account_id: here.people.owner.id, role: "owner" })
    .execute();
  const there = { ...here, channelId: second, broadcastId: await show.broadcast(second) };
  expect(await says(here, here.who)).toMatchObject({ verdict: "refuse" });
  expect(await says(there, here.who)).toMatchObject({
    message:
      "You are banned from writing in the chats of this channel's owner; you can still read along. You can write one appeal.",
  });
  expect(await says(foreign, here.who)).toMatchObject({ verdict: "allow" });
  const listed = await here.people.owner.call("GET", `/channels/${second}/moderation/bans`);
  expect(listed.body.items).toMatchObject([{ id: banId, scope: "owner" }]);
  expect((await show.send(here.people.moderator.call, "unban", { channelId: here.channelId, banId })).code).toBe(
    "forbidden",
  );
  // It outlives the channel on which it was decided, and is lifted from another one.
  await ctx.store.db.deleteFrom("channel").where("id", "=", here.channelId).execute();
  expect(await says(there, here.who)).toMatchObject({ verdict: "refuse" });
  await show.done(here.people.owner.call, "unban", { channelId: second, banId });
  expect(await says(there, here.who)).toMatchObject({ verdict: "allow" });
});

test("unban: once, and not what somebody above has decided", async () => {
  const here = await opened();
  const { banId } = await show.done(here.people.owner.call, "ban", here.place);
  const body = { channelId: here.channelId, banId };
  expect((await show.send(here.people.moderator.call, "unban", body)).code).toBe("forbidden");
  // A moderator's ban stands beside the owner's; the owner's stays when that is taken back.
  const { banId: own, details } = await show.done(here.people.moderator.call, "ban", here.place);
  expect(details).toMatchObject({ replaced: [] });
  await show.done(here.people.moderator.call, "unban", { ...body, banId: own });
  expect(await says(here, here.who)).toMatchObject({ details: { ban: { id: banId } } });
  await show.done(here.people.owner.call, "unban", body);
  expect((await says(here, here.who)).verdict).toBe("allow");
  expect((await show.send(here.people.owner.call, "unban", body)).code).toBe("conflict");
});

test("a ban removes what was said in the last minutes; undo brings it back as it was", async () => {
  const here = await opened();
  const at = (minAgo: number) => new Date(show.now().getTime() - minAgo * 60_000);
  const old = await show.message(here.broadcastId, here.who.id, { at: at(11) });
  const fresh = await show.message(here.broadcastId, here.who.id, { at: at(9) });
  const waiting = await show.message(here.broadcastId, here.who.id, { at: at(1), state: "held" });
  const foreign = await show.message(here.broadcastId, here.people.viewer.id, { at: at(1) });
  const all = [old, fresh, waiting, foreign];
  const states = () => Promise.all(all.map((id) => show.stateOf(id)));
  const entry = await show.done(here.people.moderator.call, "ban", { ...here.place, removeLastMin: 10 });
  expect(entry.details).toMatchObject({ removed: [fresh], removedHeld: [waiting] });
  expect(await states()).toEqual(["visible", "deleted", "deleted", "visible"]);
  const undone = await show.done(here.people.moderator.call, "undo", { entryId: entry.id, reason: "A mistake" });
  expect(undone).toMatchObject({ act: "undo", undoes: entry.id, text: "A mistake", banId: entry.banId });
  expect(await states()).toEqual(["visible", "visible", "held", "visible"]);
  expect((await says(here, here.who)).verdict).toBe("allow");
  expect((await show.send(here.people.moderator.call, "undo", { entryId: entry.id })).code).toBe("conflict");
  expect((await show.send(here.people.moderator.call, "undo", { entryId: undone.id })).code).toBe("conflict");
});

test("undoing a ban brings back the one that it replaced", async () => {
  const here = await opened();
  const { banId } = await show.done(here.people.moderator.call, "ban", here.place);
  const entry = await show.done(here.people.moderator.call, "ban", here.place);
  await show.done(here.people.moderator.call, "undo", { entryId: entry.id });
  expect((await bansOf(here)).map((ban) => ban.id)).toEqual([banId]);
  const told = await show.told<UserModerationEvent>(`user:${here.who.id}`);
  expect(told.map((event) => ("ban" in event ? [event.type, event.ban.id] : [event.type]))).toEqual([
    ["user.banned", banId],
    ["user.unbanned"],
    ["user.banned", entry.banId],
    ["user.unbanned"],
    ["user.banned", banId],
  ]);
});

test("held messages: approved with their time, dismissed, each undone; decided once", async () => {
  const here = await opened();
  const at = new Date(show.now().getTime() - 30_000);
  const good = await show.message(here.broadcastId, here.who.id, { state: "held", at, text: "fine" });
  const bad = await show.message(here.broadcastId, here.who.id, { state: "held", at, text: "not fine" });
  const approved = await show.done(here.people.moderator.call, "approve", {
    broadcastId: here.broadcastId,
    messageId: good,
  });
  const body = { broadcastId: here.broadcastId, messageId: bad, reason: "Rude" };
  const dismissed = await show.done(here.people.moderator.call, "dismiss", body);
  expect([approved, dismissed]).toMatchObject([
    { act: "approve", messageId: good, messageText: "fine", account: { id: here.who.id } },
    { act: "dismiss", messageId: bad, messageText: "not fine", text: "Rude" },
  ]);
  const told = await show.told<{ type: string; message?: { id: string; at: string } }>(`chat:${here.broadcastId}`);
  expect(told).toMatchObject([
    { type: "chat.message", message: { id: good, at: at.toISOString() } },
    { type: "chat.deleted" },
  ]);
  expect((await show.send(here.people.admin.call, "approve", body)).code).toBe("conflict");
  await show.done(here.people.moderator.call, "undo", { entryId: approved.id });
  await show.done(here.people.moderator.call, "undo", { entryId: dismissed.id });
  expect([await show.stateOf(good), await show.stateOf(bad)]).toEqual(["held", "held"]);
});

test("undo of an approval of what was deleted since says so", async () => {
  const here = await opened();
  const id = await show.message(here.broadcastId, here.who.id, { state: "held" });
  const entry = await show.done(here.people.moderator.call, "approve", {
    broadcastId: here.broadcastId,
    messageId: id,
  });
  await show.ctx.store.db.updateTable("chat_message").set({ state: "deleted" }).where("id", "=", id).execute();
  const { status, code } = await show.send(here.people.moderator.call, "undo", { entryId: entry.id });
  expect([status, code]).toEqual([409, "conflict"]);
  // Nothing of the failed attempt stays.
  expect((await logOf(here)).map((one) => one["act"])).toEqual(["approve"]);
});

test("what was sent twice is done once, also at the same time", async () => {
  const here = await opened();
  const sendId = newId();
  const body = { ...here.place, seconds: 60 };
  const [one, two] = await Promise.all(
    [1, 2].map(() => show.done(here.people.moderator.call, "timeout", body, sendId)),
  );
  const three = await show.done(here.people.moderator.call, "timeout", body, sendId);
  expect([two?.id, three.id]).toEqual([one?.id, one?.id]);
  expect(await logOf(here)).toHaveLength(1);
  expect(await bansOf(here, "?state=all")).toHaveLength(1);
});

test("an appeal: one for each ban, answered, and the person is told", async () => {
  const here = await opened();
  const { banId } = await show.done(here.people.owner.call, "ban", here.place);
  const sendId = newId();
  const own = await show.done(here.who.call, "appeal", { banId, text: "I am <b>sorry</b>\u202e" }, sendId);
  expect(own).toMatchObject({ mayAppeal: false, appeal: { text: "I am <b>sorry</b>", state: "open", answer: null } });
  expect(await show.done(here.who.call, "appeal", { banId, text: "again" }, sendId)).toEqual(own);
  expect((await show.send(here.who.call, "appeal", { banId, text: "again" })).code).toBe("conflict");
  const list = await here.people.moderator.call("GET", `/channels/${here.channelId}/moderation/appeals`);
  expect(list.body.items).toMatchObject([{ banId, account: { id: here.who.id }, state: "open" }]);
  const appealId = String(list.body.items[0]?.["id"]);
  // A moderator may keep what the owner decided, but not take it back.
  const lift = { appealId, decision: "lift", text: "Welcome back" };
  expect((await show.send(here.people.moderator.call, "answer", lift)).code).toBe("forbidden");
  expect(await show.done(here.people.owner.call, "answer", lift)).toMatchObject({
    act: "answer",
    text: "Welcome back",
  });
  expect((await show.send(here.people.owner.call, "answer", lift)).code).toBe("conflict");
  expect((await says(here, here.who)).verdict).toBe("allow");
  const told = await show.told<UserModerationEvent>(`user:${here.who.id}`);
  expect(told).toMatchObject([
    { type: "user.banned", ban: { id: banId, mayAppeal: true } },
    { type: "user.appeal_answered", ban: { appeal: { state: "lifted", answer: "Welcome back" } } },
    { type: "user.unbanned", banId },
  ]);
  const staff = await show.told<ModerationEvent>(`channel:${here.channelId}`);
  expect(staff.map((event) => event.type)).toEqual([
    "moderation.logged",
    "moderation.appealed",
    "moderation.logged",
    "moderation.answered",
    "moderation.logged",
  ]);
});

test("an appeal that is kept leaves the ban; short time-outs and bans that are over take none", async () => {
  const here = await opened();
  const { banId } = await show.done(here.people.moderator.call, "ban", here.place);
  await show.done(here.who.call, "appeal", { banId, text: "Please" });
  const { body } = await here.people.moderator.call("GET", `/channels/${here.channelId}/moderation/appeals`);
  await show.done(here.people.moderator.call, "answer", {
    appealId: body.items[0]?.["id"],
    decision: "keep",
    text: "No",
  });
  expect(await says(here, here.who)).toMatchObject({ verdict: "refuse", details: { ban: { mayAppeal: false } } });
  const again = await opened();
  const timeout = await show.done(again.people.moderator.call, "timeout", { ...again.place, seconds: 60 });
  expect((await show.send(again.who.call, "appeal", { banId: timeout.banId, text: "x" })).code).toBe("conflict");
  const over = await show.done(again.people.moderator.call, "ban", again.place);
  await show.done(again.people.moderator.call, "unban", { channelId: again.channelId, banId: over.banId });
  expect((await show.send(again.who.call, "appeal", { banId: over.banId, text: "x" })).code).toBe("conflict");
});

test("a time-out of an hour or more may be appealed against, and an undo answers it", async () => {
  const here = await opened();
  const { banId, id: entryId } = await show.done(here.people.moderator.call, "timeout", {
    ...here.place,
    seconds: 3600,
  });
  expect(await says(here, here.who)).toMatchObject({ details: { ban: { kind: "timeout", mayAppeal: true } } });
  const own = await show.done(here.who.call, "appeal", { banId, text: "It was a quote" });
  expect(own).toMatchObject({ kind: "timeout", mayAppeal: false, appeal: { state: "open" } });
  await show.done(here.people.moderator.call, "undo", { entryId });
  expect((await says(here, here.who)).verdict).toBe("allow");
});

test("the log is narrowed to a person: what they did and what was done to them", async () => {
  const here = await opened();
  const log = async (query: string) => {
    const { body } = await here.people.owner.call("GET", `/channels/${here.channelId}/moderation/log?${query}`);
    return body.items.map((entry) => entry["act"]);
  };
  await show.done(here.people.moderator.call, "note", { ...here.place, text: "First" });
  await show.done(here.people.owner.call, "warn", { ...here.place, text: "Second" });
  expect(await log(`person=mod${n}_target`)).toEqual(["warn", "note"]);
  expect(await log(`person=mod${n}_moderator`)).toEqual(["note"]);
  expect(await log(`person=mod${n}_moderator&act=warn`)).toEqual([]);
  expect(await log("person=nobody_here")).toEqual([]);
});

test("bans are listed by where they hold", async () => {
  const here = await opened();
  await show.done(here.people.owner.call, "ban", { ...here.place, scope: "owner" });
  await show.done(here.people.owner.call, "ban", here.place);
  expect((await bansOf(here, "?scope=owner")).map(({ scope }) => scope)).toEqual(["owner"]);
  expect((await bansOf(here)).map(({ scope }) => scope)).toEqual(["channel", "owner"]);
});

test("warnings reach the account, notes only moderators", async () => {
  const here = await opened();
  await show.done(here.people.moderator.call, "warn", { ...here.place, text: "Mind your words" });
  await show.done(here.people.moderator.call, "note", { ...here.place, text: "A friend of Mallory" });
  const told = await show.told<UserModerationEvent>(`user:${here.who.id}`);
  expect(told).toMatchObject([
    { type: "user.warned", warning: { text: "Mind your words", channel: { id: here.channelId } } },
  ]);
  const first = await show.follow(here.who.call, `user:${here.who.id}`);
  expect(first).toMatchObject({ type: "reset", snapshot: { bans: [], warnings: [{ text: "Mind your words" }] } });
  expect(JSON.stringify([told, first])).not.toContain("Mallory");
  const { body } = await here.people.moderator.call(
    "GET",
    `/channels/${here.channelId}/moderation/accounts/${here.who.id}`,
  );
  expect(body as unknown as PersonCard).toMatchObject({
    warnings: [{ text: "Mind your words", by: { id: here.people.moderator.id } }],
    notes: [{ text: "A friend of Mallory" }],
    role: "viewer",
  });
});

test("the snapshots hold what counts now", async () => {
  const here = await opened();
  const { banId } = await show.done(here.people.moderator.call, "ban", here.place);
  await show.done(here.people.moderator.call, "timeout", { ...here.place, seconds: 30 });
  await show.done(here.who.call, "appeal", { banId, text: "Please" });
  show.turn.ms += 31_000;
  const own = await show.follow(here.who.call, `user:${here.who.id}`);
  const bans = (own as unknown as { snapshot: { bans: OwnBan[] } }).snapshot.bans;
  expect(bans.map((ban) => [ban.id, ban.appeal?.state])).toEqual([[banId, "open"]]);
  const staff = await show.follow(here.people.moderator.call, `channel:${here.channelId}`);
  expect(staff).toMatchObject({
    snapshot: { appeals: [{ banId }], log: [{ act: "appeal" }, { act: "timeout" }, { act: "ban" }] },
  });
});

test("new accounts and networks of banned accounts are hinted at, without an address; both are forgotten", async () => {
  const here = await opened();
  const second = await show.person(`mod${n}_second`);
  const neighbour = await show.person(`mod${n}_neighbour`);
  await says(here, here.who, "one", "2001:db8:1:2::1");
  await says(here, second, "two", "2001:db8:1:2:ffff::9");
  await says(here, neighbour, "three", "2001:db8:1:3::1");
  for (const who of [here.who, second, neighbour]) await show.message(here.broadcastId, who.id);
  await show.done(here.people.moderator.call, "ban", here.place);
  const card = async (id: string) =>
    (await here.people.moderator.call("GET", `/channels/${here.channelId}/moderation/accounts/${id}`)).body;
  expect((await card(second.id))["hints"]).toMatchObject({
    accountAgeDays: 0,
    isNew: true,
    sameNetworkAs: [{ id: here.who.id }],
  });
  expect((await card(neighbour.id))["hints"]).toMatchObject({ sameNetworkAs: [] });
  const { db } = show.ctx.store;
  const rows = await db.selectFrom("network_sighting").selectAll().where("account_id", "=", second.id).execute();
  expect(JSON.stringify(rows)).not.toMatch(/2001:|:db8/);
  const later = (days: number) => new Date(show.now().getTime() + days * 86_400_000);
  const near = async (days: number) => (await bannedOnSameNetwork(db, here.channelId, second.id, later(days))).length;
  expect([await near(29), await near(30)]).toEqual([1, 0]);
  await sweepOnce(db, later(31));
  expect(await db.selectFrom("network_sighting").selectAll().execute()).toEqual([]);
});

test("who has said nothing on a channel of this owner is compared with nobody", async () => {
  const here = await opened();
  const elsewhere = await opened();
  const { db } = show.ctx.store;
  const second = await show.person(`mod${n}_second`);
  for (const who of [here.who, second]) {
    await noteNetwork(show.ctx, who.id, "203.0.113.77", show.now());
    await show.message(elsewhere.broadcastId, who.id);
  }
  await show.done(here.people.owner.call, "ban", here.place);
  const near = async () => (await bannedOnSameNetwork(db, here.channelId, second.id, show.now())).length;
  expect(await near()).toBe(0);
  await show.message(here.broadcastId, second.id);
  expect(await near()).toBe(0);
  await show.message(here.broadcastId, here.who.id);
  expect(await near()).toBe(1);
});

test("a network of many accounts is no hint", async () => {
  const here = await opened();
  const { db } = show.ctx.store;
  const second = await show.person(`mod${n}_second`);
  for (const who of [here.who, second]) {
    await noteNetwork(show.ctx, who.id, "203.0.113.9", show.now());
    await show.message(here.broadcastId, who.id);
  }
  await show.done(here.people.moderator.call, "ban", here.place);
  expect(await bannedOnSameNetwork(db, here.channelId, second.id, show.now())).toHaveLength(1);
  const ids = Array.from({ length: 19 }, () => newId());
  const account = { password_hash: "", owner: false, disabled_at: null, display_name: "Somebody" };
  const rows = ids.map((id) => ({ ...account, id, email: `${id}@example.org`, handle: id }));
  await db.insertInto("account").values(rows).execute();
  for (const id of ids) await noteNetwork(show.ctx, id, "203.0.113.9", show.now());
  expect(await bannedOnSameNetwork(db, here.channelId, second.id, show.now())).toEqual([]);
});

test("a match is not lost when the key of the hashes changes", async () => {
  const here = await opened();
  const second = await show.person(`mod${n}_second`);
  const period = 30 * 86_400_000;
  const change = Math.ceil(show.now().getTime() / period) * period;
  await noteNetwork(show.ctx, here.who.id, "198.51.100.7", new Date(change - 1000));
  await noteNetwork(show.ctx, second.id, "198.51.100.7", new Date(change + 1000));
  for (const who of [here.who, second]) await show.message(here.broadcastId, who.id);
  await noteNetwork(show.ctx, here.people.viewer.id, "127.0.0.1", new Date(change));
  await show.done(here.people.moderator.call, "ban", here.place);
  const { db } = show.ctx.store;
  expect(await bannedOnSameNetwork(db, here.channelId, second.id, new Date(change + 2000))).toMatchObject([
    { id: here.who.id },
  ]);
  const local = await db
    .selectFrom("network_sighting")
    .selectAll()
    .where("account_id", "=", here.people.viewer.id)
    .execute();
  expect(local).toEqual([]);
});

test("the log cannot be changed", async () => {
  const here = await opened();
  const { id } = await show.done(here.people.moderator.call, "note", { ...here.place, text: "As it was" });
  const { db } = show.ctx.store;
  await expect(
    db.updateTable("moderation_action").set({ text: "As it was not" }).where("id", "=", id).execute(),
  ).rejects.toThrow("append-only");
});

test("lists go on page by page", async () => {
  const here = await opened();
  for (const text of ["1", "2", "3"]) await show.done(here.people.moderator.call, "note", { ...here.place, text });
  const url = `/channels/${here.channelId}/moderation/log?limit=2`;
  const first = (await here.people.moderator.call("GET", url)).body;
  const second = (await here.people.moderator.call("GET", `${url}&cursor=${first.nextCursor}`)).body;
  expect([...first.items, ...second.items].map((entry) => entry["text"])).toEqual(["3", "2", "1"]);
  expect(second.nextCursor).toBeNull();
  expect((await here.people.moderator.call("GET", `${url}&act=warn`)).body.items).toEqual([]);
});
