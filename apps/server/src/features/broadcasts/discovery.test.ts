/** Discovery and viewer counts: what is found, in which order, on which page; who is counted and when not any more. */
import { ViewerBeacon } from "@rostrum/contract/broadcasts";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { removeOldSessions } from "./sweeps.ts";
import { openShow, type Person, published, type Show } from "./testing.ts";
import type { Visit } from "./viewer-sessions.ts";
import { createViewers } from "./viewers.ts";

let show: Show;
let nowMs = Date.now();
let owner: Person;
let channelIds: string[];
let made = 0;

beforeAll(async () => {
  show = await openShow({ now: () => nowMs });
});
afterAll(() => show.close());
beforeEach(async () => {
  nowMs = Date.now();
  await show.ctx.store.db.deleteFrom("broadcast").execute();
  made += 1;
  owner = await show.person(`maker${made}`);
  channelIds = [];
  for (const name of ["a", "b", "c"]) {
    const body = { handle: `ch_${name}_${made}`, title: `Studio ${name.toUpperCase()}` };
    channelIds.push(String((await owner.call("POST", "/channels", body)).body["id"]));
  }
});

async function create(channel: number, body: Record<string, unknown>): Promise<string> {
  return String(
    (await owner.call("POST", "/broadcasts", { title: "A show", channelId: channelIds[channel], ...body })).body["id"],
  );
}
async function live(channel: number, body: Record<string, unknown> = {}): Promise<string> {
  const id = await create(channel, body);
  await show.doors.onProgramState({ type: "source_connected", broadcastId: id, slot: "primary" });
  return id;
}
async function ended(channel: number, body: Record<string, unknown> = {}): Promise<string> {
  const id = await live(channel, body);
  await owner.call("POST", `/broadcasts/${id}/end`);
  return id;
}
async function found(query: string, who: Person["call"] = show.anonymous): Promise<unknown[]> {
  const answer = await who("GET", `/broadcasts?${query}`);
  expect(answer.status).toBe(200);
  return answer.body.items.map((item) => item["id"]);
}
const visitOf = (): Visit => ({ userAgent: "", accountId: null, showBeganMs: Date.now(), countsOnly: false });
const beacon = (sessionId: string, more: Record<string, unknown> = {}) => ({
  sessionId: sessionId.padEnd(16, "x"),
  joinMs: 400,
  watchedMs: 9_000,
  stalls: 0,
  stalledMs: 0,
  latencyMs: 900,
  bitrateBps: null,
  droppedFrames: 0,
  error: null,
  ended: false,
  ...more,
});
const watch = (id: string, sessionId: string, more: Record<string, unknown> = {}) =>
  show.anonymous("POST", `/broadcasts/${id}/beacon`, beacon(sessionId, more));
const in_ = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();

