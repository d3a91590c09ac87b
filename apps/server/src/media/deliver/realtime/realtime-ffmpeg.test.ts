import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Fmp4Reader } from "@rostrum/media/fmp4/reader";
import { writeInit } from "@rostrum/media/fmp4/init";
import type { AudioTrack, Sample, Track, VideoTrack } from "@rostrum/media/sample";
import { expect, test, vi } from "vitest";
import type { ProgramEvent } from "../../hub/program-event.ts";
import { type TestOrigin, startTestOrigin } from "../testing.ts";
import { startRealtime } from "./testing.ts";

/** Encoders of this machine share it with others. */
vi.setConfig({ testTimeout: 120_000 });
const run = promisify(execFile);

type Encoded<T extends Track> = Readonly<{ track: T; samples: readonly Sample[] }>;

async function encode<T extends Track>(...args: readonly string[]): Promise<Encoded<T>> {
  const mp4 = ["-video_track_timescale", "90000", "-movflags", "frag_every_frame+empty_moov+default_base_moof"];
  const all = ["-v", "error", "-f", "lavfi", ...args, ...mp4, "-f", "mp4", "pipe:1"];
  const { stdout } = await run("ffmpeg", all, { encoding: "buffer", maxBuffer: 64 * 1024 * 1024 });
  const samples: Sample[] = [];
  let track: Track | undefined;
  for (const event of new Fmp4Reader().push(stdout)) {
    if (event.type === "init") track = event.track;
    else samples.push(...event.fragment.samples);
  }
  return { track: track as T, samples };
}
const picture = (size: string, seconds: number) =>
  encode<VideoTrack>(
    ..."-i".split(" "),
    `testsrc2=s=${size}:r=30`,
    ..."-c:v libx264 -preset ultrafast -pix_fmt yuv420p -bf 2 -g 30 -t".split(" "),
    String(seconds),
  );
const tone = (seconds: number) => encode<AudioTrack>("-i", "sine=r=48000", "-c:a", "aac", "-t", String(seconds));

/** A source of the program: its tracks, then its samples from `atSec` on. */
function source(video: Encoded<VideoTrack>, audio: Encoded<AudioTrack>, atSec: number, epoch: number): ProgramEvent[] {
  const timed = [video, audio].flatMap(({ track, samples }) => {
    const shift = Math.ceil(atSec * track.timescale) - (samples[0]?.dts ?? 0);
    return samples.map((one): [number, ProgramEvent] => {
      const sample = { ...one, dts: one.dts + shift, pts: one.pts + shift };
      const sec = sample.dts / track.timescale;
      return [sec, { type: "sample", sample, wallMs: sec * 1000 }];
    });
  });
  const begin = { type: "tracks", epoch, video: video.track, audio: audio.track, discontinuity: epoch > 0 } as const;
  return [begin, ...timed.toSorted(([one], [other]) => one - other).map(([, event]) => event)];
}

/** The dts of every sample in fragments that follow each other, init segments left out. */
function timesOf(media: Buffer): number[] {
  const times: number[] = [];
  for (const event of new Fmp4Reader().push(media)) {
    if (event.type === "fragment") times.push(...event.fragment.samples.map(({ dts }) => dts));
  }
  return times;
}

/** All init segments and segments of a rendition, in the order of its playlist. */
async function renditionOf(origin: TestOrigin, rendition: string): Promise<Buffer> {
  const { text } = await origin.get(`show/${rendition}/index.m3u8`);
  const names = [...text.matchAll(/^#EXT-X-MAP:URI="([^"]+)"|^([^#].*)$/gm)].map(
    ([, init, segment]) => init ?? segment,
  );
  const bodies = await Promise.all(names.map((name) => origin.get(`show/${rendition}/${name}`)));
  return Buffer.concat(bodies.map(({ bytes }) => bytes));
}

/** Frames that ffprobe decodes, and what it says against them. */
async function decode(media: Buffer): Promise<{ frames: number; complaints: string }> {
  const args = "-v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 -".split(" ");
  const child = run("ffprobe", args);
  child.child.stdin?.end(media);
  const { stdout, stderr } = await child;
  return { frames: Number.parseInt(stdout, 10), complaints: stderr };
}

test("what a viewer is sent decodes, at the same times as in LL-HLS, and through a source of another size", async () => {
  const [large, small, sound] = await Promise.all([picture("640x360", 4), picture("320x180", 4), tone(4)]);
  await using origin = await startTestOrigin();
  const hub = origin.attach("show", 60);
  await using realtime = await startRealtime({ hubOf: () => hub });
  const viewer = await realtime.view();
  const first = source(large, sound, 0, 0);
  const second = source(small, sound, 5, 1);
  await viewer.roundTrip();
  await origin.feed(hub, ...first, ...second, { type: "end" });
  await viewer.closed;

  const [video, audio] = [viewer.track("video"), viewer.track("audio")];
  // Each epoch by itself: ffprobe takes one init segment.
  const again = video.indexOf("ftyp", 100) - 4;
  expect(await decode(video.subarray(0, again))).toEqual({ frames: 120, complaints: "" });
  expect(await decode(video.subarray(again))).toEqual({ frames: 120, complaints: "" });
  const sounds = first.filter((event) => event.type === "sample" && event.sample.kind === "audio").length;
  expect(timesOf(audio)).toHaveLength(2 * sounds);
  expect((await decode(audio)).complaints).toBe("");
  await origin.origin.end("show");
  expect(timesOf(await renditionOf(origin, "v0"))).toEqual(timesOf(video));
  const [heard, packaged] = [timesOf(audio), timesOf(await renditionOf(origin, "a0"))];
  // Sound from before the first picture is not packaged.
  expect(heard.slice(-packaged.length)).toEqual(packaged);
  expect(heard.length - packaged.length).toBeLessThan(5);

  const inits = viewer.received.filter((one) => one.type === "media" && one.kind === 1);
  expect(inits.map((one) => one.type === "media" && one.media.equals(writeInit(large.track)))).toEqual([true, false]);
});

test("a viewer that comes within a key frame interval begins with a picture that decodes, with its sound", async () => {
  const [pictures, sound] = await Promise.all([picture("320x180", 3), tone(3)]);
  await using realtime = await startRealtime();
  const events = source(pictures, sound, 0, 0).filter((event) => event.type !== "sample" || event.wallMs < 2500);
  for (const event of events) realtime.hub.publish(event);
  const viewer = await realtime.view();
  await viewer.until((received) => received.some((one) => one.type === "media" && one.key));
  realtime.hub.publish({ type: "end" });
  await viewer.closed;
  const [seen, heard] = [timesOf(viewer.track("video")), timesOf(viewer.track("audio"))];
  expect(await decode(viewer.track("video"))).toEqual({ frames: 15, complaints: "" });
  expect(seen[0]).toBe(180_000);
  expect((heard[0] ?? 0) / 48_000).toBeLessThanOrEqual(2);
  expect(heard).toEqual(Array.from(heard, (_, index) => (heard[0] ?? 0) + index * 1024));
});
