import { parseFragments } from "@rostrum/media/fmp4/fragment";
import { parseMediaPlaylist } from "@rostrum/media/hls/parse-media-playlist";
import { parseMultivariantPlaylist } from "@rostrum/media/hls/parse-multivariant-playlist";
import type { VideoTrack } from "@rostrum/media/sample";
import { beforeAll, expect, test, vi } from "vitest";
import { createManualClock } from "../../lib/clock.ts";
import { type Ffmpeg, findFfmpeg } from "../../lib/ffmpeg.ts";
import { type TestOrigin, tracks } from "../deliver/testing.ts";
import type { ProgramEvent } from "../hub/program-event.ts";
import { type EncoderChoice, chooseEncoder } from "./encoders.ts";
import type { LadderWish } from "./ladder.ts";
import { type SourceMedia, encodeSource, eventsOf, x264, openRig, settle, until } from "./testing.ts";

const WISH: LadderWish = {
  ladder: "custom",
  ladderRungs: [
    { heightPx: 240, videoBitrateBps: 400_000 },
    { heightPx: 144, videoBitrateBps: 200_000 },
  ],
};

let ffmpeg: Ffmpeg;
let choice: EncoderChoice;
// Real encoders, which may have to share the processor with whatever else runs.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
beforeAll(async () => {
  ffmpeg = await findFfmpeg({ configured: undefined });
  choice = await chooseEncoder(ffmpeg, new AbortController().signal);
});

const tracksOf = ({ track }: SourceMedia, discontinuity = false): ProgramEvent =>
  tracks({ video: track as VideoTrack }, discontinuity);

/** Every sample of every segment: times, and whether it is a key frame. */
async function mediaOf(origin: TestOrigin, name: string): Promise<Record<string, unknown>[]> {
  const { segments, mediaSequence } = parseMediaPlaylist((await origin.get(`show/${name}/index.m3u8`)).text);
  const all: Record<string, unknown>[] = [];
  for (const [index, { uri, gap, durationSec, discontinuity, programDateTime }] of segments.entries()) {
    const { bytes } = gap ? { bytes: new Uint8Array() } : await origin.get(`show/${name}/${uri}`);
    const samples = parseFragments(bytes).flatMap((fragment) => fragment.samples);
    all.push({
      msn: mediaSequence + index,
      durationSec,
      discontinuity: discontinuity ?? false,
      at: programDateTime?.getTime(),
      startTicks: samples[0]?.dts,
      endTicks: samples.at(-1) && samples.at(-1)!.dts + samples.at(-1)!.duration,
      shown: samples.map(({ pts }) => pts).toSorted((a, b) => a - b),
      begins: samples[0]?.keyframe,
    });
  }
  return all;
}

const X264_B = [
  "-c:v",
  "libx264",
  "-preset",
  "veryfast",
  "-bf",
  "3",
  "-b_strategy",
  "0",
  "-g",
  "48",
  "-keyint_min",
  "48",
  "-sc_threshold",
  "0",
  "-pix_fmt",
  "yuv420p",
];
test.each([
  ["30 fps", "testsrc2=s=640x360:r=30:d=7", x264(60)],
  ["29.97 fps", "testsrc2=s=640x360:r=30000/1001:d=7", x264(60)],
  ["B-frames at 23.976 fps", "testsrc2=s=640x360:r=24000/1001:d=7", X264_B],
  ["open GOPs", "testsrc2=s=640x360:r=25:d=7", [...X264_B, "-x264-params", "open-gop=1"]],
  [
    "a variable frame rate",
    "testsrc2=s=640x360:r=60:d=7,select='not(between(mod(n\\,60)\\,20\\,37))+not(mod(n\\,3))'",
    [...x264(60), "-vsync", "vfr"],
  ],
  ["key frames every 0.5 s", "testsrc2=s=640x360:r=30:d=7", x264(15)],
  ["a portrait", "testsrc2=s=360x640:r=30:d=5", x264(60)],
])("the rungs of a source with %s have its segments and its pictures to the tick", async (_, input, codec) => {
  await using rig = await openRig({ ffmpeg, choice, wish: WISH });
  const source = await encodeSource(ffmpeg, input, codec, 12_345);
  const hub = await rig.attach();
  await rig.origin.feed(hub, tracksOf(source), ...eventsOf(source), { type: "end" });
  await rig.origin.origin.end("show");
  const [v0, v1, v2] = [
    await mediaOf(rig.origin, "v0"),
    await mediaOf(rig.origin, "v1"),
    await mediaOf(rig.origin, "v2"),
  ];
  expect(v0.length).toBeGreaterThanOrEqual(2);
  // Pictures that are shown before the key frame they follow are in the segment before.
  const what = input.includes("r=25:") ? v0.map((one) => ({ ...one, shown: expect.anything() })) : v0;
  expect(v1).toEqual(what);
  expect(v2).toEqual(what);
  const { variants } = parseMultivariantPlaylist((await rig.origin.get("show/index.m3u8")).text);
  expect(variants.map(({ uri }) => uri)).toEqual(["v0/index.m3u8", "v1/index.m3u8", "v2/index.m3u8"]);
});

