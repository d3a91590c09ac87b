/** How shows are watched, from beacons to what the crew reads: on both stores, with several processes side by side. */
import type { Analytics, LiveAnalytics } from "@rostrum/contract/analytics";
import { ViewerBeacon } from "@rostrum/contract/broadcasts";
import type { ChannelRole } from "@rostrum/contract/permissions";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newId } from "../../lib/ids.ts";
import { onEachStore } from "../../store/store.suite.ts";
import { openShow, type Caller, type Person, type Show } from "../broadcasts/testing.ts";
import type { Visit } from "../broadcasts/viewer-sessions.ts";
import { createViewers, type Viewers } from "../broadcasts/viewers.ts";
import { analyticsRoutes } from "./routes.ts";

/** When the show begins. */
const BEGAN_MS = Date.UTC(2026, 0, 1, 20);
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
const CHANNEL = "analytics";

type Studio = Readonly<{ id: string; channelId: string; people: Readonly<Record<ChannelRole, Person>> }>;

let show: Show;
let studio: Studio;
let nowMs = BEGAN_MS;

async function goLive(handle: string): Promise<Studio> {
  const { id: channelId, people } = await show.channel(handle);
  const { body } = await people.owner.call("POST", "/broadcasts", { channelId, title: "=1+1 The show" });
  const id = String(body["id"]);
  await show.doors.onProgramState({ type: "source_connected", broadcastId: id, slot: "primary" });
  await show.ctx.store.db
    .updateTable("broadcast")
    .set({ live_at: new Date(BEGAN_MS) })
    .where("id", "=", id)
    .execute();
  return { id, channelId, people };
}

const sessionId = (name: string): string => name.padEnd(16, "x");
const beaconOf = (name: string, more: Partial<ViewerBeacon> = {}): ViewerBeacon =>
  ViewerBeacon.parse({
    ...{ sessionId: sessionId(name), joinMs: 400, watchedMs: 0, stalls: 0, stalledMs: 0, latencyMs: 900 },
    ...{ bitrateBps: 2_000_000, droppedFrames: 0, error: null, ended: false, delivery: "hls", heightPx: 720 },
    ...{ timeZone: "Europe/Berlin", referrer: "direct" },
    ...more,
  });
const visitOf = (more: Partial<Visit> = {}): Visit => ({
  ...{ userAgent: FIREFOX, accountId: null, showBeganMs: BEGAN_MS, countsOnly: false },
  ...more,
});

/** A process that takes beacons and stores them when it is told to. */
function openNode(nodeId: string): Viewers {
  const stopped = AbortSignal.abort();
  return createViewers({ ...show.ctx, nodeId }, stopped, () => nowMs);
}

const read = async <T>(path: string, who: Person = studio.people.owner): Promise<T> => {
  const { status, body } = await who.call("GET", `/broadcasts/${studio.id}/${path}`);
  expect(status).toBe(200);
  return body as T;
};

