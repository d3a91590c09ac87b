import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Fmp4Reader } from "@rostrum/media/fmp4/reader";
import type { Sample, Track } from "@rostrum/media/sample";
import HLS from "hls-parser";
import { expect, test, vi } from "vitest";
import { type TestOrigin, startTestOrigin } from "./deliver/testing.ts";
import type { ProgramEvent } from "./hub/program-event.ts";

/** Encoders and players of this machine share it with others. */
vi.setConfig({ testTimeout: 180_000 });
const run = promisify(execFile);
const WALL_MS = Date.parse("2026-01-02T03:04:05.000Z");

/** One encoded track as a program carries it. */
async function encode(args: readonly string[]): Promise<{ track: Track; samples: Sample[] }> {
  const mp4 = ["-video_track_timescale", "90000", "-movflags", "frag_every_frame+empty_moov+default_base_moof"];
  const { stdout } = await run("ffmpeg", ["-v", "error", ...args, ...mp4, "-f", "mp4", "pipe:1"], {
    encoding: "buffer",
    maxBuffer: 256 * 1024 * 1024,
  });
  const samples: Sample[] = [];
  let track: Track | undefined;
  for (const event of new Fmp4Reader().push(stdout)) {
    if (event.type === "init") track = event.track;
    else samples.push(...event.fragment.samples);
  }
  if (track === undefined) throw new Error("FFmpeg wrote no track");
  return { track, samples };
}

