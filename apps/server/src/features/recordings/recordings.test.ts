import { once } from "node:events";
import type { ReadStream } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serializeRecordingIndex } from "@rostrum/media/recording";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../lib/clock.ts";
import { createMetrics } from "../../lib/metrics.ts";
import { VodHandler } from "../../media/deliver/vod/handler.ts";
import type { RecordingDoors } from "../../media/plane.ts";
import { openShow, type Person, type Show } from "../broadcasts/testing.ts";
import { createRecordingDoors } from "./doors.ts";
import { emptyTrash, expireRecordings, failLost, giveUpLostMp4s } from "./jobs.ts";
import { recordingRoutes } from "./routes.ts";

let show: Show;
let doors: RecordingDoors;
let count = 0;
beforeAll(async () => {
  show = await openShow({ plugins: (ctx) => [(app) => recordingRoutes(app, ctx)] });
  doors = createRecordingDoors(show.ctx);
});
afterAll(() => show.close());

type Channel = Awaited<ReturnType<Show["channel"]>>;
let channel: Channel;
beforeEach(async () => {
  count += 1;
  channel = await show.channel(`rec${count}`);
});

const media = (settings: object) => channel.people.owner.call("PATCH", `/channels/${channel.id}`, { settings });

/** A broadcast that is on the air since a moment ago. */
async function onAir(fields: object = {}): Promise<string> {
  const made = await channel.people.owner.call("POST", "/broadcasts", {
    channelId: channel.id,
    title: "Evening show",
    ...fields,
  });
  const id = String(made.body["id"]);
  await show.doors.onProgramState({ type: "source_connected", broadcastId: id, slot: "primary" });
  return id;
}

const facts = (recordingId: string) => ({
  recordingId,
  durationMs: 60_000,
  sizeBytes: 1000,
  timeline: [
    { mediaMs: 10_000, atMs: 0, durationMs: 30_000 },
    { mediaMs: 50_000, atMs: 30_000, durationMs: 30_000 },
  ],
  renditions: [],
  missingMs: 0,
  note: null,
});

/** A show that was recorded and is over; its media is one blob. */
async function recorded(fields: object = {}): Promise<{ broadcastId: string; id: string }> {
  const broadcastId = await onAir(fields);
  const opened = await doors.openRecording(broadcastId);
  if (opened === null) throw new Error("the show is not recorded");
  const id = opened.recordingId;
  await channel.people.owner.call("POST", `/broadcasts/${broadcastId}/end`);
  await show.ctx.blobs.put(`recordings/${id}/v0/r-0.m4s`, Buffer.from("media"), "video/mp4");
  await doors.recordingStored(facts(id));
  return { broadcastId, id };
}

const keys = async (prefix: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const { key } of show.ctx.blobs.list(prefix)) found.push(key);
  return found;
};
/** Lets the minute pass that viewers have, and the time until the second look. */
async function emptied(): Promise<void> {
  const { db } = show.ctx.store;
  await sql`update blob_trash set not_before = now() - interval '1 second', created_at = now() - interval '1 hour'`.execute(
    db,
  );
  await emptyTrash(show.ctx, new AbortController().signal);
}

