import { parseFragments } from "@rostrum/media/fmp4/fragment";
import { parseMediaPlaylist } from "@rostrum/media/hls/parse-media-playlist";
import { parseMultivariantPlaylist } from "@rostrum/media/hls/parse-multivariant-playlist";
import type { VideoTrack } from "@rostrum/media/sample";
import { beforeAll, expect, test } from "vitest";
import { systemClock } from "../../lib/clock.ts";
import { type Ffmpeg, findFfmpeg } from "../../lib/ffmpeg.ts";
import { createLogger } from "../../lib/log.ts";
import { createMetrics } from "../../lib/metrics.ts";
import { type TestOrigin, startTestOrigin, tracks } from "../deliver/testing.ts";
import type { ProgramHub } from "../hub/program-hub.ts";
import type { ProgramEvent } from "../hub/program-event.ts";
import { type EncoderChoice, chooseEncoder } from "./encoders.ts";
import type { LadderWish } from "./ladder.ts";
import { Ladders } from "./ladders.ts";
import { type SourceMedia, encodeSource, eventsOf, x264 } from "./testing.ts";

const WISH: LadderWish = {
  ladder: "custom",
  ladderRungs: [
    { heightPx: 240, videoBitrateBps: 400_000 },
    { heightPx: 144, videoBitrateBps: 200_000 },
  ],
};

let ffmpeg: Ffmpeg;
let choice: EncoderChoice;
beforeAll(async () => {
  ffmpeg = await findFfmpeg({ configured: undefined });
  choice = await chooseEncoder(ffmpeg, new AbortController().signal);
});

type Rig = AsyncDisposable &
  Readonly<{
    origin: TestOrigin;
    ladders: Ladders;
    wish: { now: LadderWish };
    /** Attaches a hub; resolves when its ladder listens. */
    attach(): Promise<ProgramHub>;
  }>;

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function openRig(options: { cores?: number; encoder?: EncoderChoice } = {}): Promise<Rig> {
  const wish = { now: WISH };
  const ladders = new Ladders({
    ffmpeg,
    clock: systemClock,
    log: createLogger("silent", false),
    metrics: createMetrics(),
    choice: Promise.resolve(options.encoder ?? choice),
    wish: () => Promise.resolve(wish.now),
    maxCores: options.cores ?? 8,
  });
  const origin = await startTestOrigin({
    startLadder: (id, hub, output, signal) => ladders.run(id, hub, output, signal),
  });
  return {
    origin,
    ladders,
    wish,
    async attach() {
      const hub = origin.attach();
      while (ladders.health("show") === null) await settle();
      return hub;
    },
    async [Symbol.asyncDispose]() {
      await origin[Symbol.asyncDispose]();
      ladders.close();
    },
  };
}

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
  await using rig = await openRig();
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
