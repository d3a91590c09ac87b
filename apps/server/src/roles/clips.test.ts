/** Clips from real media: packaged by the origin, cut by the job, judged by FFmpeg. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Fmp4Reader } from "@rostrum/media/fmp4/reader";
import type { Sample, Track } from "@rostrum/media/sample";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { openShow, type Person, type Show } from "../features/broadcasts/testing.ts";
import { registerClipJobs } from "../features/clips/jobs.ts";
import { startTestOrigin, type TestOrigin } from "../media/deliver/testing.ts";
import type { ProgramEvent } from "../media/hub/program-event.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const WALL_MS = Date.parse("2026-01-02T03:04:05.000Z");
const FPS = 30;
/** Where the show's media begins, so that media time is not by chance what the file counts. */
const BEGIN_SEC = 40;

type Encoded = Readonly<{ track: Track; samples: readonly Sample[]; file: string }>;
let dir: string;
let pictures: Encoded;
let large: Encoded;
let tone: Encoded;

function encode(name: string, input: string, sec: number, codec: readonly string[]): Encoded {
  const file = path.join(dir, `${name}.mp4`);
  const fragments = ["-video_track_timescale", "90000", "-movflags", "frag_every_frame+empty_moov+default_base_moof"];
  const args = ["-v", "error", "-f", "lavfi", "-i", input, "-t", String(sec), ...codec, ...fragments, "-f", "mp4", "-"];
  const bytes = execFileSync("ffmpeg", args, { maxBuffer: 1 << 28 });
  writeFileSync(file, bytes);
  const samples: Sample[] = [];
  let track: Track | undefined;
  for (const event of new Fmp4Reader().push(bytes)) {
    if (event.type === "init") track = event.track;
    else samples.push(...event.fragment.samples);
  }
  if (track === undefined) throw new Error("FFmpeg wrote no track");
  return { track, samples, file };
}

/** Both tracks as a program publishes them, from `atSec` on. */
function events(encoded: readonly Encoded[], atSec: number, discontinuity: boolean): ProgramEvent[] {
  const [video, audio] = encoded.map(({ track }) => track);
  if (video?.kind !== "video" || audio?.kind !== "audio") throw new Error("a picture first, then sound");
  const timed = encoded.flatMap(({ track, samples }) =>
    samples.map((one): [number, ProgramEvent] => {
      const shift = atSec * track.timescale;
      const sample = { ...one, dts: one.dts + shift, pts: one.pts + shift };
      const sec = sample.dts / track.timescale;
      return [sec, { type: "sample", sample, wallMs: WALL_MS + sec * 1000 }];
    }),
  );
  const sorted = timed.toSorted(([one], [other]) => one - other).map(([, event]) => event);
  return [{ type: "tracks", epoch: 0, video, audio, discontinuity }, ...sorted];
}

function hashes(file: string, filter = "null"): string[] {
  const args = [
    "-v",
    "error",
    "-i",
    file,
    "-map",
    "0:v:0",
    "-vsync",
    "passthrough",
    "-vf",
    filter,
    "-f",
    "framemd5",
    "-",
  ];
  const lines = execFileSync("ffmpeg", args).toString().split("\n");
  return lines.filter((line) => /^\d/.test(line)).map((line) => line.split(",").at(-1)?.trim() ?? "");
}

function durationOf(file: string): number {
  const args = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", file];
  return Number(execFileSync("ffprobe", args).toString());
}

const H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "2", "-g", "60"];

let show: Show;
let origin: TestOrigin;
let channel: Awaited<ReturnType<Show["channel"]>>;
let broadcastId: string;

beforeAll(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), "rostrum-clips-"));
  pictures = encode("pictures", `testsrc2=s=320x180:r=${FPS}`, 20, H264);
  large = encode("large", "testsrc2=s=640x360:r=25", 6, H264);
  tone = encode("tone", "sine=r=48000", 20, ["-c:a", "aac", "-ac", "2"]);
  show = await openShow();
  show.plane.holdMedia = (_, span, folder) => origin.origin.hold("show", span, folder);
  await registerClipJobs(show.ctx);
});
afterAll(async () => {
  await show.close();
  rmSync(dir, { recursive: true, force: true });
});

beforeEach(async (test) => {
  origin = await startTestOrigin();
  channel = await show.channel(`clips${Number.parseInt(test.task.id.split("_").at(-1) ?? "0", 10)}`);
  broadcastId = await newBroadcast("public");
});
afterEach(() => origin[Symbol.asyncDispose]());

async function newBroadcast(visibility: string): Promise<string> {
  const made = await channel.people.owner.call("POST", "/broadcasts", {
    channelId: channel.id,
    title: "Show",
    visibility,
  });
  const id = String(made.body["id"]);
  const onAir = { state: "live", live_at: new Date() } as const;
  await show.ctx.store.db.updateTable("broadcast").set(onAir).where("id", "=", id).execute();
  return id;
}