describe("what is recorded", () => {
  test("a show that is on the air, once; its row appears at once", async () => {
    const broadcastId = await onAir();
    const opened = await doors.openRecording(broadcastId);
    expect(await doors.openRecording(broadcastId)).toEqual(opened);
    const list = await channel.people.guest.call("GET", `/recordings?channelId=${channel.id}`);
    expect(list.body.items).toMatchObject([
      { id: opened?.recordingId, state: "recording", vodUrl: null, role: "guest" },
    ]);
  });

  test("not what has not begun, is not to be recorded, or is gone", async () => {
    const draft = await channel.people.owner.call("POST", "/broadcasts", { channelId: channel.id, title: "Draft" });
    expect(await doors.openRecording(String(draft.body["id"]))).toBeNull();
    expect(await doors.openRecording(await onAir({ record: false }))).toBeNull();
    expect(await doors.openRecording("0".repeat(20))).toBeNull();
  });

  test("nothing beyond the quota, and the show says why; older recordings stay", async () => {
    await media({ quotaGib: 1 });
    const { id } = await recorded();
    await show.ctx.store.db
      .updateTable("recording")
      .set({ size_bytes: 1024 ** 3 })
      .where("id", "=", id)
      .execute();
    const broadcastId = await onAir();
    expect(await doors.openRecording(broadcastId)).toBeNull();
    const own = await channel.people.moderator.call("GET", `/broadcasts/${broadcastId}`);
    expect(own.body["recordNote"]).toBe(
      "This show is not recorded. Nothing more is recorded: the channel's quota of 1 GiB is full (recordings take 1, uploaded videos 0, clips 0 GiB). Delete some of it, or raise the quota.",
    );
    expect((await show.anonymous("GET", `/broadcasts/${broadcastId}`)).body).not.toHaveProperty("recordNote");
    const storage = await channel.people.moderator.call("GET", `/channels/${channel.id}/storage`);
    expect(storage.body).toMatchObject({ recordings: 1, usedBytes: 1024 ** 3, quotaBytes: 1024 ** 3 });
    expect(storage.body["full"]).toContain("Nothing more is recorded");
    expect((await channel.people.viewer.call("GET", `/channels/${channel.id}/storage`)).code).toBe("forbidden");
    expect((await show.anonymous("GET", `/recordings/${id}`)).status).toBe(200);
  });

  test("one quota for recordings, MP4 files, uploaded videos and clips", async () => {
    await media({ quotaGib: 1 });
    const { broadcastId, id } = await recorded();
    const { db } = show.ctx.store;
    const quarter = 1024 ** 3 / 4;
    const sizes = { size_bytes: quarter, mp4_bytes: quarter };
    await db.updateTable("recording").set(sizes).where("id", "=", id).execute();
    const of = { channel_id: channel.id, title: "x", state: "ready", size_bytes: quarter } as const;
    const none = { problem: null, created_by: null, width_px: null, height_px: null };
    await db
      .insertInto("media_file")
      .values({ ...of, ...none, id: `f-${id}`, container: "mp4", duration_ms: null })
      .execute();
    const next = await onAir();
    expect(await doors.openRecording(next)).not.toBeNull();
    const clip = { ...of, ...none, id: `c-${id}`, broadcast_id: broadcastId, from_ms: 0, duration_ms: 1000 };
    await db.insertInto("clip").values(clip).execute();
    expect(await doors.openRecording(await onAir())).toBeNull();
    const { body } = await channel.people.moderator.call("GET", `/channels/${channel.id}/storage`);
    expect(body).toMatchObject({
      ...{ recordingBytes: 2 * quarter, files: 1, fileBytes: quarter, clips: 1, clipBytes: quarter },
      ...{
        usedBytes: 4 * quarter,
        full: expect.stringContaining("recordings take 0.5, uploaded videos 0.3, clips 0.3"),
      },
    });
  });

  test("a recording that reaches the quota stops, and one that was deleted is dropped", async () => {
    const broadcastId = await onAir();
    const opened = await doors.openRecording(broadcastId);
    const report = {
      recordingId: opened?.recordingId ?? "",
      durationMs: 1,
      sizeBytes: 1024 ** 3,
      missingMs: 0,
      note: null,
      ended: false,
    };
    expect(await doors.recordingProgress(report)).toEqual({ type: "go_on" });
    await media({ quotaGib: 1 });
    expect(await doors.recordingProgress(report)).toMatchObject({ type: "stop" });
    await channel.people.owner.call("POST", `/broadcasts/${broadcastId}/end`);
    expect(await doors.recordingProgress({ ...report, ended: true })).toEqual({ type: "finish" });
    expect(await doors.recordingProgress({ ...report, recordingId: "gone" })).toEqual({ type: "discard" });
  });

  test("a show of which nothing came has no recording, and says so", async () => {
    const broadcastId = await onAir();
    const opened = await doors.openRecording(broadcastId);
    await channel.people.owner.call("POST", `/broadcasts/${broadcastId}/end`);
    await doors.recordingStored({ ...facts(opened?.recordingId ?? ""), durationMs: 0 });
    const own = await channel.people.owner.call("GET", `/broadcasts/${broadcastId}`);
    expect(own.body).toMatchObject({ state: "ended", recordingId: null });
    expect(own.body["recordNote"]).toContain("Nothing was recorded");
  });

  test("a recording that no server tells of for a day after its show has failed, and goes on when the server returns", async () => {
    const broadcastId = await onAir();
    const { recordingId = "" } = (await doors.openRecording(broadcastId)) ?? {};
    const { owner } = channel.people;
    const state = async () => (await owner.call("GET", `/recordings/${recordingId}`)).body;
    const tomorrow = Date.now() + 25 * 3_600_000;
    await failLost(show.ctx, tomorrow);
    expect(await state()).toMatchObject({ state: "recording" });
    await owner.call("POST", `/broadcasts/${broadcastId}/end`);
    await failLost(show.ctx);
    expect(await state()).toMatchObject({ state: "recording" });
    await failLost(show.ctx, tomorrow);
    expect(await state()).toMatchObject({
      state: "failed",
      note: expect.stringMatching(/not been heard of for a day/),
    });
    expect((await state())["endedAt"]).not.toBeNull();
    expect(await doors.openRecording(broadcastId)).toEqual({ recordingId, isOver: true });
    const report = { recordingId, durationMs: 1, sizeBytes: 1, missingMs: 0, note: null, ended: true };
    expect(await doors.recordingProgress(report)).toEqual({ type: "finish" });
    expect(await state()).toMatchObject({ state: "processing", note: null });
    await doors.recordingStored(facts(recordingId));
    expect(await state()).toMatchObject({ state: "ready" });
  });

  test("told twice that it is complete, it is complete", async () => {
    const { broadcastId, id } = await recorded();
    await doors.recordingStored(facts(id));
    expect(await doors.openRecording(broadcastId)).toBeNull();
    expect((await show.anonymous("GET", `/broadcasts/${broadcastId}`)).body).toMatchObject({
      state: "archived",
      recordingId: id,
    });
  });
});