describe("discovery", () => {
  test("never has drafts, previews, unlisted or private broadcasts", async () => {
    await create(0, {});
    const rehearsal = await create(0, { autoLive: false });
    await show.doors.onProgramState({ type: "source_connected", broadcastId: rehearsal, slot: "primary" });
    await live(1, { visibility: "unlisted" });
    await live(2, { visibility: "private" });
    await create(2, { visibility: "private", startAt: in_(1) });
    for (const query of ["", "view=live", "view=upcoming", "view=recent", "state=draft", "state=preview", "q=show"]) {
      expect([query, await found(query)]).toEqual([query, []]);
      expect([query, await found(query, owner.call)]).toEqual([query, []]);
    }
    expect((await show.anonymous("GET", "/broadcasts?mine=true")).code).toBe("unauthenticated");
    expect(await found("mine=true", owner.call)).toHaveLength(5);
    const stranger = await show.person(`stranger${made}`);
    expect(await found("mine=true", stranger.call)).toEqual([]);
  });

  test("has views for now, soon and before", async () => {
    const before = await ended(0);
    const later = await create(0, { startAt: in_(5) });
    const soon = await create(1, { startAt: in_(1) });
    const now = await live(1);
    const gone = await live(2);
    await show.doors.onProgramState({ type: "source_lost", broadcastId: gone, reason: "gone", stopped: false });
    expect(await found("view=upcoming")).toEqual([soon, later]);
    expect(new Set(await found("view=live"))).toEqual(new Set([now, gone]));
    expect(await found("view=recent")).toEqual([before]);
    expect(await found("state=live")).toEqual([now]);
    expect(await found("state=scheduled")).toEqual([soon, later].toSorted().toReversed());
  });

  test("a rehearsal stays in the list of what is coming, as scheduled", async () => {
    const id = await create(0, { startAt: in_(1) });
    await show.doors.onProgramState({ type: "source_connected", broadcastId: id, slot: "test" });
    const { body } = await show.anonymous("GET", "/broadcasts?view=upcoming");
    expect(body.items).toMatchObject([{ id, state: "scheduled" }]);
  });

  test("filters by channel, category and language", async () => {
    const music = await live(0, { category: "music", language: "de" });
    const talk = await live(1, { category: "talk", language: "en-GB" });
    expect(await found("category=music")).toEqual([music]);
    expect(await found("language=en-GB")).toEqual([talk]);
    expect(await found(`handle=CH_A_${made}`)).toEqual([music]);
    expect(await found(`channelId=${channelIds[1]}`)).toEqual([talk]);
    expect((await show.anonymous("GET", "/broadcasts?category=nonsense")).code).toBe("invalid_input");
  });

  test.each([
    ["title", "evening", 0],
    ["title in other case", "EVEN", 0],
    ["tag", "%23jazz", 0],
    ["channel's title", "studio b", 1],
    ["channel's handle", "@ch_b_", 1],
    ["per cent sign", "100%25", 1],
  ])("finds by %s", async (_, q, wanted) => {
    const ids = [await live(0, { title: "Evening with tea", tags: ["jazz"] }), await live(1, { title: "100% live" })];
    expect(await found(`q=${q}`)).toEqual([ids[wanted]]);
  });

  test.each(["%25", "_vening", "\\", "'; drop table broadcast; --"])("takes %s as it is written", async (q) => {
    await live(0, { title: "Evening with tea", tags: ["jazz"] });
    expect(await found(`q=${encodeURIComponent(decodeURIComponent(q))}`)).toEqual([]);
  });

  test.each([
    "q=%00",
    "handle=%00",
    `cursor=${Buffer.from('["\\u0000"]').toString("base64url")}`,
    `view=recent&cursor=${Buffer.from('[1e999,"a"]').toString("base64url")}`,
    `view=upcoming&cursor=${Buffer.from('[8640000000000001,"a"]').toString("base64url")}`,
  ])("refuses %s", async (query) => {
    expect((await show.anonymous("GET", `/broadcasts?${query}`)).code).toBe("invalid_input");
  });

  test.each(["view=recent", "view=upcoming", ""])("pages of '%s' join without gap or repetition", async (view) => {
    for (let i = 0; i < 5; i += 1) {
      if (view === "view=recent") await ended(0, { title: `Show ${i}` });
      else await create(0, { startAt: in_(5 - Math.floor(i / 2)) });
    }
    const all = await found(view);
    const paged: unknown[] = [];
    let cursor = "";
    do {
      const { body } = await show.anonymous("GET", `/broadcasts?${view}&limit=2${cursor}`);
      paged.push(...body.items.map((item) => item["id"]));
      cursor = body.nextCursor === null ? "" : `&cursor=${body.nextCursor}`;
    } while (cursor !== "");
    expect(all).toHaveLength(5);
    expect(paged).toEqual(all);
    expect((await show.anonymous("GET", `/broadcasts?${view}&cursor=e30`)).code).toBe("invalid_input");
  });

  test("shows the fullest broadcast first, page by page", async () => {
    const [quiet, full] = [await live(0), await live(1)];
    await watch(full, "one");
    await watch(full, "two");
    await watch(quiet, "three");
    const first = await show.anonymous("GET", "/broadcasts?view=live&limit=1");
    expect(first.body.items).toMatchObject([{ id: full, viewers: 2 }]);
    const second = await show.anonymous("GET", `/broadcasts?view=live&limit=1&cursor=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ items: [{ id: quiet, viewers: 1 }], nextCursor: null });
  });
});

describe("viewers", () => {
  test("of what one may not see are refused", async () => {
    const hidden = await live(0, { visibility: "private" });
    const draft = await create(1, {});
    expect((await watch(hidden, "one")).code).toBe("forbidden");
    expect((await watch(draft, "one")).code).toBe("not_found");
    expect((await watch("00000000000000000000", "one")).code).toBe("not_found");
    const open = await live(2);
    for (const wrong of [
      { sessionId: "short" },
      { watchedMs: -1 },
      { joinMs: "fast" },
      { error: "x".repeat(101) },
      { error: "\0" },
    ]) {
      const answer = await show.anonymous("POST", `/broadcasts/${open}/beacon`, { ...beacon("one"), ...wrong });
      expect(answer.code).toBe("invalid_input");
    }
    expect((await owner.call("POST", `/broadcasts/${hidden}/beacon`, beacon("one"))).body).toMatchObject({
      viewers: 1,
    });
  });

  test("are stored later when they cannot be stored now", async () => {
    const id = await live(0);
    const { ctx } = show;
    const stop = new AbortController();
    const viewers = createViewers(ctx, stop.signal);
    stop.abort();
    viewers.note(id, ViewerBeacon.parse(beacon("one", { stalledMs: 1_000 })), visitOf());
    await sql`create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$`.execute(
      ctx.store.db,
    );
    await sql`create trigger refuse before insert on viewer_session execute function refuse()`.execute(ctx.store.db);
    await expect(viewers.report()).rejects.toThrow("no");
    await sql`drop function refuse cascade`.execute(ctx.store.db);
    await viewers.report();
    const stored = ctx.store.db.selectFrom("viewer_session").select("stalled_ms").where("broadcast_id", "=", id);
    expect(await stored.execute()).toEqual([{ stalled_ms: 1_000 }]);
  });

  test("are told to those who follow the show by one of the processes that count, when their number changes", async () => {
    const id = await live(0);
    const stop = new AbortController();
    const [a, b] = ["node-a", "node-b"].map((nodeId) => createViewers({ ...show.ctx, nodeId }, stop.signal));
    const come = (viewers: typeof a, name: string, more = {}) =>
      viewers!.note(id, ViewerBeacon.parse(beacon(name, more)), visitOf());
    const report = async (...reporting: (typeof a)[]): Promise<void> => {
      for (const viewers of reporting) {
        await viewers!.report();
        // The others hear of it.
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const told = async () =>
      (await published<{ type: string; viewers: number }>(show, `rt/broadcast:${id}`)).flatMap((event) =>
        event.type === "broadcast.viewers" ? [event.viewers] : [],
      );
    come(a, "one");
    come(b, "two");
    come(b, "three");
    await report(a, b, a);
    expect(await told()).toEqual([1, 3]);
    await report(b, a, b, a);
    expect(await told()).toEqual([1, 3]);
    come(a, "one", { ended: true });
    await report(a, b);
    // Now the other one speaks.
    come(b, "four");
    await report(b, a, b);
    expect([...new Set((await told()).slice(2))]).toEqual([2, 3]);
    stop.abort();
  });

  test("whose beacons go to one process and then to another count once, also when one of them dies", async () => {
    const id = await live(0);
    const [endA, endB] = [new AbortController(), new AbortController()];
    let atMs = Date.now();
    const a = createViewers({ ...show.ctx, nodeId: "node-a" }, endA.signal, () => atMs);
    const b = createViewers({ ...show.ctx, nodeId: "node-b" }, endB.signal, () => atMs);
    const names = Array.from({ length: 30 }, (_, n) => `viewer-${n}`);
    const come = (viewers: typeof a, name: string, seq: number, more = {}) =>
      viewers.note(id, ViewerBeacon.parse(beacon(name, { seq, ...more })), visitOf());
    const settle = async (...reporting: (typeof a)[]): Promise<void> => {
      for (const viewers of reporting) {
        await viewers.report();
        // The others hear of it, and answer.
        for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await settle(a, b);
    for (let seq = 0; seq < 4; seq += 1) {
      for (const [n, name] of names.entries()) come((n + seq) % 2 === 0 ? a : b, name, seq);
      await settle(a, b);
      expect([seq, a.count(id), b.count(id)]).toEqual([seq, 30, 30]);
      atMs += 10_000;
    }
    // Now one dies, and all go to the other; nobody waits until it is forgotten.
    endA.abort();
    for (const name of names) come(b, name, 4);
    await settle(b);
    expect(b.count(id)).toBe(30);
    for (const name of names.slice(0, 10)) come(b, name, 5, { ended: true });
    await settle(b);
    expect(b.count(id)).toBe(20);
    atMs += 10_000;
    expect(b.count(id)).toBe(20);
    endB.abort();
  });

  test("count once, until they leave or fall silent", async () => {
    const id = await live(0);
    expect((await watch(id, "one")).body).toEqual({ viewers: 1, state: "live", nextBeaconSec: 10 });
    await watch(id, "two");
    expect((await watch(id, "two")).body).toMatchObject({ viewers: 2 });
    await watch(id, "one", { ended: true });
    expect((await show.anonymous("GET", `/broadcasts/${id}`)).body["viewers"]).toBe(1);
    nowMs += 26_000;
    expect((await show.anonymous("GET", `/broadcasts/${id}`)).body["viewers"]).toBe(0);
    expect((await watch(id, "two")).body).toMatchObject({ viewers: 1 });
  });

  test("hear that the broadcast has ended, and are not counted any more", async () => {
    const id = await live(0);
    await watch(id, "one");
    await owner.call("POST", `/broadcasts/${id}/end`);
    expect((await watch(id, "one")).body).toMatchObject({ state: "ended" });
    expect((await watch(id, "two")).body).toMatchObject({ viewers: 1 });
  });

  test("of a rehearsal are the crew, and not counted", async () => {
    const id = await create(0, { autoLive: false });
    await show.doors.onProgramState({ type: "source_connected", broadcastId: id, slot: "primary" });
    const { body } = await owner.call("POST", `/broadcasts/${id}/beacon`, beacon("one"));
    expect(body).toMatchObject({ state: "preview", viewers: 0 });
  });

  test("are forgotten after 400 days, what they add up to is not", async () => {
    const { db } = show.ctx.store;
    const id = await live(0);
    const stop = new AbortController();
    const viewers = createViewers(show.ctx, stop.signal);
    stop.abort();
    viewers.note(id, ViewerBeacon.parse(beacon("one")), visitOf());
    await viewers.report();
    const left = async () => (await db.selectFrom("viewer_session").select("broadcast_id").execute()).length;
    const DAY_MS = 24 * 60 * 60_000;
    await removeOldSessions(show.ctx, Date.now() + 399 * DAY_MS);
    expect(await left()).toBe(1);
    await removeOldSessions(show.ctx, Date.now() + 401 * DAY_MS);
    expect(await left()).toBe(0);
    expect(await db.selectFrom("audience_bucket").select("joins").execute()).toContainEqual({ joins: 1 });
  });

  test("reports of other nodes are added, and forgotten when they stop", async () => {
    const id = await live(0);
    await watch(id, "one");
    const figures = { viewers: 40, joinMsP50: 100, latencyMsP50: 1000, stallRatio: 0 };
    await show.ctx.bus.publish("viewers", { nodeId: "elsewhere", broadcasts: { [id]: figures } });
    expect((await show.anonymous("GET", `/broadcasts/${id}`)).body["viewers"]).toBe(41);
    nowMs += 16_000;
    expect((await show.anonymous("GET", `/broadcasts/${id}`)).body["viewers"]).toBe(1);
  });

  test("are reported to the other nodes and stored when the app closes", async () => {
    const other = await openShow();
    const { id: channelId, people } = await other.channel("closing");
    const { body } = await people.owner.call("POST", "/broadcasts", { channelId, title: "Last words" });
    const broadcastId = String(body["id"]);
    await other.doors.onProgramState({ type: "source_connected", broadcastId, slot: "primary" });
    await other.anonymous("POST", `/broadcasts/${broadcastId}/beacon`, beacon("one", { stalledMs: 1_000 }));
    await other.app.close();
    const { db } = other.ctx.store;
    expect(await db.selectFrom("viewer_session").selectAll().execute()).toMatchObject([
      { broadcast_id: broadcastId, watched_ms: 9_000, stalled_ms: 1_000, join_ms: 400, user_agent: "lightMyRequest" },
    ]);
    const row = await db.selectFrom("broadcast").select("peak_viewers").executeTakeFirstOrThrow();
    expect(row.peak_viewers).toBe(1);
    expect(await published(other, "viewers")).toEqual([
      {
        nodeId: other.ctx.nodeId,
        no: expect.any(Number) as number,
        broadcasts: {
          [broadcastId]: { viewers: 1, joinMsP50: 400, latencyMsP50: 900, stallRatio: 0.1, rebufferedShare: 1 },
        },
      },
    ]);
    await other.close();
  });
});

test("what open watch pages ask by themselves does not use up the limit of their address", async () => {
  const school = await openShow({ limits: { apiPerMin: 2, watchPerMin: 4 } });
  const { id: channelId, people } = await school.channel("school");
  const { body } = await people.owner.call("POST", "/broadcasts", {
    channelId,
    title: "Assembly",
    startAt: new Date(Date.now() + 60_000).toISOString(),
  });
  const asked = ["/broadcasts", `/broadcasts/${String(body["id"])}`, `/broadcasts/${String(body["id"])}/playback`];
  for (const path of asked) {
    for (let n = 0; n < 4; n += 1) expect((await school.anonymous("GET", path)).code).not.toBe("rate_limited");
    expect((await school.anonymous("GET", path)).code).toBe("rate_limited");
  }
  expect((await school.anonymous("GET", "/channels")).code).not.toBe("rate_limited");
  await school.close();
});
