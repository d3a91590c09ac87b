/** Taking back what was done, also when other things were decided since, and what becomes of appeals then. */
import type { Appeal, ModerationEvent, ModerationSnapshot, UserModerationEvent } from "@rostrum/contract/moderation";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../lib/ids.ts";
import { type Moderated, openModerated } from "./testing.ts";

let show: Moderated;
let n = 0;
beforeAll(async () => {
  show = await openModerated();
});
afterAll(() => show.close());

async function opened() {
  n += 1;
  const { id: channelId, people } = await show.channel(`undo${n}`);
  const broadcastId = await show.broadcast(channelId);
  const who = await show.person(`undo${n}_target`);
  const { call } = people.moderator;
  return {
    ...{ channelId, broadcastId, people, who, place: { broadcastId, accountId: who.id } },
    act: (action: string, body: object) => show.done(call, action, body),
    undo: (entryId: string) => show.done(call, "undo", { entryId }),
    unban: (banId: string | null) => show.done(call, "unban", { channelId, banId }),
    /** The bans that count. */
    async holds() {
      const { body } = await call("GET", `/channels/${channelId}/moderation/bans`);
      return body.items.map((ban) => ban["id"]);
    },
  };
}

type Opened = Awaited<ReturnType<typeof opened>>;

async function appealed(here: Opened, kind: "ban" | "timeout" = "ban") {
  const sentence = kind === "ban" ? here.place : { ...here.place, seconds: 3600 };
  const entry = await here.act(kind, sentence);
  await show.done(here.who.call, "appeal", { banId: entry.banId, text: "Please" });
  return entry;
}

async function waiting({ channelId, people }: Opened): Promise<string[]> {
  const { body } = await people.moderator.call("GET", `/channels/${channelId}/moderation/appeals?state=open`);
  const first = await show.follow(people.moderator.call, `channel:${channelId}`);
  const { appeals } = (first as unknown as { snapshot: ModerationSnapshot }).snapshot;
  const listed = (body.items as unknown as Appeal[]).map(({ banId }) => banId);
  expect(appeals.map(({ banId }) => banId)).toEqual(listed);
  return listed;
}

const lastAppeal = async ({ channelId }: Opened): Promise<Appeal | undefined> =>
  (await show.told<ModerationEvent>(`channel:${channelId}`))
    .flatMap((event) => (event.type === "moderation.logged" ? [] : [event.appeal]))
    .at(-1);

const toldTo = async ({ who }: Opened): Promise<string[]> =>
  (await show.told<UserModerationEvent>(`user:${who.id}`)).map(({ type }) => type);

test("undoing a ban that was lifted since does not bring back the one it had replaced", async () => {
  const here = await opened();
  await here.act("ban", here.place);
  const second = await here.act("ban", here.place);
  await here.unban(second.banId);
  await here.undo(second.id);
  expect(await here.holds()).toEqual([]);
});

test("nor does undoing one that has run out", async () => {
  const here = await opened();
  await here.act("timeout", { ...here.place, seconds: 600 });
  const second = await here.act("timeout", { ...here.place, seconds: 60 });
  show.turn.ms += 61_000;
  await here.undo(second.id);
  expect(await here.holds()).toEqual([]);
});

test("nor one that was undone itself", async () => {
  const here = await opened();
  const first = await here.act("ban", here.place);
  const second = await here.act("ban", here.place);
  await here.undo(first.id);
  expect(await here.holds()).toEqual([second.banId]);
  await here.undo(second.id);
  expect(await here.holds()).toEqual([]);
});

test("a ban that was lifted by mistake counts again, once, and is told", async () => {
  const here = await opened();
  const { banId } = await here.act("ban", here.place);
  const lifted = await here.unban(banId);
  const undone = await here.undo(lifted.id);
  expect(undone).toMatchObject({ act: "undo", undoes: lifted.id, banId });
  expect(await here.holds()).toEqual([banId]);
  expect(await toldTo(here)).toEqual(["user.banned", "user.unbanned", "user.banned"]);
  expect((await show.send(here.people.moderator.call, "undo", { entryId: lifted.id })).code).toBe("conflict");
});