describe("who sees what", () => {
  test("everybody a public one that is complete; the crew more of it", async () => {
    const { broadcastId, id } = await recorded();
    const open = await show.anonymous("GET", `/recordings/${id}`);
    expect(open.body).toMatchObject({ title: "Evening show", vodUrl: `/vod/${id}/index.m3u8`, tokenExpiresAt: null });
    for (const field of ["note", "renditions", "mp4", "expiresAt"]) expect(open.body).not.toHaveProperty(field);
    const own = await channel.people.guest.call("GET", `/recordings/${id}`);
    expect(own.body).toMatchObject({ role: "guest", note: null, mp4: { state: "none" } });
    const playback = await show.anonymous("GET", `/broadcasts/${broadcastId}/playback`);
    expect(playback.body).toMatchObject({ hlsUrl: `/vod/${id}/index.m3u8` });
  });

  test("nobody from outside one that still records", async () => {
    const broadcastId = await onAir();
    const opened = await doors.openRecording(broadcastId);
    expect((await show.anonymous("GET", `/recordings/${opened?.recordingId}`)).code).toBe("not_found");
    expect((await show.anonymous("GET", `/recordings?broadcastId=${broadcastId}`)).body.items).toEqual([]);
    expect((await show.anonymous("GET", `/recordings?channelId=${channel.id}`)).body.items).toEqual([]);
  });

  test("a private one only the crew, with a token that the show's playback knows", async () => {
    const { broadcastId, id } = await recorded({ visibility: "private" });
    expect((await show.anonymous("GET", `/recordings/${id}`)).code).toBe("forbidden");
    expect((await show.anonymous("GET", `/recordings?broadcastId=${broadcastId}`)).code).toBe("forbidden");
    expect((await show.anonymous("GET", `/recordings?channelId=${channel.id}`)).body.items).toEqual([]);
    const own = await channel.people.guest.call("GET", `/recordings/${id}`);
    const token = new URL(String(own.body["vodUrl"]), "http://x").searchParams.get("t") ?? "";
    expect(await show.doors.verifyPlaybackToken(token, broadcastId)).toBe(true);
  });

  test("lists go on from page to page, and need a filter", async () => {
    const ids = [(await recorded()).id, (await recorded()).id, (await recorded()).id].toReversed();
    const first = await show.anonymous("GET", `/recordings?channelId=${channel.id}&limit=2`);
    const next = await show.anonymous(
      "GET",
      `/recordings?channelId=${channel.id}&limit=2&cursor=${first.body.nextCursor}`,
    );
    expect([...first.body.items, ...next.body.items].map((one) => one["id"])).toEqual(ids);
    expect((await show.anonymous("GET", "/recordings")).code).toBe("invalid_input");
  });
});

