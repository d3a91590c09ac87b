/** What the media plane is told and what it tells: which broadcast an encoder feeds, sources that come and go, restarts, reconnect windows. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { acquireLease } from "../../store/leases.ts";
import { createMediaDoors } from "./media-doors.ts";
import { createReconnectWindows } from "./reconnect-windows.ts";
import { endExpired, loseOrphans, removeOldWindows } from "./sweeps.ts";
import { openShow, type Person, published, type Show } from "./testing.ts";

let show: Show;
beforeAll(async () => {
  show = await openShow();
});
afterAll(() => show.close());

const PEER = { remote: "192.0.2.1:50000", protocol: "rtmp" } as const;
const HOUR_MS = 3_600_000;
let handles = 0;
const nextChannel = () => show.channel(`feed${(handles += 1)}`);
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

async function create(person: Person, body: Record<string, unknown>): Promise<string> {
  return String((await person.call("POST", "/broadcasts", { title: "A show", ...body })).body["id"]);
}
async function fedBy(channelId: string, slot: "primary" | "backup" = "primary"): Promise<string> {
  const decision = await show.doors.authorizeIngest(await show.keyOf(channelId, slot), PEER);
  if (!decision.ok) throw new Error(decision.message);
  return decision.grant.broadcastId;
}
const connect = (broadcastId: string, slot: "primary" | "test" = "primary") =>
  show.doors.onProgramState({ type: "source_connected", broadcastId, slot });
const lose = (broadcastId: string) =>
  show.doors.onProgramState({ type: "source_lost", broadcastId, reason: "gone", stopped: false });
const rowOf = (id: string) =>
  show.ctx.store.db.selectFrom("broadcast").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
const setRow = (id: string, values: { interrupted_at?: Date; ended_at?: Date }) =>
  show.ctx.store.db.updateTable("broadcast").set(values).where("id", "=", id).execute();
const setLease = (broadcastId: string, expires_at: Date) =>
  show.ctx.store.db.updateTable("lease").set({ expires_at }).where("broadcast_id", "=", broadcastId).execute();

describe("an encoder", () => {
  test.each([["rk_0123456789abcdefghjkmnpqrstvwxyz"], [""], ["rk_"], ["live/' or 1=1"], ["x".repeat(5000)]])(
    "with the unknown key %# is refused",
    async (credential) => {
      const decision = await show.doors.authorizeIngest(credential, PEER);
      expect(decision).toMatchObject({ ok: false, reason: "unknown_key" });
      expect(JSON.stringify(decision)).not.toContain(credential === "" ? "never" : credential);
    },
  );

  test("that floods with unknown keys waits, wherever its ports are", async () => {
    const { id } = await nextChannel();
    const doors = createMediaDoors(show.ctx);
    for (let i = 0; i < 60; i += 1) await doors.authorizeIngest("wrong", { ...PEER, remote: `198.51.100.7:${i}` });
    const key = await show.keyOf(id);
    const flooding = await doors.authorizeIngest(key, { ...PEER, remote: "198.51.100.7:999" });
    expect(flooding).toMatchObject({ ok: false, reason: "rate_limited" });
    expect(await doors.authorizeIngest(key, PEER)).toMatchObject({ ok: true });
  });

  test("opens a broadcast with the channel's title when there is none, once for both slots", async () => {
    const { id: channelId, people } = await nextChannel();
    await people.owner.call("PATCH", `/channels/${channelId}`, {
      settings: { secondPublisher: "take_over", dvrWindowSec: 120 },
    });
    const decision = await show.doors.authorizeIngest(await show.keyOf(channelId), PEER);
    expect(decision).toEqual({
      ok: true,
      grant: {
        channelId,
        broadcastId: expect.any(String),
        slot: "primary",
        secondPublisher: "take_over",
        dvrWindowSec: 120,
      },
    });
    const { body } = await people.owner.call("GET", "/broadcasts?mine=true");
    expect(body.items).toMatchObject([{ title: `Channel feed${handles}`, state: "draft", visibility: "public" }]);
    expect(await fedBy(channelId, "backup")).toBe(body.items[0]?.["id"]);
  });

  test("two that connect in the same moment get the same broadcast", async () => {
    const { id } = await nextChannel();
    const [one, two] = await Promise.all([fedBy(id), fedBy(id, "backup")]);
    expect(one).toBe(two);
  });

  test("feeds what is on the air, else the nearest scheduled, else the newest draft", async () => {
    const { id: channelId, people } = await nextChannel();
    await create(people.owner, { channelId });
    const draft = await create(people.owner, { channelId });
    await create(people.owner, { channelId, startAt: inMs(7 * HOUR_MS) });
    expect(await fedBy(channelId)).toBe(draft);
    await setLease(draft, new Date(Date.now() - 6 * 60_000));
    const soon = await create(people.owner, { channelId, startAt: inMs(2 * HOUR_MS) });
    await create(people.owner, { channelId, startAt: inMs(-5 * HOUR_MS) });
    expect(await fedBy(channelId)).toBe(soon);
    await connect(draft);
    expect(await fedBy(channelId)).toBe(draft);
    await lose(draft);
    expect(await fedBy(channelId)).toBe(draft);
  });

  test.each([
    ["a connection that broke", null],
    ["a restart", "the-next-process"],
  ])("in preview comes back to the same broadcast after %s, whatever was made later", async (_, nextNode) => {
    const { id: channelId, people } = await nextChannel();
    const rehearsal = await create(people.owner, { channelId, autoLive: false });
    expect(await fedBy(channelId)).toBe(rehearsal);
    await connect(rehearsal);
    await create(people.owner, { channelId, startAt: inMs(HOUR_MS), autoLive: true });
    await create(people.owner, { channelId, autoLive: true });
    const doors = nextNode === null ? show.doors : createMediaDoors({ ...show.ctx, nodeId: nextNode });
    if (nextNode === null) await lose(rehearsal);
    else await doors.recoverAfterRestart();
    expect((await rowOf(rehearsal)).state).toBe("draft");
    const decision = await doors.authorizeIngest(await show.keyOf(channelId), PEER);
    expect(decision).toMatchObject({ ok: true, grant: { broadcastId: rehearsal } });
  });

  test("feeds what is due after a rehearsal that somebody stopped", async () => {
    const { id: channelId, people } = await nextChannel();
    const rehearsal = await create(people.owner, { channelId, autoLive: false });
    expect(await fedBy(channelId)).toBe(rehearsal);
    await connect(rehearsal);
    const due = await create(people.owner, { channelId, startAt: inMs(60_000), autoLive: true });
    await show.doors.onProgramState({ type: "source_lost", broadcastId: rehearsal, reason: "stopped", stopped: true });
    expect(await fedBy(channelId)).toBe(due);
  });

  test("that comes back after the end opens a new broadcast", async () => {
    const { id: channelId, people } = await nextChannel();
    const first = await fedBy(channelId);
    await connect(first);
    await people.owner.call("POST", `/broadcasts/${first}/end`);
    expect(await fedBy(channelId)).not.toBe(first);
  });

  test("is refused when another living node holds the broadcast", async () => {
    const { id: channelId, people } = await nextChannel();
    const broadcastId = await create(people.owner, { channelId });
    const held = { broadcastId, nodeId: "another", address: "http://other.example.org", ttlMs: 60_000 };
    await acquireLease(show.ctx.store.db, held);
    const decision = await show.doors.authorizeIngest(await show.keyOf(channelId), PEER);
    expect(decision).toMatchObject({ ok: false, reason: "owned_elsewhere" });
  });
});

describe("a source", () => {
  test("goes live by itself only where that is wanted", async () => {
    const { id: channelId, people } = await nextChannel();
    await people.owner.call("PATCH", `/channels/${channelId}`, { settings: { autoLive: false } });
    const quiet = await fedBy(channelId);
    await connect(quiet);
    expect((await rowOf(quiet)).state).toBe("preview");
    await lose(quiet);
    expect(await rowOf(quiet)).toMatchObject({ state: "draft", has_source: false, live_at: null });
    await people.owner.call("PATCH", `/broadcasts/${quiet}`, { autoLive: true });
    await connect(quiet);
    expect((await rowOf(quiet)).state).toBe("live");
  });

  test("that comes back within the window goes on in the same show", async () => {
    const { id } = await nextChannel();
    const broadcastId = await fedBy(id);
    await connect(broadcastId);
    const { live_at } = await rowOf(broadcastId);
    await lose(broadcastId);
    await endExpired(show.ctx);
    expect((await rowOf(broadcastId)).interrupted_at).toEqual(expect.any(Date));
    await connect(broadcastId);
    expect(await rowOf(broadcastId)).toMatchObject({ state: "live", interrupted_at: null, live_at });
  });

  test("that stays away longer than the window ends the show", async () => {
    const { id } = await nextChannel();
    const broadcastId = await fedBy(id);
    await connect(broadcastId);
    await lose(broadcastId);
    await setRow(broadcastId, { interrupted_at: new Date(Date.now() - 121_000) });
    await endExpired(show.ctx);
    expect(await rowOf(broadcastId)).toMatchObject({ state: "ended", has_source: false });
    expect((await published(show, "media")).slice(-2)).toEqual([
      { type: "end_broadcast", broadcastId },
      {
        type: "cut_sources",
        broadcastId,
        reason: "The picture came back too late: this broadcast is over. Connect again to begin the next one.",
      },
    ]);
    await connect(broadcastId);
    expect((await rowOf(broadcastId)).state).toBe("ended");
  });

  test("whose encoder is back, but not its picture yet, is waited for", async () => {
    const { id } = await nextChannel();
    const broadcastId = await fedBy(id);
    await connect(broadcastId);
    await lose(broadcastId);
    await setRow(broadcastId, { interrupted_at: new Date(Date.now() - 121_000) });
    expect(await fedBy(id)).toBe(broadcastId);
    await endExpired(show.ctx);
    expect((await rowOf(broadcastId)).state).toBe("interrupted");
    await connect(broadcastId);
    expect((await rowOf(broadcastId)).state).toBe("live");
  });

  test("whose encoder connects again and again without a picture is waited for twice as long, not for ever", async () => {
    const { id } = await nextChannel();
    const broadcastId = await fedBy(id);
    await connect(broadcastId);
    await lose(broadcastId);
    let nowSec = 0;
    const windows = createReconnectWindows(show.ctx, () => nowSec * 1000);
    await setRow(broadcastId, { interrupted_at: new Date(0) });
    const interruptedSec = async (atSec: number): Promise<number> => {
      nowSec = atSec;
      await windows.beginAnew(await rowOf(broadcastId));
      return ((await rowOf(broadcastId)).interrupted_at?.getTime() ?? Number.NaN) / 1000;
    };
    expect([await interruptedSec(100), await interruptedSec(180), await interruptedSec(239)]).toEqual([100, 120, 120]);
    // The next interruption has a whole window again.
    await setRow(broadcastId, { interrupted_at: new Date(400_000) });
    expect(await interruptedSec(500)).toBe(500);
  });

  test.each(["primary", "test"] as const)(
    "in slot %s of a channel that is on the air with another broadcast is cut off, and may come back later",
    async (slot) => {
      const { id: channelId, people } = await nextChannel();
      const onAir = await create(people.owner, { channelId });
      const waiting = await create(people.owner, { channelId });
      await connect(onAir);
      const before = (await published(show, "media")).length;
      await connect(waiting, slot);
      const { nodeId } = show.ctx;
      const reason = "Another broadcast of this channel is on the air. Connect again to feed that one.";
      expect((await published(show, "media")).slice(before)).toEqual([
        { type: "cut_sources", broadcastId: waiting, reason, nodeId },
      ]);
      await lose(waiting);
      await people.owner.call("POST", `/broadcasts/${onAir}/end`);
      await connect(waiting, slot);
      expect((await rowOf(waiting)).state).toBe(slot === "test" ? "preview" : "live");
    },
  );

  test("of what was ended or deleted while it connected is not shown", async () => {
    const { id: channelId, people } = await nextChannel();
    const over = await fedBy(channelId);
    await connect(over);
    await people.owner.call("POST", `/broadcasts/${over}/end`);
    const count = async () => (await published(show, "media")).length;
    const before = await count();
    await connect(over);
    expect((await published(show, "media")).slice(before)).toEqual([{ type: "end_broadcast", broadcastId: over }]);
    const unknown = "00000000000000000000";
    await connect(unknown);
    await lose(unknown);
    expect((await published(show, "media")).slice(before + 1)).toEqual([
      { type: "remove_broadcast", broadcastId: unknown },
    ]);
  });
});

describe("after a restart", () => {
  test("what was on the air waits for its encoder with a whole window; previews are over", async () => {
    const fresh = await openShow();
    const { id: first, people } = await fresh.channel("restart");
    const { id: second, people: others } = await fresh.channel("rehearsal");
    const { id: third } = await fresh.channel("waiting");
    const feed = async (channelId: string): Promise<string> => {
      const decision = await fresh.doors.authorizeIngest(await fresh.keyOf(channelId), PEER);
      return decision.ok ? decision.grant.broadcastId : "";
    };
    const [live, preview, waiting] = [await feed(first), await feed(second), await feed(third)];
    await fresh.doors.onProgramState({ type: "source_connected", broadcastId: live, slot: "primary" });
    await fresh.doors.onProgramState({ type: "source_connected", broadcastId: preview, slot: "test" });
    await fresh.doors.onProgramState({ type: "source_connected", broadcastId: waiting, slot: "primary" });
    await fresh.doors.onProgramState({ type: "source_lost", broadcastId: waiting, reason: "gone", stopped: false });
    const { db } = fresh.ctx.store;
    await db
      .updateTable("broadcast")
      .set({ interrupted_at: new Date(0) })
      .where("id", "=", waiting)
      .execute();

    // The same store with a new process.
    const doors = createMediaDoors({ ...fresh.ctx, nodeId: "the-next-process" });
    await doors.recoverAfterRestart();
    await endExpired(fresh.ctx);
    const view = async (person: Person, id: string) => (await person.call("GET", `/broadcasts/${id}`)).body;
    expect(await view(people.owner, live)).toMatchObject({ state: "interrupted", hasSource: false });
    expect(await view(others.owner, preview)).toMatchObject({ state: "draft", hasSource: false });
    expect((await fresh.anonymous("GET", `/broadcasts/${waiting}`)).body["state"]).toBe("interrupted");
    expect(await doors.authorizeIngest(await fresh.keyOf(first), PEER)).toMatchObject({
      ok: true,
      grant: { broadcastId: live },
    });
    await fresh.close();
  });

  test("a process that stops lets the next one take over at once", async () => {
    const { id } = await nextChannel();
    const key = await show.keyOf(id);
    const old = createMediaDoors({ ...show.ctx, nodeId: "old" });
    const next = createMediaDoors({ ...show.ctx, nodeId: "next" });
    expect(await old.authorizeIngest(key, PEER)).toMatchObject({ ok: true });
    expect(await next.authorizeIngest(key, PEER)).toMatchObject({ ok: false, reason: "owned_elsewhere" });
    await old.close();
    expect(await next.authorizeIngest(key, PEER)).toMatchObject({ ok: true });
  });

  test("a process that follows a killed one of the same node goes on at once", async () => {
    const { id } = await nextChannel();
    const broadcastId = await fedBy(id);
    await connect(broadcastId);
    const doors = createMediaDoors(show.ctx);
    await doors.recoverAfterRestart();
    expect(await rowOf(broadcastId)).toMatchObject({ state: "interrupted", has_source: false });
    expect(await doors.authorizeIngest(await show.keyOf(id), PEER)).toMatchObject({ ok: true, grant: { broadcastId } });
  });

  test("a node that died loses its broadcasts when its lease runs out, not before", async () => {
    const { id } = await nextChannel();
    const broadcastId = await fedBy(id);
    await connect(broadcastId);
    await loseOrphans(show.ctx);
    expect((await rowOf(broadcastId)).state).toBe("live");
    await setLease(broadcastId, new Date(0));
    await loseOrphans(show.ctx);
    expect(await rowOf(broadcastId)).toMatchObject({ state: "interrupted", has_source: false });
  });
});

test("windows are removed a day after the end", async () => {
  const { id: channelId, people } = await nextChannel();
  const broadcastId = await fedBy(channelId);
  await connect(broadcastId);
  await people.owner.call("POST", `/broadcasts/${broadcastId}/end`);
  const removal = { type: "remove_broadcast", broadcastId };
  await removeOldWindows(show.ctx);
  expect(await published(show, "media")).not.toContainEqual(removal);
  await removeOldWindows(show.ctx, Date.now() + 25 * HOUR_MS);
  expect(await published(show, "media")).toContainEqual(removal);
});

describe("health", () => {
  const SOURCE = {
    kind: "primary",
    protocol: "rtmp",
    connectedAt: "2026-01-01T00:00:00.000Z",
    encoder: "OBS",
    videoCodec: "avc1.64001f",
    audioCodec: "mp4a.40.2",
    widthPx: 1280,
    heightPx: 720,
    fps: 30,
    nominalFps: 30,
    videoBitrateBps: 2_500_000,
    audioBitrateBps: 128_000,
    keyframeIntervalSec: 6,
    bFrames: false,
    audioSampleRateHz: 48_000,
    audioChannels: 2,
    droppedSamples: 0,
    avOffsetMs: 0,
  } as const;
  const FED = { source: SOURCE, slate: null, connected: ["primary"] } as const;

  test("of what never had a source says so", async () => {
    const { id: channelId, people } = await nextChannel();
    const id = await create(people.owner, { channelId });
    const { body } = await people.owner.call("GET", `/broadcasts/${id}/health`);
    expect(body["samples"]).toMatchObject([
      { level: "offline", source: null, viewers: 0, notes: [{ code: "no_source" }] },
    ]);
  });

  test("is judged, kept and handed out, and keeps the lease", async () => {
    const { id: channelId, people } = await nextChannel();
    const broadcastId = await fedBy(channelId);
    await connect(broadcastId);
    const report = { type: "health", broadcastId, ...FED, mediaTimeMs: 5000 } as const;
    await show.doors.onProgramState(report);
    await show.doors.onProgramState({ ...report, source: { ...SOURCE, keyframeIntervalSec: 2 }, mediaTimeMs: 10_000 });
    const { body } = await people.moderator.call("GET", `/broadcasts/${broadcastId}/health`);
    expect(body["samples"]).toMatchObject([
      { level: "degraded", state: "live", mediaTimeMs: 5000, notes: [{ code: "keyframe_interval" }] },
      { level: "healthy", state: "live", mediaTimeMs: 10_000, notes: [], source: { encoder: "OBS" } },
    ]);
    const [first, second] = body["samples"] as { at: string }[];
    const newer = async (after: string | undefined) =>
      (await people.moderator.call("GET", `/broadcasts/${broadcastId}/health?after=${after}`)).body;
    expect((await newer(second?.at))["samples"]).toEqual([]);
    expect((await newer("2000-01-01T00:00:00.000Z"))["samples"]).toEqual([first, second]);
    expect((await newer("yesterday"))["error"]).toMatchObject({ code: "invalid_input" });
  });

  test("that tells of media on a node that lost the broadcast to another one cuts the source off there", async () => {
    const { id: channelId } = await nextChannel();
    const broadcastId = await fedBy(channelId);
    await connect(broadcastId);
    await setLease(broadcastId, new Date(0));
    const held = { broadcastId, nodeId: "another", address: "http://other.example.org", ttlMs: 60_000 };
    await acquireLease(show.ctx.store.db, held);
    await show.doors.onProgramState({ type: "health", broadcastId, ...FED, mediaTimeMs: 0 });
    const { nodeId } = show.ctx;
    const reason = "This broadcast runs on another server now (http://other.example.org). Connect there.";
    expect((await published(show, "media")).slice(-2)).toEqual([
      { type: "cut_sources", broadcastId, reason, nodeId },
      { type: "yield_broadcast", broadcastId, nodeId },
    ]);
  });

  test("that tells of media mends a row that missed the source", async () => {
    const { id: channelId } = await nextChannel();
    const broadcastId = await fedBy(channelId);
    await connect(broadcastId);
    await lose(broadcastId);
    await show.doors.onProgramState({ type: "health", broadcastId, ...FED, mediaTimeMs: 0 });
    expect(await rowOf(broadcastId)).toMatchObject({ state: "live", has_source: true });
  });

  test("that tells of the slate keeps the lease and mends nothing", async () => {
    const { id: channelId } = await nextChannel();
    const broadcastId = await fedBy(channelId);
    await connect(broadcastId);
    await lose(broadcastId);
    await setLease(broadcastId, new Date(0));
    const slate = { since: new Date(), why: "gone" } as const;
    const source = { ...SOURCE, kind: "slate" } as const;
    await show.doors.onProgramState({ type: "health", broadcastId, source, slate, connected: [], mediaTimeMs: 0 });
    expect(await rowOf(broadcastId)).toMatchObject({ state: "interrupted", has_source: false });
    expect(await show.doors.showsOnAir()).not.toContainEqual(expect.objectContaining({ broadcastId }));
    await setLease(broadcastId, new Date(0));
    expect(await show.doors.showsOnAir()).toContainEqual(expect.objectContaining({ broadcastId }));
  });
});
