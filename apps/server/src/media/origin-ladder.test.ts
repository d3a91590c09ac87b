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
