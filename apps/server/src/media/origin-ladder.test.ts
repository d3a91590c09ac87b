import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type MediaPlaylist } from "@rostrum/media/hls/media-playlist";
import { parseMediaPlaylist } from "@rostrum/media/hls/parse-media-playlist";
import { parseMultivariantPlaylist } from "@rostrum/media/hls/parse-multivariant-playlist";
import { parseFragments } from "@rostrum/media/fmp4/fragment";
import { expect, test } from "vitest";
import { AUDIO_TRACK, type TestOrigin, VIDEO_TRACK, show, startTestOrigin, tracks } from "./deliver/testing.ts";
import type { ProgramEvent } from "./hub/program-event.ts";
import type { RungOutput } from "./transcode/rung-output.ts";

const SMALL = { ...VIDEO_TRACK, widthPx: 426, heightPx: 240 };

/** An origin whose rungs are pushed by the test, as an encoder would: later than the source, in presentation order. */
async function withRungs(): Promise<{ origin: TestOrigin; rungs: () => RungOutput }> {
  let output: RungOutput | undefined;
  const origin = await startTestOrigin({
    startLadder: (_id, _hub, rungOutput, signal) => {
      output = rungOutput;
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
    },
  });
  return { origin, rungs: () => output! };
}

function encode(rungs: RungOutput, name: string, events: readonly ProgramEvent[]): void {
  const samples = events.flatMap((event) =>
    event.type === "sample" && event.sample.kind === "video" ? [event.sample] : [],
  );
  for (const sample of samples.toSorted((a, b) => a.pts - b.pts)) {
    rungs.push(name, {
      ...sample,
      dts: sample.pts,
      data: new Uint8Array([0, 0, 0, 2, sample.keyframe ? 0x65 : 0x41, 1]),
    });
  }
}
const playlist = async (origin: TestOrigin, name: string): Promise<MediaPlaylist> =>
  parseMediaPlaylist((await origin.get(`show/${name}/index.m3u8`)).text);
const variants = async (origin: TestOrigin): Promise<string[]> =>
  parseMultivariantPlaylist((await origin.get("show/index.m3u8")).text).variants.map(({ uri }) => uri);
/** What of a segment must be equal in all renditions. */
const outline = ({ segments, mediaSequence }: MediaPlaylist): unknown[] =>
  segments.map(({ uri, durationSec, programDateTime, discontinuity }, index) => [
    mediaSequence + index,
    uri,
    durationSec,
    programDateTime?.getTime(),
    discontinuity ?? false,
  ]);

test("a rung has the source's segments: numbers, times, discontinuities, and every picture", async () => {
  const { origin, rungs } = await withRungs();
  await using _ = origin;
  const hub = origin.attach();
  const first = show({ fps: 30_000 / 1001, gopFrames: 60, seconds: 9 });
  await origin.feed(hub, tracks());
  rungs().plan(["v1"]);
  rungs().begin("v1", SMALL);
  for (const event of first) {
    await origin.feed(hub, event);
    if (event.type === "sample") encode(rungs(), "v1", [event]);
  }
  const second = show({ gopFrames: 45, fromSec: 9.1, seconds: 7 });
  await origin.feed(hub, tracks({ video: { ...VIDEO_TRACK, widthPx: 320 }, audio: AUDIO_TRACK }, true), ...second);
  rungs().begin("v1", { ...SMALL, description: new Uint8Array([...SMALL.description, 0]) });
  encode(rungs(), "v1", second);
  const [source, rung] = [await playlist(origin, "v0"), await playlist(origin, "v1")];
  expect(outline(rung)).toEqual(outline(source));
  expect(rung.segments.some((segment) => segment.discontinuity)).toBe(true);
  for (const [index, { uri }] of source.segments.entries()) {
    const times = async (name: string) =>
      parseFragments((await origin.get(`show/${name}/${uri}`)).bytes)
        .flatMap((fragment) => fragment.samples)
        .map(({ pts, dts, duration, keyframe }) => [pts, dts, duration, keyframe]);
    expect([index, await times("v1")]).toEqual([index, await times("v0")]);
  }
  expect(await variants(origin)).toEqual(["v0/index.m3u8", "v1/index.m3u8"]);
});

/** Key frames at 0, 2, 4 … s. */
const SHOW = show({ gopFrames: 60, seconds: 30 });
const secondsOf = (event: ProgramEvent): number =>
  event.type === "sample" ? event.sample.dts / (event.sample.kind === "video" ? 90_000 : 48_000) : 0;