describe("changes", () => {
  test("producers rename, admins delete, others neither", async () => {
    const { id } = await recorded();
    const { people } = channel;
    expect((await people.moderator.call("PATCH", `/recordings/${id}`, { title: "New" })).code).toBe("forbidden");
    expect((await people.producer.call("PATCH", `/recordings/${id}`, { title: "New" })).body["title"]).toBe("New");
    expect((await people.producer.call("DELETE", `/recordings/${id}`)).code).toBe("forbidden");
    expect((await show.anonymous("DELETE", `/recordings/${id}`)).code).toBe("unauthenticated");
    expect((await people.admin.call("DELETE", `/recordings/${id}`)).status).toBe(204);
    expect((await people.admin.call("DELETE", `/recordings/${id}`)).code).toBe("not_found");
  });

  test("deleting really deletes: row at once, blobs after the viewers' minute; the show says so", async () => {
    const { broadcastId, id } = await recorded();
    await channel.people.owner.call("DELETE", `/recordings/${id}`);
    const own = await channel.people.owner.call("GET", `/broadcasts/${broadcastId}`);
    expect(own.body).toMatchObject({ recordingId: null, recordNote: "The recording was deleted." });
    expect(await doors.openRecording(broadcastId)).toBeNull();
    await emptyTrash(show.ctx, new AbortController().signal);
    expect(await keys(`recordings/${id}/`)).toHaveLength(1);
    await emptied();
    expect(await keys(`recordings/${id}/`)).toEqual([]);
    const { items } = (await channel.people.owner.call("GET", `/channels/${channel.id}/audit`)).body;
    expect(items.map((entry) => entry["action"])).toContain("recording.delete");
  });

  test("a recording that still runs cannot be deleted", async () => {
    const opened = await doors.openRecording(await onAir());
    expect((await channel.people.owner.call("DELETE", `/recordings/${opened?.recordingId}`)).code).toBe("conflict");
  });

  test("with its broadcast or its channel a recording goes too", async () => {
    const one = await recorded();
    await channel.people.owner.call("DELETE", `/broadcasts/${one.broadcastId}`);
    const other = await recorded();
    await channel.people.owner.call("DELETE", `/channels/${channel.id}`, { confirm: `rec${count}` });
    await emptied();
    expect([...(await keys(`recordings/${one.id}/`)), ...(await keys(`recordings/${other.id}/`))]).toEqual([]);
  });

  test("what was put after the deletion is found by the second look", async () => {
    const { id } = await recorded();
    await channel.people.owner.call("DELETE", `/recordings/${id}`);
    const { db } = show.ctx.store;
    await sql`update blob_trash set not_before = now() - interval '1 second'`.execute(db);
    await emptyTrash(show.ctx, new AbortController().signal);
    await show.ctx.blobs.put(`recordings/${id}/v0/r-1.m4s`, Buffer.from("late"), "video/mp4");
    await emptied();
    expect(await keys(`recordings/${id}/`)).toEqual([]);
    expect(await db.selectFrom("blob_trash").selectAll().execute()).toEqual([]);
  });

  test("blobs that cannot be removed wait longer each time, and stop no others", async () => {
    const [bad, good] = [await recorded(), await recorded()];
    for (const { id } of [bad, good]) await channel.people.owner.call("DELETE", `/recordings/${id}`);
    const { db } = show.ctx.store;
    const removeAll = show.ctx.blobs.removeAll.bind(show.ctx.blobs);
    const refusing = vi.spyOn(show.ctx.blobs, "removeAll").mockImplementation(async (prefix) => {
      if (prefix.includes(bad.id)) throw new Error("not this one");
      await removeAll(prefix);
    });
    await emptied();
    refusing.mockRestore();
    expect(await keys(`recordings/${good.id}/`)).toEqual([]);
    const left = await db.selectFrom("blob_trash").selectAll().execute();
    expect(left).toMatchObject([{ prefix: `recordings/${bad.id}/` }]);
    // It has been there for an hour.
    expect((left[0]?.not_before.getTime() ?? 0) - Date.now()).toBeGreaterThan(50 * 60_000);
    await emptied();
    expect(await keys(`recordings/${bad.id}/`)).toEqual([]);
  });

  test("retention removes what is older than the channel keeps, and nothing else", async () => {
    await media({ retentionDays: 7 });
    const [old, young] = [await recorded(), await recorded()];
    const { db } = show.ctx.store;
    await sql`update recording set ended_at = now() - interval '8 days' where id = ${old.id}`.execute(db);
    const own = await channel.people.owner.call("GET", `/recordings/${young.id}`);
    expect(Date.parse(String(own.body["expiresAt"])) - Date.now()).toBeGreaterThan(6.9 * 86_400_000);
    await expireRecordings(show.ctx);
    expect((await show.anonymous("GET", `/recordings/${old.id}`)).code).toBe("not_found");
    expect((await show.anonymous("GET", `/recordings/${young.id}`)).status).toBe(200);
    const gone = await channel.people.owner.call("GET", `/broadcasts/${old.broadcastId}`);
    expect(gone.body["recordNote"]).toBe("The recording was removed after 7 days, as the channel's settings say.");
  });
});