const gapsOf = async (origin: TestOrigin, name: string): Promise<boolean[]> =>
  parseMediaPlaylist((await origin.get(`show/${name}/index.m3u8`)).text).segments.map(({ gap }) => gap ?? false);
const listed = async (origin: TestOrigin): Promise<string[]> =>
  parseMultivariantPlaylist((await origin.get("show/index.m3u8")).text).variants.map(({ uri }) => uri.split("/")[0]!);
/** The part of a source that lies between two times. */
const between = ({ track, samples }: SourceMedia, fromSec: number, toSec: number): ProgramEvent[] =>
  eventsOf({
    track,
    samples: samples.filter(({ dts }) => dts >= fromSec * track.timescale && dts < toSec * track.timescale),
  });
/** The rung has every part that the source has. */
async function caughtUp(origin: TestOrigin, name: string): Promise<void> {
  const newest = async (rendition: string): Promise<string | undefined> =>
    /PRELOAD-HINT.*URI="([^"]+)"/.exec((await origin.get(`show/${rendition}/index.m3u8`)).text)?.[1];
  await until(async () => (await newest(name)) === (await newest("v0")));
}
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test.each(["SIGKILL", "SIGSTOP"] as const)(
  "a child that gets %s is replaced; meanwhile the source goes on and the rungs are gaps",
  async (signal) => {
    await using rig = await openRig({ ffmpeg, choice, wish: WISH });
    const source = await encodeSource(ffmpeg, "testsrc2=s=640x360:r=30:d=20", x264(60));
    const hub = await rig.attach();
    await rig.origin.feed(hub, tracksOf(source), ...between(source, 0, 5));
    await until(async () => (await listed(rig.origin)).length === 3);
    process.kill(rig.pids()[0]!, signal);
    await rig.origin.feed(hub, ...between(source, 5, 9));
    await until(() => rig.ladders.health("show")!.restarts === 1);
    expect(await listed(rig.origin)).toEqual(["v0"]);
    expect(await gapsOf(rig.origin, "v0")).toEqual([false, false, false, false]);
    await until(async () => (await gapsOf(rig.origin, "v1")).length === 4);
    expect(rig.ladders.health("show")!.rungs.map(({ state }) => state)).toEqual(["starting", "starting"]);
    // The second attempt is due half a second after the first broke off, with a key frame.
    for (let fromSec = 9; fromSec < 14; fromSec += 1) {
      if (rig.pids().length < 2) await new Promise((resolve) => setTimeout(resolve, 300));
      await rig.origin.feed(hub, ...between(source, fromSec, fromSec + 1));
    }
    await rig.origin.feed(hub, ...between(source, 14, 20));
    await until(async () => (await listed(rig.origin)).length === 3);
    await until(() => rig.ladders.health("show")!.rungs.every(({ state }) => state === "running"));
    hub.publish({ type: "end" });
    await rig.origin.origin.end("show");
    const gaps = await gapsOf(rig.origin, "v1");
    expect([gaps.length, gaps[0], gaps.indexOf(true) > 0, gaps.at(-1)]).toEqual([10, false, true, false]);
    expect(await gapsOf(rig.origin, "v0")).toEqual(Array(10).fill(false));
    await until(() => !rig.pids().some(isRunning));
  },
);

test("a source of another size gets other rungs behind the discontinuity; the tail of the one before is not lost", async () => {
  await using rig = await openRig({ ffmpeg, choice, wish: WISH });
  const first = await encodeSource(ffmpeg, "testsrc2=s=640x360:r=30:d=5", x264(60));
  // FFmpeg gives a picture when the next one comes: the last one here must not be the first of a part, or nobody catches up.
  const second = await encodeSource(ffmpeg, "testsrc2=s=320x180:r=25:d=4.8", x264(50), 5 * 90_000);
  const third = await encodeSource(ffmpeg, "testsrc2=s=1280x720:r=50:d=4", x264(100), 882_000);
  const hub = await rig.attach();
  await rig.origin.feed(hub, tracksOf(first), ...eventsOf(first));
  await rig.origin.feed(hub, tracksOf(second, true), ...eventsOf(second));
  await caughtUp(rig.origin, "v2");
  await rig.origin.feed(hub, tracksOf(third, true), ...between(third, 9, 11));
  // The source's own rendition has not waited for anybody.
  expect(await gapsOf(rig.origin, "v0")).toEqual(Array(6).fill(false));
  // What a rung that comes back misses until its first picture is a gap: it has the time that it has in a show.
  await until(() => rig.ladders.health("show")!.rungs.every(({ state }) => state === "running"));
  await rig.origin.feed(hub, ...between(third, 11, 14), { type: "end" });
  await rig.origin.origin.end("show");
  expect((await gapsOf(rig.origin, "v0")).length).toBe(8);
  expect(await mediaOf(rig.origin, "v2")).toEqual(await mediaOf(rig.origin, "v0"));
  // 240 lines are not below the second source.
  expect(await gapsOf(rig.origin, "v1")).toEqual([false, false, false, true, true, true, false, false]);
});