const between = (fromSec: number, toSec: number): ProgramEvent[] =>
  SHOW.filter((event) => secondsOf(event) >= fromSec && secondsOf(event) < toSec);

test("a rung that begins later begins with the next segment; one that breaks off goes on in gaps and comes back after them", async () => {
  const { origin, rungs } = await withRungs();
  await using _ = origin;
  const hub = origin.attach();
  await origin.feed(hub, tracks(), ...between(0, 7));
  rungs().plan(["v1"]);
  rungs().begin("v1", SMALL);
  await origin.feed(hub, ...between(7, 13));
  encode(rungs(), "v1", between(5, 13));
  const late = await playlist(origin, "v1");
  expect([late.mediaSequence, late.segments.length, late.openSegment?.parts?.length]).toEqual([3, 3, 2]);
  expect(await variants(origin)).toEqual(["v0/index.m3u8", "v1/index.m3u8"]);
  const waiting = origin.get(`show/v1/${late.preloadHint?.uri}`);
  rungs().plan([]);
  rungs().stop("v1");
  expect((await waiting).status).toBe(404);
  expect(await variants(origin)).toEqual(["v0/index.m3u8"]);
  await origin.feed(hub, ...between(13, 17));
  const away = await playlist(origin, "v1");
  expect(away.segments.map(({ gap }) => gap ?? false)).toEqual([false, false, false, true, true]);
  rungs().plan(["v1"]);
  rungs().begin("v1", { ...SMALL, description: new Uint8Array([...SMALL.description, 0]) });
  await origin.feed(hub, ...between(17, 23));
  encode(rungs(), "v1", between(15, 23));
  const [source, back] = [await playlist(origin, "v0"), await playlist(origin, "v1")];
  expect(outline(back)).toEqual(outline(source).slice(3));
  expect(back.segments.map(({ gap }) => gap ?? false)).toEqual([false, false, false, true, true, false, false, false]);
  for (const { uri, gap } of back.segments) expect((await origin.get(`show/v1/${uri}`)).status).toBe(gap ? 404 : 200);
});

test("pictures that an encoder lost are stood in for; a segment with a longer hole is a gap", async () => {
  const { origin, rungs } = await withRungs();
  await using _ = origin;
  await origin.feed(origin.attach(), tracks(), ...SHOW);
  rungs().begin("v1", SMALL);
  encode(rungs(), "v1", [...between(0, 3), ...between(3.2, 7), ...between(7.8, 15)]);
  const [source, rung] = [await playlist(origin, "v0"), await playlist(origin, "v1")];
  expect(outline(rung)).toEqual(outline(source).slice(0, 7));
  expect(rung.segments.map(({ gap }) => gap ?? false)).toEqual([false, false, false, true, false, false, false]);
  const [held] = parseFragments((await origin.get(`show/v1/${rung.segments[1]!.uri}`)).bytes).slice(-1);
  expect(held!.baseDecodeTime + held!.samples.reduce((sum, { duration }) => sum + duration, 0)).toBe(4 * 90_000);
});

test("after kill -9 a rung's window is there again, and goes on with the source's numbers", async () => {
  const { origin, rungs } = await withRungs();
  await using _ = origin;
  const hub = origin.attach("show", 600);
  await origin.feed(hub, tracks());
  rungs().plan(["v1"]);
  rungs().begin("v1", SMALL);
  await origin.feed(hub, ...between(0, 11));
  encode(rungs(), "v1", between(0, 6.5));
  rungs().stop("v1");
  await origin.feed(hub, ...between(11, 13));
  await origin.crash(6 + 6 + 6);
  expect(outline(await playlist(origin, "v1"))).toEqual(outline(await playlist(origin, "v0")).slice(0, 3));
  expect(await variants(origin)).toEqual(["v0/index.m3u8", "v1/index.m3u8"]);
  const again = origin.attach("show", 600);
  const after = show({ gopFrames: 60, fromSec: 20, seconds: 7 });
  await origin.feed(again, tracks({ video: VIDEO_TRACK, audio: AUDIO_TRACK }, true));
  // Nobody says that it runs.
  expect(await variants(origin)).toEqual(["v0/index.m3u8"]);
  rungs().plan(["v1"]);
  rungs().begin("v1", SMALL);
  await origin.feed(again, ...after);
  encode(rungs(), "v1", after);
  const [source, rung] = [await playlist(origin, "v0"), await playlist(origin, "v1")];
  expect(outline(rung)).toEqual(outline(source));
  expect(rung.segments.map(({ gap }) => gap ?? false)).toEqual([
    ...Array(3).fill(false),
    ...Array(3).fill(true),
    ...Array(3).fill(false),
  ]);
});