describe("the MP4 file", () => {
  const BYTES = Buffer.alloc(300_000, 7);
  async function made(): Promise<string> {
    const { id } = await recorded();
    await show.ctx.blobs.put(`recordings/${id}/recording.mp4`, BYTES, "video/mp4");
    const ready = { mp4_state: "ready", mp4_bytes: BYTES.length } as const;
    await show.ctx.store.db.updateTable("recording").set(ready).where("id", "=", id).execute();
    return id;
  }

  test("is named after the show, also where the name is cut in the middle of a character", async () => {
    const id = await made();
    const { owner } = channel.people;
    await owner.call("PATCH", `/recordings/${id}`, { title: `${"a".repeat(99)}🎬🎬` });
    const file = await owner.call("GET", `/recordings/${id}/download.mp4`);
    expect([file.status, file.raw.length]).toEqual([200, BYTES.length]);
    expect(file.headers["content-disposition"]).toContain(`filename*=UTF-8''${"a".repeat(99)}.mp4`);
  });

  test("is not read for who only asks how long it is", async () => {
    const id = await made();
    const get = vi.spyOn(show.ctx.blobs, "get");
    const answer = await channel.people.owner.call("HEAD", `/recordings/${id}/download.mp4`);
    const blob = await get.mock.results[0]?.value;
    const body = blob?.body as ReadStream;
    get.mockRestore();
    expect([answer.status, answer.headers["content-length"]]).toEqual([200, String(BYTES.length)]);
    expect([body.destroyed, body.bytesRead]).toEqual([true, 0]);
  });

  test("is not begun where it would fill the quota, nor waited for when no job could be sent", async () => {
    const { id } = await recorded();
    const { owner } = channel.people;
    const ask = () => owner.call("POST", `/recordings/${id}/mp4`);
    const state = async () => (await owner.call("GET", `/recordings/${id}`)).body["mp4"];
    await media({ quotaGib: 1 });
    const size = (bytes: number) =>
      show.ctx.store.db.updateTable("recording").set({ size_bytes: bytes }).where("id", "=", id).execute();
    await size(600 * 1024 ** 2);
    expect((await ask()).body).toMatchObject({ error: { code: "conflict", message: expect.stringMatching(/quota/) } });
    await size(1000);
    const send = vi.spyOn(show.ctx.jobs, "send").mockRejectedValueOnce(new Error("the queue is away"));
    expect((await ask()).status).toBe(500);
    send.mockRestore();
    expect(await state()).toMatchObject({ state: "none" });
    expect((await ask()).body).toMatchObject({ mp4: { state: "waiting" } });
  });
});

describe("an MP4 file that nobody makes any more", () => {
  test("has failed once no job is left for it, not before, and can be asked for again", async () => {
    const { id } = await recorded();
    const { owner } = channel.people;
    const state = async () => (await owner.call("GET", `/recordings/${id}`)).body["mp4"];
    await owner.call("POST", `/recordings/${id}/mp4`);
    await giveUpLostMp4s(show.ctx);
    expect(await state()).toMatchObject({ state: "waiting" });
    await sql`update recording set mp4_state = 'running' where id = ${id}`.execute(show.ctx.store.db);
    const open = vi.spyOn(show.ctx.jobs, "openKeys").mockResolvedValueOnce(new Set());
    await giveUpLostMp4s(show.ctx);
    open.mockRestore();
    expect(await state()).toMatchObject({ state: "failed", problem: expect.stringMatching(/try again/) });
    expect((await owner.call("POST", `/recordings/${id}/mp4`)).body).toMatchObject({ mp4: { state: "waiting" } });
  });
});