onEachStore((store) => {
  beforeEach(async () => {
    nowMs = BEGAN_MS;
    show = await openShow({ store: store(), now: () => nowMs, plugins: (ctx) => [(app) => analyticsRoutes(app, ctx)] });
    studio = await goLive(CHANNEL);
  });
  afterEach(() => show.close());

  describe("who may read", () => {
    const READERS = ["owner", "admin", "producer"];
    test.each(["analytics", "analytics/live", "analytics/export", "analytics/export?file=json"])("%s", async (path) => {
      const stranger = await goLive("neighbour");
      const askers: [string, Caller][] = [
        ...Object.entries(studio.people).map(([role, { call }]) => [role, call] as [string, Caller]),
        ["another channel's owner", stranger.people.owner.call],
        ["anonymous", show.anonymous],
      ];
      for (const [asker, call] of askers) {
        const { status } = await call("GET", `/broadcasts/${studio.id}/${path}`);
        const expected = READERS.includes(asker) ? 200 : asker === "anonymous" ? 401 : 403;
        expect([asker, status]).toEqual([asker, expected]);
      }
      expect((await studio.people.owner.call("GET", `/broadcasts/${"0".repeat(20)}/${path}`)).status).toBe(404);
    });
  });

  test("before anybody watches nothing is known, and nothing is 0 that was not measured", async () => {
    nowMs = BEGAN_MS + 60_000;
    expect(await read<LiveAnalytics>("analytics/live")).toMatchObject({
      ...{ viewers: 0, sessions: 0, joinMsP50: null, joinMsP95: null, stallRatio: null, rebufferedShare: null },
      ...{ latency: [], devices: [], regions: [] },
    });
    const { body } = await studio.people.owner.call("POST", "/broadcasts", {
      channelId: studio.channelId,
      title: "Later",
    });
    const draft = await studio.people.owner.call("GET", `/broadcasts/${String(body["id"])}/analytics`);
    expect(draft.body).toMatchObject({
      liveAt: null,
      durationMs: 0,
      series: [],
      retention: [],
      totals: { sessions: 0 },
    });
  });

  test("two watch, one of them through two processes, and leaves", async () => {
    const [a, b] = [openNode("a"), openNode("b")];
    const turns = [a, b, b, a, b];
    for (let step = 0; step < 7; step += 1) {
      nowMs = BEGAN_MS + 1_500 + step * 10_000;
      const watchedMs = 1_500 + step * 10_000;
      a.note(studio.id, beaconOf("one", { seq: step, watchedMs }), visitOf());
      const leaves = step === 4;
      if (leaves) nowMs = BEGAN_MS + 35_000;
      const two = beaconOf("two", {
        ...{
          seq: step,
          watchedMs: Math.max(0, watchedMs - 4_000),
          stalls: step > 1 ? 1 : 0,
          stalledMs: step > 1 ? 4_000 : 0,
        },
        ...{ joinMs: 2_000, latencyMs: 4_000, ended: leaves, delivery: "realtime", timeZone: "America/New_York" },
      });
      if (step <= 4)
        turns[step]?.note(studio.id, two, visitOf({ userAgent: IPHONE, accountId: studio.people.viewer.id }));
      await Promise.all([a.report(), b.report()]);
    }
    nowMs = BEGAN_MS + 70_000 + 25_000;
    const live = await read<LiveAnalytics>("analytics/live");
    expect(live.series.slice(0, 6).map(({ viewers, joins }) => [viewers, joins])).toEqual([
      [1.9, 2],
      [2, 0],
      [2, 0],
      [1.5, 0],
      [1, 0],
      [1, 0],
    ]);
    expect(live.series.map(({ stallRatio }) => stallRatio !== null && stallRatio > 0).slice(0, 4)).toEqual([
      false,
      false,
      true,
      false,
    ]);
    expect(live).toMatchObject({ sessions: 2, stepSec: 10 });
    expect(Math.abs((live.joinMsP50 ?? 0) / 400 - 1)).toBeLessThan(0.05);
    expect(Math.abs((live.joinMsP95 ?? 0) / 2_000 - 1)).toBeLessThan(0.05);
    expect(live.modes.map(({ key, sessions }) => [key, sessions])).toEqual([
      ["hls", 1],
      ["realtime", 1],
    ]);
    expect(live.devices.map(({ key }) => key)).toEqual(["desktop", "phone"]);
    expect(live.regions.map(({ key }) => key)).toEqual(["Europe/Berlin", "America/New_York"]);
    const report = await read<Analytics>("analytics");
    expect(report.totals).toMatchObject({ sessions: 2, rebufferedShare: 0.5 });
    expect(report.totals.watchedMs).toBe(61_500 + 37_500);
    expect(report.totals.averageViewers).toBe(1.4);
    expect(report.retention).toEqual([
      { minute: 0, share: 1 },
      { minute: 1, share: 0.5 },
    ]);
    expect(report.latency.filter(({ share }) => share > 0).map(({ fromMs }) => fromMs)).toEqual([500, 3_000]);
    const rows = await show.ctx.store.db.selectFrom("viewer_session").selectAll().orderBy("session_id").execute();
    expect(rows.map((row) => [row.account_id, row.seq, row.delivery, row.device])).toEqual([
      [null, 6, "hls", "desktop"],
      [studio.people.viewer.id, 4, "realtime", "phone"],
    ]);
  });

  test("the same beacon at two processes, and again after its answer was lost, counts once", async () => {
    const [a, b] = [openNode("a"), openNode("b")];
    nowMs = BEGAN_MS + 9_000;
    const beacon = beaconOf("one", { seq: 0, watchedMs: 8_000, stalls: 1, stalledMs: 500 });
    for (const node of [a, b, a]) {
      node.note(studio.id, beacon, visitOf());
      await node.report();
    }
    const all = await show.ctx.store.db
      .selectFrom("audience_bucket")
      .select([
        sql<number>`sum(joins)`.as("joins"),
        sql<number>`sum(watched_ms)`.as("watched"),
        sql<number>`sum(stalls)`.as("stalls"),
      ])
      .executeTakeFirst();
    expect(all).toEqual({ joins: 1, watched: 8_000, stalls: 1 });
    const devices = await show.ctx.store.db
      .selectFrom("audience_total")
      .selectAll()
      .where("dimension", "=", "device")
      .execute();
    expect(devices).toMatchObject([{ key: "desktop", sessions: 1, watched_ms: 8_000 }]);
  });

  test("many processes that store at the same moment lose and double nothing", async () => {
    const nodes = ["a", "b", "c", "d"].map(openNode);
    nowMs = BEGAN_MS + 5_000;
    const names = Array.from({ length: 200 }, (_, index) => `viewer${index}`);
    // Everybody is heard by two of them.
    for (const [index, name] of names.entries()) {
      nodes[index % 4]?.note(studio.id, beaconOf(name, { seq: 0, watchedMs: 2_000 }), visitOf());
      nodes[(index + 1) % 4]?.note(studio.id, beaconOf(name, { seq: 1, watchedMs: 4_000 }), visitOf());
    }
    await Promise.all(nodes.map((node) => node.report()));
    // What met another one's is stored with the next report.
    await Promise.all(nodes.map((node) => node.report()));
    nowMs += 60_000;
    const { totals } = await read<Analytics>("analytics");
    expect(totals).toMatchObject({ sessions: 200, watchedMs: 200 * 4_000 });
  });

  test("of a show in kid mode there are counts only, also of what was known before", async () => {
    const { db } = show.ctx.store;
    const node = openNode("a");
    nowMs = BEGAN_MS + 1_000;
    node.note(studio.id, beaconOf("before", { watchedMs: 500, ended: true }), visitOf());
    await node.report();
    await db.updateTable("broadcast").set({ kid_mode: true }).where("id", "=", studio.id).execute();
    for (const atMs of [1_500, 11_500, 21_500]) {
      nowMs = BEGAN_MS + atMs;
      const visit = visitOf({ countsOnly: true, accountId: studio.people.viewer.id });
      node.note(studio.id, beaconOf("one", { watchedMs: atMs, joinMs: atMs > 2_000 ? 400 : null }), visit);
      await node.report();
    }
    nowMs += 60_000;
    const sessions = db.selectFrom("viewer_session").select("session_id");
    expect(await sessions.execute()).toEqual([{ session_id: sessionId("before") }]);
    const { countsOnly, totals, devices, regions, retention } = await read<Analytics>("analytics");
    expect([countsOnly, devices, regions, retention]).toEqual([true, [], [], []]);
    expect(totals).toMatchObject({ sessions: 2, watchedMs: 22_000 });
    expect(totals.joinMsP50).toBeGreaterThan(0);
    expect(await read<LiveAnalytics>("analytics/live")).toMatchObject({ countsOnly: true, devices: [], sessions: 2 });
  });

  test("a signed-in viewer of a show in kid mode leaves no row behind", async () => {
    const { db } = show.ctx.store;
    await db.updateTable("broadcast").set({ kid_mode: true }).where("id", "=", studio.id).execute();
    nowMs = BEGAN_MS + 2_000;
    const beacon = beaconOf("one", { watchedMs: 1_000 });
    expect((await studio.people.viewer.call("POST", `/broadcasts/${studio.id}/beacon`, beacon)).status).toBe(200);
    await show.app.close();
    expect(await db.selectFrom("viewer_session").selectAll().execute()).toEqual([]);
    expect(await db.selectFrom("audience_bucket").select(["joins", "watched_ms"]).execute()).toEqual([
      { joins: 1, watched_ms: 1_000 },
    ]);
    expect((await db.selectFrom("audience_total").select("dimension").execute()).map((row) => row.dimension)).toEqual([
      "join",
    ]);
  });

  test("who watches the recording counts apart, and chapters, chat and tips stand beside the viewers", async () => {
    const { db } = show.ctx.store;
    const node = openNode("a");
    for (const atMs of [1_500, 11_500]) {
      nowMs = BEGAN_MS + atMs;
      node.note(studio.id, beaconOf("one", { watchedMs: atMs }), visitOf());
    }
    await node.report();
    const at = (ms: number): Date => new Date(BEGAN_MS + ms);
    await db
      .updateTable("broadcast")
      .set({ state: "ended", ended_at: at(30_000), peak_viewers: 1 })
      .where("id", "=", studio.id)
      .execute();
    const marker = { id: newId(), broadcast_id: studio.id, at_ms: 500_000, title: "Half-time", created_by: null };
    await db
      .insertInto("marker")
      .values({ ...marker, created_at: at(12_000) })
      .execute();
    for (const [index, ms] of [1_000, 2_000, 21_000].entries()) {
      const message = { id: newId(), broadcast_id: studio.id, account_id: studio.people.viewer.id, send_id: newId() };
      const state = index === 1 ? ("deleted" as const) : ("visible" as const);
      const rest = {
        kind: "message" as const,
        state,
        role: "viewer" as const,
        text: "Hi",
        media_time_ms: null,
        at: at(ms),
      };
      const none = { about: null, reply_to: null, note: null, removed_by: null, removed_at: null };
      await db
        .insertInto("chat_message")
        .values({ ...message, ...rest, ...none })
        .execute();
    }
    nowMs = BEGAN_MS + 100_000;
    node.noteReplay(studio.id, beaconOf("later", { delivery: "vod", watchedMs: 8_000 }), visitOf());
    await node.report();
    const report = await read<Analytics>("analytics");
    expect(report.series.map(({ atMs, viewers, chatMessages }) => [atMs, viewers, chatMessages])).toEqual([
      [0, 1, 1],
      [10_000, 0.2, 0],
      [20_000, 0, 1],
    ]);
    expect(report.chapters).toEqual([{ atMs: 12_000, title: "Half-time" }]);
    expect(report.totals).toMatchObject({
      sessions: 1,
      replaySessions: 1,
      replayWatchedMs: 8_000,
      chatMessages: 2,
      chatPeople: 1,
    });
    expect(report).toMatchObject({ durationMs: 30_000, state: "ended", tips: [] });
  });

  test("files hold the same, and nothing in them is a formula", async () => {
    const { db } = show.ctx.store;
    const node = openNode("a");
    nowMs = BEGAN_MS + 1_500;
    node.note(studio.id, beaconOf("one", { watchedMs: 1_500, timeZone: "=cmd()" }), visitOf());
    await node.report();
    const marker = { id: newId(), broadcast_id: studio.id, at_ms: 0, title: '=HYPERLINK("x")', created_by: null };
    await db
      .insertInto("marker")
      .values({ ...marker, created_at: new Date(BEGAN_MS) })
      .execute();
    nowMs = BEGAN_MS + 45_000;
    const file = async (query: string) => {
      const answer = await studio.people.owner.call("GET", `/broadcasts/${studio.id}/analytics/export?${query}`);
      return {
        type: answer.headers["content-type"],
        name: answer.headers["content-disposition"],
        text: answer.raw.toString(),
      };
    };
    const timeline = await file("file=csv");
    expect(timeline.type).toBe("text/csv; charset=utf-8");
    expect(timeline.name).toBe(`attachment; filename="analytics-timeline-${studio.id}.csv"`);
    expect(timeline.text.split("\r\n").slice(0, 3)).toEqual([
      '\uFEFF"seconds","viewers","joins","stall_ratio","bitrate_bps","chat_messages","chapters"',
      '0,0.2,1,0,2000000,0,"\'=HYPERLINK(""x"")"',
      '10,0,0,"","",0,""',
    ]);
    const audience = await file("table=audience");
    expect(audience.text).toContain('"regions","unknown",1,0');
    expect(audience.text).not.toContain("cmd");
    const json = await file("file=json");
    expect(json.type).toBe("application/json; charset=utf-8");
    expect(JSON.parse(json.text)).toEqual(await read("analytics"));
    const wrong = await studio.people.owner.call("GET", `/broadcasts/${studio.id}/analytics/export?file=xlsx`);
    expect(wrong.code).toBe("invalid_input");
  });

  test("a beacon over HTTP is stored with what its request says, and one that is too large is refused", async () => {
    nowMs = BEGAN_MS + 2_000;
    const send = (body: object) => studio.people.viewer.call("POST", `/broadcasts/${studio.id}/beacon`, body);
    expect((await send({ ...beaconOf("one", { seq: 0, watchedMs: 1_000 }) })).body).toMatchObject({ viewers: 1 });
    expect((await send({ ...beaconOf("one"), more: "x".repeat(2_048) })).code).toBe("too_large");
    for (const wrong of [
      { seq: -1 },
      { delivery: "carrier pigeon" },
      { timeZone: "x".repeat(65) },
      { referrer: "https://a.b" },
    ]) {
      expect((await send({ ...beaconOf("one"), ...wrong })).code).toBe("invalid_input");
    }
    await show.app.close();
    const rows = await show.ctx.store.db.selectFrom("viewer_session").selectAll().execute();
    expect(rows).toMatchObject([
      {
        account_id: studio.people.viewer.id,
        region: "Europe/Berlin",
        referrer: "direct",
        height_px: 720,
        device: "other",
      },
    ]);
  });

  test("a show of a week is read in a few hundred points", async () => {
    const { db } = show.ctx.store;
    const day = 86_400_000;
    const node = openNode("a");
    for (let atMs = 0; atMs < 7 * day; atMs += day / 4) {
      nowMs = BEGAN_MS + atMs;
      node.note(studio.id, beaconOf("one", { watchedMs: atMs / 2 }), visitOf());
      await node.report();
    }
    await db
      .updateTable("broadcast")
      .set({ ended_at: new Date(BEGAN_MS + 7 * day) })
      .where("id", "=", studio.id)
      .execute();
    // The owner signed in a week ago.
    nowMs = BEGAN_MS;
    const { series, stepMs, totals } = await read<Analytics>("analytics");
    expect(series.length).toBeLessThanOrEqual(361);
    expect(series.length * stepMs).toBeGreaterThanOrEqual(7 * day);
    expect(totals.sessions).toBe(1);
  });
});