/** Twenty seconds from BEGIN_SEC on; the last ones are in the open segment. */
async function play(): Promise<ReturnType<TestOrigin["attach"]>> {
  const hub = origin.attach("show", 600);
  origin.origin.beginShow("show", "source");
  await origin.feed(hub, ...events([pictures, tone], BEGIN_SEC, false));
  return hub;
}

const ask = (person: Pick<Person, "call">, fromSec: number, toSec: number, title = "That moment") =>
  person.call("POST", `/broadcasts/${broadcastId}/clips`, { title, fromMs: fromSec * 1000, toMs: toSec * 1000 });

/** Made, with its picture. */
async function settled(id: string): Promise<Record<string, unknown>> {
  for (;;) {
    const { body } = await channel.people.owner.call("GET", `/clips/${id}`);
    if (body["state"] === "failed" || body["thumbnailUrl"] !== null) return body;
    await sleep(20);
  }
}

async function fileOf(id: string): Promise<string> {
  const answer = await show.anonymous("GET", `/clips/${id}/clip.mp4`);
  expect([answer.status, answer.headers["content-type"], answer.headers["x-content-type-options"]]).toEqual([
    ...[200, "video/mp4", "nosniff"],
  ]);
  const file = path.join(dir, `${id}.mp4`);
  writeFileSync(file, answer.raw);
  return file;
}

const blobKeys = async (id: string): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of show.ctx.blobs.list(`clips/${id}/`)) keys.push(key);
  return keys;
};

test("a clip begins and ends with exactly the pictures that were on the screen", async () => {
  await play();
  const asked = await ask(channel.people.viewer, BEGIN_SEC + 3.5, BEGIN_SEC + 11.2);
  expect([asked.status, asked.body["state"], asked.body["mp4Url"]]).toEqual([201, "making", null]);
  const id = String(asked.body["id"]);
  const clip = await settled(id);
  expect(clip).toMatchObject({
    ...{ state: "ready", progress: 1, problem: null, widthPx: 320, heightPx: 180, views: 0 },
    ...{ mp4Url: `/api/v1/clips/${id}/clip.mp4`, thumbnailUrl: `/api/v1/clips/${id}/thumbnail.jpg` },
    ...{ title: "That moment", broadcastId, maker: { handle: channel.people.viewer.handle } },
  });
  const file = await fileOf(id);
  // FFmpeg's first picture is two frames late, for its B-frames.
  expect(hashes(file)).toEqual(hashes(pictures.file).slice(105 - 2, 336 - 2));
  expect(Math.abs(durationOf(file) - 7.7)).toBeLessThan(0.03);
  expect(Math.abs(Number(clip["durationMs"]) - 7700)).toBeLessThanOrEqual(1);
  const picture = await show.anonymous("GET", `/clips/${id}/thumbnail.jpg`);
  expect([picture.status, picture.raw.subarray(0, 2).toString("hex")]).toEqual([200, "ffd8"]);
  const held = path.join(show.ctx.config.DATA_DIR, "clips", id);
  while (existsSync(held)) await sleep(20);
});

test("what was shown a moment ago, and no more, is in the clip of somebody at the live edge", async () => {
  await play();
  const id = String((await ask(channel.people.viewer, BEGIN_SEC + 14, BEGIN_SEC + 29)).body["id"]);
  const clip = await settled(id);
  const all = hashes(pictures.file);
  const shown = hashes(await fileOf(id));
  expect(shown).toEqual(all.slice(420 - 2, 420 - 2 + shown.length));
  // The part that is open is all that may be missing.
  expect(shown.length).toBeGreaterThanOrEqual(600 - 418 - 13);
  expect(Math.abs(Number(clip["durationMs"]) - (shown.length * 1000) / FPS)).toBeLessThan(2);
});

test("through a change of the source the pictures of both are there", async () => {
  const hub = await play();
  await origin.feed(hub, ...events([large, { ...tone, samples: tone.samples.slice(0, 281) }], BEGIN_SEC + 20.1, true));
  const id = String((await ask(channel.people.viewer, BEGIN_SEC + 17, BEGIN_SEC + 24)).body["id"]);
  expect(await settled(id)).toMatchObject({ state: "ready" });
  const file = await fileOf(id);
  expect(Math.abs(durationOf(file) - 7)).toBeLessThan(0.05);
  expect(hashes(file, "scale=64:36")).toHaveLength(92 + Math.ceil((24 - 20.1) * 25) - 2);
});

