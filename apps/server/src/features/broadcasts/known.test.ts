/** What is remembered of broadcasts, with a clock that is turned by hand and a database that can be kept busy. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { publishBroadcastChange } from "../../ports/bus-events.ts";
import { createKnownBroadcasts, type KnownBroadcasts } from "./known.ts";
import { openShow, type Show } from "./testing.ts";

let show: Show;
let channelId: string;
let id: string;
let nowMs: number;
let known: KnownBroadcasts;
const stop = new AbortController();
beforeAll(async () => {
  show = await openShow();
  const { id: channel, people } = await show.channel("known");
  channelId = channel;
  const { body } = await people.owner.call("POST", "/broadcasts", { channelId, title: "first" });
  id = String(body["id"]);
});
afterAll(async () => {
  stop.abort();
  await show.close();
});
beforeEach(async () => {
  nowMs = 0;
  await rename("first");
  known = createKnownBroadcasts(show.ctx, stop.signal, () => nowMs);
  expect(await title()).toBe("first");
  await rename("second");
});

const title = async (): Promise<string | undefined> => (await known.get(id))?.title;
/** Behind everybody's back, as another process would. */
const rename = (name: string) =>
  show.ctx.store.db.updateTable("broadcast").set({ title: name }).where("id", "=", id).execute();
/** Runs `task` while the embedded database's only connection is taken. */
const whileBusy = <T>(task: () => Promise<T>): Promise<T> =>
  show.ctx.store.db.transaction().execute(async (tx) => {
    await tx.selectFrom("broadcast").select("id").execute();
    return task();
  });

test("what is known is handed out while the database is busy, and read anew afterwards", async () => {
  nowMs = 5_000;
  expect(await whileBusy(() => Promise.all([title(), title()]))).toEqual(["first", "first"]);
  await expect.poll(title).toBe("second");
});

test("what was read more than a minute ago is not handed out any more", async () => {
  nowMs = 60_000;
  expect(await title()).toBe("second");
});

test("after a change nobody gets the old one, not even from a query that was under way", async () => {
  nowMs = 5_000;
  await whileBusy(async () => {
    expect(await title()).toBe("first");
    await publishBroadcastChange(show.ctx.bus, { type: "updated", broadcastId: id, channelId, at: "" });
  });
  expect(await title()).toBe("second");
});