test("what was lifted does not count again when its time is over, or against who stands as high by now", async () => {
  const here = await opened();
  const { banId } = await here.act("timeout", { ...here.place, seconds: 60 });
  const lifted = await here.unban(banId);
  const { call } = here.people.moderator;
  await show.ctx.store.db
    .insertInto("channel_member")
    .values({ channel_id: here.channelId, account_id: here.who.id, role: "moderator" })
    .execute();
  expect((await show.send(call, "undo", { entryId: lifted.id })).code).toBe("forbidden");
  await show.ctx.store.db.deleteFrom("channel_member").where("account_id", "=", here.who.id).execute();
  show.turn.ms += 61_000;
  expect((await show.send(call, "undo", { entryId: lifted.id })).code).toBe("conflict");
  expect(await here.holds()).toEqual([]);
});

test("what somebody above has lifted stays lifted", async () => {
  const here = await opened();
  const { banId } = await here.act("ban", here.place);
  const body = { channelId: here.channelId, banId };
  const lifted = await show.done(here.people.owner.call, "unban", body);
  expect((await show.send(here.people.moderator.call, "undo", { entryId: lifted.id })).code).toBe("forbidden");
  expect(await here.holds()).toEqual([]);
});

test("a note that was taken back stands in the log, and not on the card", async () => {
  const here = await opened();
  const wrong = await here.act("note", { ...here.place, text: "Somebody else" });
  await here.act("note", { ...here.place, text: "A regular" });
  await here.undo(wrong.id);
  const url = `/channels/${here.channelId}/moderation`;
  const { body: card } = await here.people.moderator.call("GET", `${url}/accounts/${here.who.id}`);
  expect(card["notes"]).toMatchObject([{ text: "A regular" }]);
  const { body: log } = await here.people.moderator.call("GET", `${url}/log?act=note`);
  expect(log.items).toMatchObject([
    { text: "A regular", undone: false },
    { text: "Somebody else", undone: true },
  ]);
});

test.each<[how: string, end: (here: Opened, entry: { id: string; banId: string | null }) => Promise<unknown>]>([
  ["was undone", (here, { id }) => here.undo(id)],
  ["was lifted", (here, { banId }) => here.unban(banId)],
  ["was replaced", (here) => here.act("timeout", { ...here.place, seconds: 60 })],
])("an appeal against what %s waits for nobody, and desks hear of it", async (_, end) => {
  const here = await opened();
  const entry = await appealed(here, "timeout");
  expect(await waiting(here)).toEqual([entry.banId]);
  await end(here, entry);
  expect(await waiting(here)).toEqual([]);
  const last = await lastAppeal(here);
  expect(last).toMatchObject({ banId: entry.banId, state: "open", active: false });
  const answer = { appealId: last?.id, decision: "keep" };
  expect((await show.send(here.people.moderator.call, "answer", answer)).code).toBe("conflict");
});

test("an appeal waits no longer when the time is over, and again when its ban counts again", async () => {
  const here = await opened();
  const { banId } = await appealed(here);
  const lifted = await here.unban(banId);
  expect(await waiting(here)).toEqual([]);
  await here.undo(lifted.id);
  expect(await waiting(here)).toEqual([banId]);
  expect(await lastAppeal(here)).toMatchObject({ banId, state: "open", active: true });
  const other = await opened();
  const timeout = await appealed(other, "timeout");
  expect(await waiting(other)).toEqual([timeout.banId]);
  const past = new Date(show.now().getTime() - 1000);
  await show.ctx.store.db
    .updateTable("chat_ban")
    .set({ until: past })
    .where("id", "=", String(timeout.banId))
    .execute();
  expect(await waiting(other)).toEqual([]);
});

test("an appeal is heard of on the channel, whichever show is on; against a shared ban on all channels of the owner", async () => {
  const here = await opened();
  await show.ctx.store.db.updateTable("broadcast").set({ state: "ended" }).where("id", "=", here.broadcastId).execute();
  const second = newId();
  const values = {
    id: second,
    handle: `undo${n}_second`,
    title: "Second",
    description: "",
    category: "other",
  } as const;
  await show.ctx.store.db
    .insertInto("channel")
    .values({ ...values, tags: "[]", language: "en", poster_key: null })
    .execute();
  await show.ctx.store.db
    .insertInto("channel_member")
    .values({ channel_id: second, account_id: here.people.owner.id, role: "owner" })
    .execute();
  const { banId } = await show.done(here.people.owner.call, "ban", { ...here.place, scope: "owner" });
  await show.done(here.who.call, "appeal", { banId, text: "Please" });
  for (const channelId of [here.channelId, second]) {
    const told = await show.told<ModerationEvent>(`channel:${channelId}`);
    expect(told.filter(({ type }) => type === "moderation.appealed")).toMatchObject([{ appeal: { banId } }]);
  }
});