test("after kill -9 a rung does not reach further than the source, whose last file was torn", async () => {
  const { origin, rungs } = await withRungs();
  await using _ = origin;
  const hub = origin.attach("show", 600);
  await origin.feed(hub, tracks());
  rungs().plan(["v1"]);
  rungs().begin("v1", SMALL);
  await origin.feed(hub, ...between(0, 9));
  encode(rungs(), "v1", between(0, 9));
  await origin.crash(4 + 4 + 4, async (dir) => {
    const last = (await readdir(path.join(dir, "show"))).filter((name) => /^v0-.*-3\.m4s$/.test(name));
    for (const name of last) await writeFile(path.join(dir, "show", name), "torn");
  });
  expect(outline(await playlist(origin, "v1"))).toEqual(outline(await playlist(origin, "v0")));
  const again = origin.attach("show", 600);
  const after = show({ gopFrames: 60, fromSec: 20, seconds: 7 });
  await origin.feed(again, tracks({ video: VIDEO_TRACK, audio: AUDIO_TRACK }, true));
  rungs().plan(["v1"]);
  rungs().begin("v1", SMALL);
  await origin.feed(again, ...after);
  encode(rungs(), "v1", after);
  const [source, rung] = [await playlist(origin, "v0"), await playlist(origin, "v1")];
  expect(outline(rung)).toEqual(outline(source));
  expect(source.segments).toHaveLength(6);
  await origin.crash(7 + 7 + 7);
  for (const name of ["v0", "v1"]) expect((await playlist(origin, name)).segments).toHaveLength(6);
});

test.each(["next_keyframe", "source"] as const)(
  "nothing of before the show is in a rung that is behind: %s",
  async (from) => {
    const { origin, rungs } = await withRungs();
    await using _ = origin;
    const hub = origin.attach("show", 600);
    await origin.feed(hub, tracks());
    rungs().plan(["v1"]);
    rungs().begin("v1", SMALL);
    await origin.feed(hub, ...between(0, 7));
    encode(rungs(), "v1", between(0, 5));
    if (from === "source") {
      await origin.feed(hub, tracks({ video: { ...VIDEO_TRACK, widthPx: 320 }, audio: AUDIO_TRACK }, true));
      await origin.feed(hub, ...between(8, 9));
    }
    origin.origin.beginShow("show", from);
    await origin.feed(hub, ...between(9, 15));
    if (from === "next_keyframe") encode(rungs(), "v1", between(5, 15));
    else {
      rungs().begin("v1", { ...SMALL, description: new Uint8Array([...SMALL.description, 0]) });
      encode(rungs(), "v1", between(8, 15));
    }
    const [source, rung] = [await playlist(origin, "v0"), await playlist(origin, "v1")];
    expect(outline(rung)).toEqual(outline(source));
    expect(source.segments.length).toBeGreaterThanOrEqual(2);
    expect((await origin.get(`show/v1/${source.segments[0]!.uri.replace(/\d+\.m4s/, "0.m4s")}`)).status).toBe(404);
  },
);

test("at the end a rung has what the source has, and its end", async () => {
  const { origin, rungs } = await withRungs();
  await using _ = origin;
  const hub = origin.attach();
  await origin.feed(hub, tracks());
  rungs().plan(["v1", "v2"]);
  rungs().begin("v1", SMALL);
  rungs().begin("v2", SMALL);
  await origin.feed(hub, ...between(0, 7));
  encode(rungs(), "v2", between(0, 3));
  hub.publish({ type: "end" });
  encode(rungs(), "v1", between(0, 7));
  await origin.origin.end("show");
  const [source, whole, broken] = [
    await playlist(origin, "v0"),
    await playlist(origin, "v1"),
    await playlist(origin, "v2"),
  ];
  expect(outline(whole)).toEqual(outline(source));
  expect([whole.endList, broken.endList]).toEqual([true, true]);
  expect(broken.segments.map(({ gap }) => gap ?? false)).toEqual([false, true, true, true]);
});
