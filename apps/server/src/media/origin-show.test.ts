import { readdir } from "node:fs/promises";
import path from "node:path";
import { parseFragments } from "@rostrum/media/fmp4/fragment";
import type { MediaPlaylist } from "@rostrum/media/hls/media-playlist";
import { parseMediaPlaylist } from "@rostrum/media/hls/parse-media-playlist";
import { expect, test } from "vitest";
import { createMetrics, type Metrics } from "../lib/metrics.ts";
import { AUDIO_TRACK, show, startTestOrigin, type TestOrigin, tracks } from "./deliver/testing.ts";
import type { ProgramEvent } from "./hub/program-event.ts";

/** Key frames at 0, 2, 4 … s. */
const SHOW = show({ gopFrames: 60, seconds: 30 });
const secondsOf = (event: ProgramEvent): number =>
  event.type === "sample" ? event.sample.dts / (event.sample.kind === "video" ? 90_000 : 48_000) : 0;
const between = (fromSec: number, toSec: number, samples = SHOW): ProgramEvent[] =>
  samples.filter((event) => secondsOf(event) >= fromSec && secondsOf(event) < toSec);

const playlist = async (origin: TestOrigin, name = "v0"): Promise<MediaPlaylist> =>
  parseMediaPlaylist((await origin.get(`show/${name}/index.m3u8`)).text);
const statusOf = async (origin: TestOrigin, below: string) => (await origin.get(`show/${below}`)).status;
const filesOf = async (origin: TestOrigin) =>
  (await readdir(path.join(origin.dir, "show"))).filter((name) => name.endsWith(".m4s"));
/** Where the first segment of the playlist begins, by its media. */
async function beginsAtSec(origin: TestOrigin, name: "v0" | "a0"): Promise<number> {
  const { segments } = await playlist(origin, name);
  const kind = name === "v0" ? "video" : "audio";
  const [first] = parseFragments((await origin.get(`show/${name}/${segments[0]?.uri}`)).bytes, kind);
  return first!.baseDecodeTime / (name === "v0" ? 90_000 : 48_000);
}

async function untilWaiting(metrics: Metrics, count: number): Promise<void> {
  const waiting = async () => (await metrics.getSingleMetric("rostrum_hls_waiting_requests")?.get())?.values[0]?.value;
  while ((await waiting()) !== count) await new Promise((resolve) => setImmediate(resolve));
}

test("a show that begins in preview begins with the next key frame; nothing of before can be had, numbers and times go on", async () => {
  const metrics = createMetrics();
  await using origin = await startTestOrigin({ metrics });
  const hub = origin.attach("show", 3600);
  await origin.feed(hub, tracks(), ...between(0, 7));
  await origin.stored(6);
  const preview = await playlist(origin);
  origin.origin.beginShow("show", "next_keyframe");
  const waiting = ["show/index.m3u8", "show/v0/index.m3u8", "show/a0/index.m3u8", "show/v0/index.m3u8?_HLS_msn=3"];
  // Far into the segment that is hidden now: asked for by a player that was at its edge.
  waiting.push("show/v0/index.m3u8?_HLS_msn=3&_HLS_part=15");
  const answers = waiting.map((below) => origin.get(below));
  await untilWaiting(metrics, 5);
  const before = [...preview.segments, ...(preview.openSegment?.parts ?? [])].map(({ uri }) => uri);
  expect(before.length).toBe(5);
  for (const name of ["v0", "a0"]) for (const uri of before) expect(await statusOf(origin, `${name}/${uri}`)).toBe(404);
  await origin.feed(hub, ...between(7, 9.9));
  await untilWaiting(metrics, 5);
  await origin.feed(hub, ...between(9.9, 14));
  for (const answer of answers) expect((await answer).status).toBe(200);
  for (const name of ["v0", "a0"] as const) {
    const { mediaSequence, discontinuitySequence, segments } = await playlist(origin, name);
    expect([mediaSequence, discontinuitySequence, segments[0]?.discontinuity]).toEqual([4, undefined, undefined]);
    expect(segments[0]?.map?.uri).toMatch(/^mjwaid1k-i[12]\.mp4$/);
    expect(segments[0]?.parts?.[0]?.independent).toBe(true);
    expect(await beginsAtSec(origin, name)).toBeCloseTo(8, 1);
  }
  await origin.stored(10);
  for (const file of await filesOf(origin)) expect(file).not.toMatch(/-[0-3]\.m4s/);
});

test("the show begins at a key frame that comes before a segment would have ended", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach();
  const often = show({ gopFrames: 15, seconds: 12 });
  await origin.feed(hub, tracks(), ...between(0, 4.6, often));
  origin.origin.beginShow("show", "next_keyframe");
  await origin.feed(hub, ...between(4.6, 9, often));
  expect([await beginsAtSec(origin, "v0"), await beginsAtSec(origin, "a0")]).toEqual([5, expect.closeTo(5, 1)]);
});

