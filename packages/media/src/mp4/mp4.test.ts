/** What we write is judged by FFmpeg: which pictures and sounds are shown, when, and for how long. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { concat } from "../bytes.ts";
import { Fmp4Reader } from "../fmp4/reader.ts";
import type { Sample, Track } from "../sample.ts";
import { type Mp4Chunk, type Mp4Cut, planMp4 } from "./write-mp4.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "mp4-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Output of FFmpeg or ffprobe; fails when it complains. */
function run(program: "ffmpeg" | "ffprobe", args: readonly string[]): Buffer {
  const { stdout, stderr, status } = spawnSync(program, ["-v", "error", ...args], { maxBuffer: 1 << 28 });
  expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

const VIDEO = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "30"];

function encode(name: string, input: string, codec: readonly string[], sec: number): Mp4Chunk {
  const args = ["-f", "lavfi", "-i", input, "-t", String(sec), ...codec];
  const bytes = run("ffmpeg", [...args, "-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", "-"]);
  writeFileSync(path.join(folder, `${name}.source.mp4`), bytes);
  let track: Track | undefined;
  const samples: Sample[] = [];
  for (const event of new Fmp4Reader().push(bytes)) {
    if (event.type === "init") track = event.track;
    else samples.push(...event.fragment.samples);
  }
  if (track === undefined) throw new Error("FFmpeg wrote no init segment");
  return { track, samples };
}

/** As if it had come at that moment of a show. */
function later({ track, samples }: Mp4Chunk, sec: number): Mp4Chunk {
  const ticks = Math.round(sec * track.timescale);
  return { track, samples: samples.map((one) => ({ ...one, pts: one.pts + ticks, dts: one.dts + ticks })) };
}

/** Chunks of about a second, in the order of their times. */
function interleave(...all: readonly Mp4Chunk[]): Mp4Chunk[] {
  const pieces = all.flatMap(({ track, samples }) => {
    const bySec = Map.groupBy(samples, (one) => Math.floor(one.dts / track.timescale));
    return [...bySec].map(([sec, piece]) => ({ sec, chunk: { track, samples: piece } }));
  });
  return pieces.toSorted((a, b) => a.sec - b.sec).map((piece) => piece.chunk);
}

/** When the first picture is shown, in seconds. */
function startOf({ track, samples }: Mp4Chunk): number {
  return Math.min(...samples.map((one) => one.pts)) / track.timescale;
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}

async function write(name: string, chunks: readonly Mp4Chunk[], cut?: Mp4Cut): Promise<string> {
  const plan = await planMp4(chunks, cut);
  if (plan === null) throw new Error("nothing was within the cut");
  const file = path.join(folder, `${name}.mp4`);
  const bytes = concat(await collect(plan.write(chunks)));
  expect(bytes.length).toBe(plan.sizeBytes);
  writeFileSync(file, bytes);
  return file;
}

/** The hash of each picture or sound that is shown. */
function hashes(file: string, stream: "v" | "a"): string[] {
  const args = ["-i", file, "-map", `0:${stream}:0`, "-vsync", "passthrough", "-f", "framemd5", "-"];
  const lines = run("ffmpeg", args).toString().split("\n");
  return lines.filter((line) => /^\d/.test(line)).map((line) => line.split(",").at(-1)?.trim() ?? "");
}

type Stream = { codec_type: string; start_time: string; duration: string };
function probe(file: string): { streams: Stream[]; duration: number } {
  const entries = "stream=codec_type,start_time,duration:format=duration";
  const found = JSON.parse(run("ffprobe", ["-show_entries", entries, "-of", "json", file]).toString()) as {
    streams: Stream[];
    format: { duration: string };
  };
  return { streams: found.streams, duration: Number(found.format.duration) };
}

const PICTURE = "testsrc2=size=320x180:rate=30";
const TONE = "sine=frequency=440:sample_rate=48000";
const AAC = ["-c:a", "aac"];

describe.each([
  ["AVC with three B-frames", [...VIDEO, "-bf", "3", "-b_strategy", "0"]],
  ["AVC without B-frames", [...VIDEO, "-bf", "0"]],
  [
    "HEVC with B-frames",
    [
      "-c:v",
      "libx265",
      "-preset",
      "ultrafast",
      "-x265-params",
      "log-level=none:keyint=30:bframes=3:open-gop=0",
      "-tag:v",
      "hvc1",
      "-pix_fmt",
      "yuv420p",
    ],
  ],
  ["VP9", ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "30", "-pix_fmt", "yuv420p"]],
])("%s", (name, codec) => {
  let video: Mp4Chunk;
  let audio: Mp4Chunk;
  let pictures: string[];
  beforeAll(() => {
    // A show is never at the beginning of its timeline for long.
    video = later(encode(name, PICTURE, codec, 5), 100);
    audio = later(encode(`${name}-tone`, TONE, AAC, 5), 100);
    pictures = hashes(path.join(folder, `${name}.source.mp4`), "v");
  }, 60_000);

  test("all of it has every picture, and lasts as long", async () => {
    const file = await write(`${name} whole`, interleave(video, audio));
    expect(hashes(file, "v")).toEqual(pictures);
    const { streams, duration } = probe(file);
    expect(streams.map((stream) => stream.codec_type).toSorted()).toEqual(["audio", "video"]);
    // FFmpeg delays the first picture by what B-frames need.
    expect(Math.abs(duration - 5 - startOf(video) + 100)).toBeLessThan(0.03);
  });

  test.each([
    [1.5, 3.2],
    [2, 3],
    [0.9667, 1.0333],
  ])("from %d to %d s it begins and ends with exactly those pictures", async (from, to) => {
    const file = await write(`${name} cut`, interleave(video, audio), { fromSec: 100 + from, toSec: 100 + to });
    // FFmpeg's files begin with the first picture at 0: so do ours at 100.
    const zero = startOf(video) - 100;
    const first = Math.floor((from - zero) * 30 + 0.01);
    const end = Math.ceil((to - zero) * 30 - 0.01);
    expect(hashes(file, "v")).toEqual(pictures.slice(first, end));
    const { streams } = probe(file);
    for (const stream of streams) expect(Math.abs(Number(stream.duration) - (end - first) / 30)).toBeLessThan(0.025);
  });
});