const picture = (size: string, rate: string, seconds: number, ...x264: string[]): readonly string[] => {
  const source = ["-f", "lavfi", "-i", `testsrc2=s=${size}:r=${rate}`, "-t", String(seconds)];
  return [...source, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", ...x264];
};
const tone = (rateHz: number, seconds: number): readonly string[] => {
  const source = ["-f", "lavfi", "-i", `sine=r=${rateHz}`, "-t", String(seconds)];
  return [...source, "-c:a", "aac", "-ac", "2"];
};

/** Both tracks as events in the order of their decoding, from `atSec` on. */
function merge(tracks: readonly { track: Track; samples: readonly Sample[] }[], atSec: number): ProgramEvent[] {
  const timed = tracks.flatMap(({ track, samples }) => {
    const shift = Math.ceil(atSec * track.timescale) - (samples[0]?.dts ?? 0);
    return samples.map((one): [number, ProgramEvent] => {
      const sample = { ...one, dts: one.dts + shift, pts: one.pts + shift };
      const sec = sample.dts / track.timescale;
      return [sec, { type: "sample", sample, wallMs: WALL_MS + sec * 1000 }];
    });
  });
  return timed.toSorted(([one], [other]) => one - other).map(([, event]) => event);
}

function announce(tracks: readonly { track: Track }[], discontinuity: boolean): ProgramEvent {
  const video = tracks.map(({ track }) => track).find((track) => track.kind === "video");
  const audio = tracks.map(({ track }) => track).find((track) => track.kind === "audio");
  return { type: "tracks", epoch: 0, video, audio, discontinuity };
}

/** What FFmpeg makes of the playlist: frames of each kind, and what it complains about. */
async function judge(origin: TestOrigin): Promise<{ frames: Record<string, number>; complaints: string }> {
  const url = `${origin.url}/live/show/index.m3u8`;
  const probe = ["-v", "error", "-count_frames", "-show_entries", "stream=codec_type,nb_read_frames", "-of", "json"];
  const { stdout } = await run("ffprobe", [...probe, url]);
  const { streams } = JSON.parse(stdout) as { streams: { codec_type: string; nb_read_frames: string }[] };
  const { stderr } = await run("ffmpeg", ["-nostdin", "-v", "warning", "-i", url, "-map", "0", "-f", "null", "-"]);
  return {
    frames: Object.fromEntries(streams.map((one) => [one.codec_type, Number(one.nb_read_frames)])),
    complaints: stderr,
  };
}

test.each([
  ["30 fps, 48 kHz", picture("320x180", "30", 8, "-g", "60"), tone(48_000, 8)],
  ["B-frames at 23.976 fps, 44.1 kHz", picture("320x180", "24000/1001", 8, "-g", "48", "-bf", "3"), tone(44_100, 8)],
  ["key frames every 8 s", picture("320x180", "25", 16, "-g", "200", "-sc_threshold", "0"), tone(48_000, 16)],
  ["four key frames a second", picture("320x180", "60", 6, "-g", "15"), tone(44_100, 6)],
  ["video alone", picture("320x180", "30", 6, "-g", "30"), undefined],
  ["audio alone", undefined, tone(44_100, 6)],
])("FFmpeg decodes every frame that FFmpeg encoded: %s", async (_, video, audio) => {
  await using origin = await startTestOrigin();
  const tracks = await Promise.all([video, audio].flatMap((args) => (args === undefined ? [] : encode(args))));
  const hub = origin.attach("show", 600);
  await origin.feed(hub, announce(tracks, false), ...merge(tracks, 0), { type: "end" });
  await origin.origin.end("show");
  const { frames, complaints } = await judge(origin);
  expect(complaints).toBe("");
  for (const { track, samples } of tracks) {
    // FFmpeg's AAC encoder begins with a frame that a decoder gives nothing for; what is cut at the video's begin is less.
    expect(Math.abs((frames[track.kind] ?? 0) - samples.length)).toBeLessThanOrEqual(track.kind === "video" ? 0 : 6);
  }
});

test("another size and another audio rate behind a discontinuity decode too, and an independent parser reads the playlists", async () => {
  await using origin = await startTestOrigin();
  const one = await Promise.all([encode(picture("320x180", "30", 5, "-g", "60", "-bf", "2")), encode(tone(48_000, 5))]);
  const other = await Promise.all([encode(picture("192x108", "25", 5, "-g", "50")), encode(tone(44_100, 5))]);
  const hub = origin.attach("show", 600);
  await origin.feed(hub, announce(one, false), ...merge(one, 0), { type: "gap", reason: "gone" });
  await origin.feed(hub, announce(other, true), ...merge(other, 5.2));
  await origin.feed(hub, { type: "end" });
  await origin.origin.end("show");
  // It takes a segment for as long as the target duration, and so warns of parts that are listed within three of those.
  HLS.setOptions({ silent: true });
  expect(HLS.parse((await origin.get("show/index.m3u8")).text).isMasterPlaylist).toBe(true);
  for (const [at, rendition] of (["v0", "a0"] as const).entries()) {
    const parsed = HLS.parse((await origin.get(`show/${rendition}/index.m3u8`)).text);
    if (parsed.isMasterPlaylist) throw new Error("a multivariant playlist");
    const from = parsed.segments.findIndex((segment) => segment.discontinuity);
    expect(parsed.segments.filter((segment) => segment.discontinuity).length).toBe(1);
    // FFmpeg's HLS reader overlooks a second init segment, so each side is judged as a file of its own.
    for (const [segments, source] of [
      [parsed.segments.slice(0, from), one],
      [parsed.segments.slice(from), other],
    ] as const) {
      const uris = [segments[0]?.map?.uri ?? "", ...segments.map((segment) => segment.uri)];
      const files = await Promise.all(uris.map((uri) => origin.get(`show/${rendition}/${uri}`)));
      const frames = await countFrames(Buffer.concat(files.map((file) => file.bytes)));
      expect(Math.abs(frames - (source[at]?.samples.length ?? 0))).toBeLessThanOrEqual(rendition === "v0" ? 0 : 6);
    }
  }
});

/** Frames that decode without a complaint. */
async function countFrames(file: Buffer): Promise<number> {
  const args = ["-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", "pipe:0"];
  const child = run("ffprobe", args);
  child.child.stdin?.end(file);
  const { stdout, stderr } = await child;
  expect(stderr).toBe("");
  return Number.parseInt(stdout, 10);
}