describe("markers", () => {
  const mark = (person: Person, broadcastId: string, body: object) =>
    person.call("POST", `/broadcasts/${broadcastId}/markers`, body);

  test("the crew marks moments; they are the chapters of the recording, in its own time", async () => {
    const { broadcastId, id } = await recorded();
    const { moderator, guest, viewer } = channel.people;
    expect((await mark(guest, broadcastId, { title: "No", atMs: 1 })).code).toBe("forbidden");
    for (const [title, atMs] of [
      ["After the hole", 55_000],
      ["<b>Begin & go", 12_000],
      ["In the hole", 45_000],
    ] as const) {
      expect((await mark(moderator, broadcastId, { title, atMs })).status).toBe(201);
    }
    const { body } = await viewer.call("GET", `/recordings/${id}`);
    expect(body["chapters"]).toMatchObject([
      { title: "<b>Begin & go", atMs: 2000 },
      { title: "In the hole", atMs: 30_000 },
      { title: "After the hole", atMs: 35_000 },
    ]);
    const vtt = await show.anonymous("GET", `/recordings/${id}/chapters.vtt`);
    expect(vtt.headers["content-type"]).toContain("text/vtt");
    expect(vtt.raw.toString()).toBe(
      "WEBVTT\n\n00:00:02.000 --> 00:00:30.000\n&lt;b&gt;Begin &amp; go\n\n00:00:30.000 --> 00:00:35.000\nIn the hole\n\n00:00:35.000 --> 00:01:00.000\nAfter the hole\n",
    );
  });

  test("also in the first seconds, when nothing has told yet where the program stands", async () => {
    const made = await mark(channel.people.owner, await onAir(), { title: "Here we go" });
    expect(made.status).toBe(201);
    expect(made.body["atMs"]).toBeLessThan(10_000);
  });

  test("without a time it is now, while the show is on the air", async () => {
    const broadcastId = await onAir();
    const at = { type: "health", broadcastId, source: null, slate: null, connected: [], mediaTimeMs: 90_000 } as const;
    await show.doors.onProgramState(at);
    const { owner } = channel.people;
    const made = await mark(owner, broadcastId, { title: "Goal" });
    expect(made.body["atMs"]).toBeGreaterThanOrEqual(90_000);
    expect(made.body["atMs"]).toBeLessThan(100_000);
    expect((await owner.call("DELETE", `/broadcasts/${broadcastId}/markers/${String(made.body["id"])}`)).status).toBe(
      204,
    );
    expect((await owner.call("GET", `/broadcasts/${broadcastId}/markers`)).body.items).toEqual([]);
    const draft = await owner.call("POST", "/broadcasts", { channelId: channel.id, title: "Draft" });
    expect((await mark(owner, String(draft.body["id"]), { title: "No time" })).code).toBe("conflict");
  });
});