test("sound stays with the picture where both are cut", async () => {
  const beep = "aevalsrc='if(between(t,2,2.1),sin(2*PI*1000*t),0)':s=48000";
  const flash = "color=black:s=320x180:r=25,drawbox=c=white:t=fill:enable='between(t,2,2.09)'";
  const video = later(encode("flash", flash, [...VIDEO, "-bf", "2"], 4), 7);
  const audio = later(encode("beep", beep, AAC, 4), 7);
  const file = await write("sync", interleave(video, audio), { fromSec: 8.6, toSec: 9.8 });
  const white = run("ffmpeg", ["-i", file, "-vf", "scale=1:1,format=gray", "-f", "rawvideo", "-"]);
  const pcm = run("ffmpeg", ["-i", file, "-ac", "1", "-f", "s16le", "-ar", "48000", "-"]);
  const pts = startOf(video) - 7;
  const flashSec = [...white].findIndex((value) => value > 128) / 25;
  let beepAt = 0;
  while (beepAt * 2 < pcm.length && Math.abs(pcm.readInt16LE(beepAt * 2)) < 3000) beepAt += 1;
  // The encoder's delay of one frame is in FFmpeg's file too.
  expect(Math.abs(beepAt / 48_000 - flashSec - 1024 / 48_000 + pts)).toBeLessThan(0.045);
});

test("another size, frame rate and sample rate in the middle", async () => {
  const chunks = interleave(
    later(encode("small", PICTURE, [...VIDEO, "-bf", "2"], 2), 10),
    later(encode("small-tone", TONE, AAC, 2), 10),
    later(encode("large", "testsrc2=size=640x360:rate=25", [...VIDEO, "-bf", "2"], 2), 12.2),
    later(encode("large-tone", "sine=sample_rate=44100", AAC, 2), 12.2),
  );
  const file = await write("several", chunks);
  expect(hashes(file, "v")).toHaveLength(60 + 50);
  const { duration } = probe(file);
  expect(Math.abs(duration - 4.28)).toBeLessThan(0.03);
  const cut = await write("several cut", chunks, { fromSec: 11.5, toSec: 13 });
  expect(Math.abs(probe(cut).duration - 1.5)).toBeLessThan(0.06);
});

test("a track that begins later is preceded by nothing", async () => {
  const chunks = [encode("first", PICTURE, [...VIDEO, "-bf", "0"], 3), later(encode("late", TONE, AAC, 2), 1)];
  const { streams } = probe(await write("late", chunks));
  expect(streams.map((stream) => Math.round(Number(stream.start_time) * 10) / 10)).toEqual([0, 1]);
});

test("sound alone is a file too, and nothing within the cut is none", async () => {
  const audio = encode("alone", TONE, ["-c:a", "libopus"], 3);
  const { streams, duration } = probe(await write("alone", [audio], { fromSec: 1, toSec: 2 }));
  expect(streams).toHaveLength(1);
  expect(Math.abs(duration - 1)).toBeLessThan(0.03);
  expect(await planMp4([audio], { fromSec: 5, toSec: 6 })).toBeNull();
  expect(await planMp4([])).toBeNull();
});

test("a file of more than 4 GiB has wide offsets and a wide mdat", async () => {
  const { track, samples } = encode("tiny", PICTURE, [...VIDEO, "-bf", "0"], 1);
  const [first] = samples;
  if (first === undefined) throw new Error("FFmpeg encoded a second");
  const data = new Uint8Array(64 * 1024 * 1024);
  const chunks = Array.from({ length: 80 }, (_, n) => ({
    track,
    samples: [{ ...first, dts: n * 3000, pts: n * 3000, data }],
  }));
  const plan = await planMp4(chunks);
  const head = await plan?.write(chunks).next();
  const text = Buffer.from(head?.value ?? []).toString("latin1");
  expect(plan?.sizeBytes).toBe(80 * data.length + text.length);
  expect(text).toContain("co64");
  expect(text.slice(-16, -8)).toBe("\0\0\0\u0001mdat");
});

test("other media in the second pass is refused", async () => {
  const video = encode("again", PICTURE, [...VIDEO, "-bf", "0"], 1);
  const plan = await planMp4([video]);
  const shorter = [{ ...video, samples: video.samples.slice(1) }];
  await expect(collect(plan!.write(shorter))).rejects.toThrow("chunk 1 is not the one that was planned");
  await expect(collect(plan!.write([]))).rejects.toThrow(/0 bytes of media came, \d+ were planned/);
});

test("between its passes over the samples the plan lets others come", async () => {
  const chunks = [encode("paused", PICTURE, VIDEO, 1), encode("paused sound", TONE, AAC, 1)];
  let pauses = 0;
  const paused = await planMp4(chunks, undefined, async () => void (pauses += 1));
  const straight = await planMp4(chunks);
  // Two looks for what is kept, and four tables of each track.
  expect(pauses).toBeGreaterThanOrEqual(10);
  expect(await collect(paused!.write(chunks))).toEqual(await collect(straight!.write(chunks)));
});
