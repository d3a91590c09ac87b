import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { parseMediaPlaylist } from "@rostrum/media/hls/parse-media-playlist";
import type { MediaPlaylist } from "@rostrum/media/hls/media-playlist";
import { parseMultivariantPlaylist } from "@rostrum/media/hls/parse-multivariant-playlist";
import type { AudioTrack, VideoTrack } from "@rostrum/media/sample";
import { beforeAll, expect, test, vi } from "vitest";
import { type Ffmpeg, findFfmpeg } from "../../lib/ffmpeg.ts";
import { type TestOrigin, tracks } from "../deliver/testing.ts";
import type { ProgramEvent } from "../hub/program-event.ts";
import { type Rig, type SourceMedia, encodeSource, eventsOf, openRig, settle, until, x264 } from "./testing.ts";

// Real encoders, which may have to share the processor with whatever else runs.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const run = promisify(execFile);
const SECONDS = 12;
const RATE_HZ = 48_000;
/** What an Opus decoder gives before the first sound that was encoded: libopus at 48 kHz. */
const OPUS_DELAY = 312;
let ffmpeg: Ffmpeg;
let video: SourceMedia;
let opus: SourceMedia;
let aac: SourceMedia;

/** A click of 5 ms in the middle of every second. */
const clicks = (rateHz: number): string =>
  `aevalsrc='if(between(mod(t,1),0.5,0.505),sin(2*PI*1000*t),0)':s=${rateHz}:d=${SECONDS}`;

beforeAll(async () => {
  ffmpeg = await findFfmpeg({ configured: undefined });
  video = await encodeSource(ffmpeg, `testsrc2=s=160x90:r=25:d=${SECONDS}`, x264(50));
  opus = await encodeSource(ffmpeg, clicks(RATE_HZ), ["-c:a", "libopus", "-b:a", "96k", "-ac", "2"]);
  aac = await encodeSource(ffmpeg, clicks(44_100), ["-c:a", "aac", "-ac", "2"]);
});

const open = (): Promise<Rig> =>
  openRig({
    ffmpeg,
    choice: { encoder: undefined, reason: "None is needed." },
    wish: { ladder: "passthrough", ladderRungs: [] },
  });
const tracksOf = (sound: SourceMedia, discontinuity = false): ProgramEvent =>
  tracks({ video: video.track as VideoTrack, audio: sound.track as AudioTrack }, discontinuity);
/** Picture and sound from `fromSec` to `toSec`, in the order in which a program publishes them. */
function between(sound: SourceMedia, fromSec: number, toSec: number): ProgramEvent[] {
  const timed = [video, sound].flatMap((media) =>
    eventsOf(media).flatMap((event): [number, ProgramEvent][] => {
      const sec = event.type === "sample" ? event.sample.dts / media.track.timescale : 0;
      return sec >= fromSec && sec < toSec ? [[sec, event]] : [];
    }),
  );
  return timed.toSorted(([one], [other]) => one - other).map(([, event]) => event);
}
const playlist = async (origin: TestOrigin, name: string): Promise<MediaPlaylist> =>
  parseMediaPlaylist((await origin.get(`show/${name}/index.m3u8`)).text);
const gaps = ({ segments }: MediaPlaylist): boolean[] => segments.map(({ gap }) => gap ?? false);
/** Numbers and names, which all renditions share. */
const names = ({ segments, mediaSequence }: MediaPlaylist): unknown[] =>
  segments.map(({ uri, discontinuity }, index) => [mediaSequence + index, uri, discontinuity ?? false]);

/** Where clicks are heard, in samples of 48 kHz. */
async function clicksIn(origin: TestOrigin, name: string): Promise<number[]> {
  const url = `${origin.url}/live/show/${name}/index.m3u8`;
  const to = ["-f", "s16le", "-ac", "1", "-ar", String(RATE_HZ), "pipe:1"];
  const { stdout } = await run("ffmpeg", ["-v", "error", "-nostdin", "-i", url, ...to], {
    encoding: "buffer",
    maxBuffer: 64 * 1024 * 1024,
  });
  const found: number[] = [];
  for (let n = 0; n < stdout.length / 2; n += 1) {
    if (Math.abs(stdout.readInt16LE(2 * n)) > 3000 && n - (found.at(-1) ?? -RATE_HZ) > RATE_HZ / 2) found.push(n);
  }
  return found;
}