test("moments that cannot be had are refused in words, and leave nothing", async () => {
  await play();
  const { viewer } = channel.people;
  expect((await ask(viewer, BEGIN_SEC, BEGIN_SEC + 100)).code).toBe("invalid_input");
  expect((await ask(viewer, BEGIN_SEC + 3, BEGIN_SEC + 4)).code).toBe("invalid_input");
  const early = await ask(viewer, 1, 20);
  expect([early.status, early.body["error"]]).toMatchObject([409, { message: /too long ago/ }]);
  const late = await ask(viewer, BEGIN_SEC + 100, BEGIN_SEC + 120);
  expect([late.status, late.body["error"]]).toMatchObject([409, { message: /not been shown yet/ }]);
  const short = await ask(viewer, BEGIN_SEC - 20, BEGIN_SEC + 2);
  expect([short.status, short.body["error"]]).toMatchObject([409, { message: /Only 1 s of that can be had/ }]);
  expect((await show.anonymous("GET", `/clips?broadcastId=${broadcastId}`)).body.items).toEqual([]);
  const held = path.join(show.ctx.config.DATA_DIR, "clips");
  expect(existsSync(held) ? readdirSync(held) : []).toEqual([]);
});

test("who may make clips is the channel's choice", async () => {
  await play();
  const { owner, guest, viewer } = channel.people;
  const allow = (clips: string) => owner.call("PATCH", `/channels/${channel.id}`, { settings: { clips } });
  const tries = async (): Promise<number[]> => {
    const all: number[] = [];
    for (const caller of [{ call: show.anonymous }, viewer, guest]) {
      const { status, body } = await ask(caller, BEGIN_SEC + 2, BEGIN_SEC + 8);
      all.push(status);
      if (status === 201) await settled(String(body["id"]));
    }
    return all;
  };
  expect(await tries()).toEqual([401, 201, 201]);
  await allow("nobody");
  expect(await tries()).toEqual([403, 403, 403]);
  await allow("crew");
  expect(await tries()).toEqual([403, 403, 201]);
  await allow("everyone");
  expect(await tries()).toEqual([201, 201, 201]);
});

test("a clip of a show that becomes private is for its crew", async () => {
  await play();
  const { owner, viewer } = channel.people;
  const id = String((await ask(viewer, BEGIN_SEC + 2, BEGIN_SEC + 8)).body["id"]);
  await settled(id);
  const seen = async (): Promise<number[]> => {
    const all: number[] = [];
    for (const call of [show.anonymous, viewer.call, owner.call]) {
      for (const below of ["", "/clip.mp4", "/thumbnail.jpg"])
        all.push((await call("GET", `/clips/${id}${below}`)).status);
    }
    return all;
  };
  expect(await seen()).toEqual([200, 200, 200, 200, 200, 200, 200, 200, 200]);
  await owner.call("PATCH", `/broadcasts/${broadcastId}`, { visibility: "private" });
  expect(await seen()).toEqual([403, 403, 403, 403, 403, 403, 200, 200, 200]);
  expect((await owner.call("GET", `/clips/${id}/clip.mp4`)).headers["cache-control"]).toBe("private, no-store");
  expect((await show.anonymous("GET", `/clips?channelId=${channel.id}`)).body.items).toEqual([]);
  expect((await owner.call("GET", `/clips?channelId=${channel.id}`)).body.items).toHaveLength(1);
  // It can still be taken back by who made it.
  expect((await viewer.call("DELETE", `/clips/${id}`)).status).toBe(204);
});

test("maker and crew rename and delete it; deleted it is gone from the storage", async () => {
  await play();
  const { viewer, moderator, guest } = channel.people;
  const id = String((await ask(viewer, BEGIN_SEC + 2, BEGIN_SEC + 8)).body["id"]);
  await settled(id);
  expect((await guest.call("PATCH", `/clips/${id}`, { title: "Mine" })).status).toBe(403);
  expect((await guest.call("DELETE", `/clips/${id}`)).status).toBe(403);
  expect((await show.anonymous("DELETE", `/clips/${id}`)).status).toBe(401);
  expect((await viewer.call("PATCH", `/clips/${id}`, { title: "Better" })).body["title"]).toBe("Better");
  expect((await moderator.call("GET", `/clips/${id}`)).body).toMatchObject({ mayEdit: true, mayDelete: true });
  expect((await guest.call("GET", `/clips/${id}`)).body).toMatchObject({ mayEdit: false, mayDelete: false });
  await show.anonymous("POST", `/clips/${id}/view`);
  expect((await viewer.call("GET", `/clips/${id}`)).body["views"]).toBe(1);
  expect(await blobKeys(id)).toHaveLength(2);
  expect((await moderator.call("DELETE", `/clips/${id}`)).status).toBe(204);
  expect((await viewer.call("GET", `/clips/${id}`)).status).toBe(404);
  expect(await blobKeys(id)).toEqual([]);
});

test("a broadcast takes its clips along, and says which blobs are waste", async () => {
  await play();
  const id = String((await ask(channel.people.viewer, BEGIN_SEC + 2, BEGIN_SEC + 8)).body["id"]);
  await settled(id);
  const { db } = show.ctx.store;
  await db.deleteFrom("broadcast").where("id", "=", broadcastId).execute();
  expect((await channel.people.owner.call("GET", `/clips/${id}`)).status).toBe(404);
  const trash = await db.selectFrom("blob_trash").select("prefix").execute();
  expect(trash).toContainEqual({ prefix: `clips/${id}/` });
});