describe("VOD", () => {
  const track = {
    kind: "audio",
    codec: "aac",
    codecs: "mp4a.40.2",
    timescale: 1000,
    description: new Uint8Array([0x11, 0x90]),
    sampleRateHz: 48_000,
    channels: 2,
    frameTicks: 21,
  } as const;
  const segment = (name: string, startTicks: number) => {
    const times = { discontinuity: 0, startTicks, durationTicks: 2000, wallMs: 0, sizeBytes: 5, samples: 9 };
    return { name, init: { name: "r-i1", track }, ...times };
  };
  const index = {
    targetDurationSec: 2,
    renditions: [{ name: "a0", segments: [segment("r-0", 0), segment("r-1", 2000)] }],
  };

  async function serve() {
    const { ctx } = show;
    const parts = { playbackPolicy: show.doors.playbackPolicy, verifyPlaybackToken: show.doors.verifyPlaybackToken };
    const handler = new VodHandler({
      log: ctx.log,
      clock: systemClock,
      metrics: createMetrics(),
      blobs: ctx.blobs,
      doors: { ...parts, broadcastOfRecording: doors.broadcastOfRecording },
    });
    const server = createServer((req, res) => handler.handle(req, res)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/vod`;
    return { get: (path: string, init?: RequestInit) => fetch(`${base}/${path}`, init), server };
  }
  async function stored(fields: object = {}) {
    const found = await recorded(fields);
    const put = (name: string, body: string) =>
      show.ctx.blobs.put(`recordings/${found.id}/${name}`, Buffer.from(body), "video/mp4");
    await put("index.json", serializeRecordingIndex(index));
    for (const [name, body] of [
      ["a0/r-i1.mp4", "init!"],
      ["a0/r-0.m4s", "01234"],
      ["a0/r-1.m4s", "56789"],
    ] as const)
      await put(name, body);
    return found;
  }

  test("playlists, init segments and segments, whole and in ranges, for every page", async () => {
    const { get, server } = await serve();
    const { id } = await stored();
    const playlist = await get(`${id}/index.m3u8`);
    expect(playlist.headers.get("access-control-allow-origin")).toBe("*");
    expect(await playlist.text()).toContain("a0/index.m3u8");
    const list = await (await get(`${id}/a0/index.m3u8`)).text();
    expect(list).toContain("#EXT-X-PLAYLIST-TYPE:VOD");
    expect(list.trimEnd()).toMatch(/#EXT-X-ENDLIST$/);
    expect(await (await get(`${id}/a0/r-i1.mp4`)).text()).toBe("init!");
    const whole = await get(`${id}/a0/r-1.m4s`);
    expect([await whole.text(), whole.headers.get("cache-control")]).toEqual([
      "56789",
      "public, max-age=31536000, immutable",
    ]);
    const part = await get(`${id}/a0/r-1.m4s`, { headers: { range: "bytes=1-2" } });
    expect([part.status, part.headers.get("content-range"), await part.text()]).toEqual([206, "bytes 1-2/5", "67"]);
    expect((await get(`${id}/a0/r-1.m4s`, { headers: { range: "bytes=9-" } })).status).toBe(416);
    for (const path of [
      `${id}/a0/r-7.m4s`,
      `${id}/v0/index.m3u8`,
      `${id}/a0/index.json`,
      `${id}/../x`,
      "0/index.m3u8",
    ]) {
      expect((await get(path)).status).toBe(404);
    }
    expect((await get(`${id}/index.m3u8`, { method: "POST" })).status).toBe(405);
    server.close();
  });

  test("a private one needs the token, which stands in every address; made private, others are shut out", async () => {
    const { get, server } = await serve();
    const { id, broadcastId } = await stored();
    expect((await get(`${id}/index.m3u8`)).status).toBe(200);
    await channel.people.owner.call("PATCH", `/broadcasts/${broadcastId}`, { visibility: "private" });
    expect((await get(`${id}/index.m3u8`)).status).toBe(403);
    expect((await get(`${id}/a0/r-0.m4s`)).status).toBe(403);
    const { body } = await channel.people.owner.call("GET", `/recordings/${id}`);
    const token = new URL(String(body["vodUrl"]), "http://x").searchParams.get("t") ?? "";
    const list = await get(`${id}/a0/index.m3u8?t=${token}`);
    expect(list.headers.get("cache-control")).toContain("private");
    expect(await list.text()).toContain(`r-0.m4s?t=${token}`);
    expect((await get(`${id}/a0/r-0.m4s?t=${token}`)).status).toBe(200);
    expect((await get(`${id}/a0/r-0.m4s?t=wrong`)).status).toBe(403);
    server.close();
  });

  test("deleted: no playlist any more, and for a moment the media that players know of", async () => {
    const { get, server } = await serve();
    const { id } = await stored();
    expect((await get(`${id}/a0/index.m3u8`)).status).toBe(200);
    await channel.people.owner.call("DELETE", `/recordings/${id}`);
    while ((await get(`${id}/a0/r-0.m4s`)).status === 200 && (await doors.broadcastOfRecording(id)) !== null);
    expect((await get(`${id}/a0/r-1.m4s`)).status).toBe(200);
    expect((await get(`${id}/a0/index.m3u8`)).status).toBe(404);
    server.close();
  });
});