test("Opus becomes AAC with the source's segments, in time to a few milliseconds, as long as the source", async () => {
  await using rig = await open();
  const { origin } = rig;
  const hub = origin.attach("show", 600);
  await settle();
  await origin.feed(hub, tracksOf(opus), ...between(opus, 0, SECONDS), { type: "end" });
  await origin.origin.end("show");
  const [source, made] = [await playlist(origin, "a0"), await playlist(origin, "a1")];
  expect(names(made)).toEqual(names(source));
  expect([made.endList, gaps(made).includes(true)]).toEqual([true, false]);
  for (const [index, { durationSec }] of source.segments.entries()) {
    expect(Math.abs(made.segments[index]!.durationSec - durationSec)).toBeLessThan(0.03);
  }
  const { variants, media } = parseMultivariantPlaylist((await origin.get("show/index.m3u8")).text);
  const videoCodec = video.track.codecs;
  expect(variants.map(({ uri, codecs, audio }) => [uri, codecs, audio])).toEqual([
    ["v0/index.m3u8", [videoCodec, "mp4a.40.2"], "aud"],
    ["v0/index.m3u8", [videoCodec, "opus"], "opus"],
  ]);
  expect(media.map(({ groupId, uri }) => [groupId, uri])).toEqual([
    ["aud", "a1/index.m3u8"],
    ["opus", "a0/index.m3u8"],
  ]);
  const asked = ["-show_entries", "stream=codec_name,profile,sample_rate,channels,start_time:format=duration"];
  const probed = await run("ffprobe", [
    "-v",
    "error",
    ...asked,
    "-of",
    "json",
    `${origin.url}/live/show/a1/index.m3u8`,
  ]);
  const { streams, format } = JSON.parse(probed.stdout) as { streams: object[]; format: { duration: string } };
  expect(streams).toMatchObject([{ codec_name: "aac", profile: "LC", sample_rate: "48000", channels: 2 }]);
  expect(Math.abs(Number(format.duration) - SECONDS)).toBeLessThan(0.05);
  const heard = await clicksIn(origin, "a1");
  expect(heard.length).toBe(SECONDS);
  for (const [second, at] of heard.entries()) {
    const offMs = ((at - (second + 0.5) * RATE_HZ - OPUS_DELAY) * 1000) / RATE_HZ;
    expect(Math.abs(offMs), `at ${second} s`).toBeLessThan(5);
  }
});

test("a child that is killed leaves a gap; the next one goes on with the source's segments", async () => {
  await using rig = await open();
  const { origin } = rig;
  const hub = origin.attach("show", 600);
  await settle();
  await origin.feed(hub, tracksOf(opus), ...between(opus, 0, 5));
  await until(async () => (await origin.get("show/a1/index.m3u8")).status === 200);
  await until(async () => (await playlist(origin, "a1")).segments.length >= 2);
  process.kill(rig.pids()[0]!, "SIGKILL");
  let fedSec = 5;
  // As a program goes on: the next child begins with one of its frames, and its sound with a segment.
  await until(async () => {
    await origin.feed(hub, ...between(opus, fedSec, fedSec + 0.04));
    fedSec = Math.min(SECONDS, fedSec + 0.04);
    const now = await playlist(origin, "a1");
    return fedSec === SECONDS || (gaps(now).includes(true) && now.openSegment !== undefined);
  });
  await origin.feed(hub, ...between(opus, fedSec, SECONDS), { type: "end" });
  await origin.origin.end("show");
  const [source, made] = [await playlist(origin, "a0"), await playlist(origin, "a1")];
  expect(names(made)).toEqual(names(source));
  expect(gaps(made).slice(0, 2)).toEqual([false, false]);
  expect(gaps(made)).toContain(true);
  expect(gaps(made).at(-1)).toBe(false);
});

test("a source that sends AAC gets no second sound; once there was Opus it goes on over every change", async () => {
  await using rig = await open();
  const { origin } = rig;
  const hub = origin.attach("show", 600);
  await settle();
  await origin.feed(hub, tracksOf(aac), ...between(aac, 0, 4));
  expect(rig.pids()).toEqual([]);
  expect((await origin.get("show/a1/index.m3u8")).status).toBe(404);
  await origin.feed(hub, tracksOf(opus, true), ...between(opus, 4, 8));
  await origin.feed(hub, tracksOf(aac, true), ...between(aac, 8, SECONDS), { type: "end" });
  await origin.origin.end("show");
  const [source, made] = [await playlist(origin, "a0"), await playlist(origin, "a1")];
  const [, ...after] = names(source).slice(made.mediaSequence - source.mediaSequence);
  // Nothing was before its first segment.
  expect(names(made).slice(1)).toEqual(after);
  expect(made.segments.length).toBeGreaterThanOrEqual(3);
  expect(gaps(made)).not.toContain(true);
  expect(rig.pids().length).toBe(2);
});