test("what the channel wants is followed while the program runs", async () => {
  const clock = createManualClock();
  await using rig = await openRig({
    ffmpeg,
    choice,
    clock,
    wish: { ladder: "custom", ladderRungs: WISH.ladderRungs.slice(0, 1) },
  });
  const source = await encodeSource(ffmpeg, "testsrc2=s=640x360:r=30:d=12", x264(60));
  const hub = await rig.attach();
  await rig.origin.feed(hub, tracksOf(source), ...between(source, 0, 3));
  await caughtUp(rig.origin, "v1");
  rig.wish.now = WISH;
  clock.advance(5000);
  await until(() => rig.ladders.health("show")!.rungs.length === 2);
  await rig.origin.feed(hub, ...between(source, 3, 7));
  await until(async () => (await listed(rig.origin)).join() === "v0,v1,v2");
  await caughtUp(rig.origin, "v1");
  rig.wish.now = { ladder: "passthrough", ladderRungs: [] };
  clock.advance(5000);
  await until(() => rig.ladders.health("show") === null);
  await rig.origin.feed(hub, ...between(source, 7, 12));
  expect(await listed(rig.origin)).toEqual(["v0"]);
  await until(async () => (await gapsOf(rig.origin, "v1")).length === 5);
  // The rung that ran before and after the change lost nothing by it.
  expect(await gapsOf(rig.origin, "v1")).toEqual([false, false, false, false, true]);
  expect(await gapsOf(rig.origin, "v2")).toEqual([false, false, true]);
  expect(rig.pids().filter(isRunning)).toEqual([]);
});

test("an encoder that falls behind real time gives up its highest rung and says so", async () => {
  const clock = createManualClock();
  const slow = { ...choice.encoder!, codecArgs: () => ["-c:v", "libx264", "-preset", "placebo", "-threads", "1"] };
  const wish: LadderWish = {
    ladder: "custom",
    ladderRungs: [{ heightPx: 540, videoBitrateBps: 2_500_000 }, ...WISH.ladderRungs],
  };
  await using rig = await openRig({ ffmpeg, clock, wish, choice: { encoder: slow, reason: "For the test." } });
  const source = await encodeSource(ffmpeg, "testsrc2=s=1280x720:r=30:d=12", x264(60));
  const hub = await rig.attach();
  await rig.origin.feed(hub, tracksOf(source), ...between(source, 0, 8));
  // Ten seconds, in which it goes on writing.
  for (let n = 0; n < 20; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    clock.advance(500);
  }
  const [highest] = rig.ladders.health("show")!.rungs;
  expect([highest?.state, highest?.reason]).toEqual(["shed", expect.stringContaining("fell behind real time")]);
  await rig.origin.feed(hub, ...between(source, 8, 12));
  expect(rig.pids().length).toBe(2);
  await settle();
  expect(rig.ladders.health("show")!.rungs.map(({ state }) => state === "shed")).toEqual([true, false, false]);
});

test("a machine without cores to spare makes only the rungs that it can carry", async () => {
  await using rig = await openRig({ ffmpeg, choice, maxCores: 0.3, wish: WISH });
  const source = await encodeSource(ffmpeg, "testsrc2=s=640x360:r=30:d=5", x264(60));
  const hub = await rig.attach();
  await rig.origin.feed(hub, tracksOf(source), ...eventsOf(source));
  await until(async () => (await listed(rig.origin)).join() === "v0,v2");
  const [left] = rig.ladders.health("show")!.rungs;
  expect([left?.state, left?.reason]).toEqual(["shed", expect.stringContaining("too little processor time")]);
});

test("the FFmpeg that comes with the packages makes the same ladder", async () => {
  const shipped = await findFfmpeg({ configured: undefined, searchPath: "" });
  const other = await chooseEncoder(shipped, new AbortController().signal);
  await using rig = await openRig({ ffmpeg: shipped, choice: other, wish: WISH });
  const source = await encodeSource(ffmpeg, "testsrc2=s=640x360:r=30000/1001:d=5", X264_B);
  const hub = await rig.attach();
  await rig.origin.feed(hub, tracksOf(source), ...eventsOf(source), { type: "end" });
  await rig.origin.origin.end("show");
  expect(await mediaOf(rig.origin, "v1")).toEqual(await mediaOf(rig.origin, "v0"));
});

test("without an encoder there is only the source, and the reason is said", async () => {
  const none = { encoder: undefined, reason: "FFmpeg 0 cannot encode H.264." };
  await using rig = await openRig({ ffmpeg, choice: none, wish: WISH });
  const source = await encodeSource(ffmpeg, "testsrc2=s=640x360:r=30:d=5", x264(60));
  const hub = await rig.attach();
  await rig.origin.feed(hub, tracksOf(source), ...eventsOf(source));
  expect(await listed(rig.origin)).toEqual(["v0"]);
  const { encoder, rungs } = rig.ladders.health("show")!;
  expect([encoder, ...rungs.map(({ state, reason }) => [state, reason])]).toEqual([
    null,
    ["off", none.reason],
    ["off", none.reason],
  ]);
});