test("sound that is a segment behind the picture begins with it", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach();
  const isSound = (event: ProgramEvent) => event.type === "sample" && event.sample.kind === "audio";
  await origin.feed(hub, tracks(), ...between(0, 4));
  await origin.feed(hub, ...between(4, 4.5).filter((event) => !isSound(event)));
  origin.origin.beginShow("show", "next_keyframe");
  await origin.feed(hub, ...between(4, 4.5).filter(isSound), ...between(4.5, 9));
  expect((await playlist(origin, "a0")).mediaSequence).toBe((await playlist(origin)).mediaSequence);
  expect(await beginsAtSec(origin, "a0")).toBeCloseTo(6, 1);
});

test("sound alone begins at once", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach();
  const sound = show({ gopFrames: 1, seconds: 10, video: false });
  await origin.feed(hub, tracks({ audio: AUDIO_TRACK }), ...between(0, 5, sound));
  origin.origin.beginShow("show", "next_keyframe");
  await origin.feed(hub, ...between(5, 10, sound));
  expect(await beginsAtSec(origin, "a0")).toBeCloseTo(5, 1);
});

test("a show that begins with its source has all of it, and nothing of the rehearsal before", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach("show", 3600);
  await origin.feed(hub, tracks(), ...between(0, 5), { type: "gap", reason: "gone" });
  await origin.feed(hub, tracks(undefined, true), ...between(6, 6.2));
  origin.origin.beginShow("show", "source");
  await origin.feed(hub, ...between(6.2, 11));
  for (const name of ["v0", "a0"] as const) {
    const { mediaSequence, discontinuitySequence = 0, segments } = await playlist(origin, name);
    // The first segment is behind discontinuity 1, whether the tag is before it or in the sequence number.
    expect([mediaSequence, discontinuitySequence + (segments[0]?.discontinuity === true ? 1 : 0)]).toEqual([3, 1]);
    expect(await beginsAtSec(origin, name)).toBeCloseTo(6, 1);
  }
  expect(await statusOf(origin, "v0/mjwaid1k-0.m4s")).toBe(404);
  // Only the first word counts.
  origin.origin.beginShow("show", "next_keyframe");
  expect((await playlist(origin)).mediaSequence).toBe(3);
});

test("a source that is lost before the next key frame: the show begins with its return", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach();
  await origin.feed(hub, tracks(), ...between(0, 5));
  origin.origin.beginShow("show", "next_keyframe");
  await origin.feed(hub, ...between(5, 5.5), { type: "gap", reason: "gone" });
  await origin.feed(hub, tracks(undefined, true), ...between(8, 11));
  expect([await beginsAtSec(origin, "v0"), await beginsAtSec(origin, "a0")]).toEqual([8, expect.closeTo(8, 1)]);
});

test("after kill -9 right after the begin, numbers and times go on and nothing of before is there", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach("show", 3600);
  await origin.feed(hub, tracks(), ...between(0, 7));
  await origin.stored(6);
  origin.origin.beginShow("show", "next_keyframe");
  while ((await filesOf(origin)).length > 0) await new Promise((resolve) => setImmediate(resolve));
  await origin.crash(6);
  expect(origin.origin.showHasBegun("show")).toBe(true);
  expect(origin.origin.position("show")?.videoTicks90k).toBeGreaterThan(7 * 90_000);
  await origin.feed(origin.attach("show", 3600), tracks(), ...between(20, 25));
  for (const name of ["v0", "a0"]) {
    const { mediaSequence, segments } = await playlist(origin, name);
    expect(mediaSequence).toBe(4);
    expect(segments[0]?.uri).toMatch(/^(?!mjwaid1k)[0-9a-z]+-4\.m4s$/);
  }
});

test("after kill -9 in the show its window begins where it began", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach("show", 3600);
  await origin.feed(hub, tracks(), ...between(0, 7));
  origin.origin.beginShow("show", "next_keyframe");
  await origin.feed(hub, ...between(7, 15));
  const during = await playlist(origin);
  // Three of each before the show, whose files are gone, and three of it.
  await origin.crash(12);
  const after = await playlist(origin);
  expect([after.mediaSequence, after.segments.map(({ uri }) => uri)]).toEqual([
    4,
    during.segments.map(({ uri }) => uri),
  ]);
});

test("a show that begins before any of it is packaged is known after a restart", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach("show", 3600);
  origin.origin.beginShow("show", "source");
  await origin.feed(hub, tracks(), ...between(0, 5));
  await origin.restart();
  expect(origin.origin.showHasBegun("show")).toBe(true);
  expect((await playlist(origin)).mediaSequence).toBe(0);
});

test("where only the time of the begin is known, what came since is kept", async () => {
  await using origin = await startTestOrigin();
  const hub = origin.attach("show", 3600);
  await origin.feed(hub, tracks(), ...between(0, 5.5));
  await origin.restart();
  expect(origin.origin.showHasBegun("show")).toBe(false);
  // The wall clock at media time zero is 03:04:05.
  origin.origin.beginShow("show", new Date("2026-01-02T03:04:07.500Z"));
  for (const name of ["v0", "a0"]) expect((await playlist(origin, name)).mediaSequence).toBe(2);
});
