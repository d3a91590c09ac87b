/** What we write is judged by FFmpeg: same packets, same times, decoded without a word. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { concat } from "../bytes.ts";
import * as hevc from "../codec/hevc.ts";
import type { Sample, Track } from "../sample.ts";
import { audioTrack } from "../track-from-config.ts";
import { fragmentSizeBytes, parseFragments, writeFragment } from "./fragment.ts";
import { parseInit, writeInit } from "./init.ts";
import { Fmp4Reader } from "./reader.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "fmp4-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FRAGMENTED = ["-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", "pipe:1"];
const picture = (size: string, fps: string): string[] => [
  "-f",
  "lavfi",
  "-i",
  `testsrc2=s=${size}:r=${fps}`,
  "-t",
  "1",
];
const tone = (rate: number, channels: string): string[] => [
  "-f",
  "lavfi",
  "-i",
  `sine=r=${rate},aformat=channel_layouts=${channels}`,
  "-t",
  "1",
];

/** Output of FFmpeg or ffprobe; fails when it complains. */
function run(program: "ffmpeg" | "ffprobe", args: readonly string[]): Uint8Array {
  const { stdout, stderr, status } = spawnSync(program, ["-v", "error", ...args], {
    maxBuffer: 1 << 28,
    env: { ...process.env, SVT_LOG: "0" },
  });
  expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: "" });
  return new Uint8Array(stdout);
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

/** Packets of a file as FFmpeg sees them: dts, pts, duration, size, hash. Edit lists are left out: we write none. */
function packets(file: string): string[] {
  const lines = text(run("ffmpeg", ["-ignore_editlist", "1", "-i", file, "-c", "copy", "-f", "framemd5", "pipe:1"]));
  return lines.split("\n").filter((line) => line !== "" && !/^#(software|extradata|sar)/.test(line));
}

function write(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

/** Samples whose data is a string: quick to compare. */
function comparable({ track, samples }: { track: Track; samples: readonly Sample[] }): unknown {
  return { track, samples: samples.map((each) => ({ ...each, data: Buffer.from(each.data).toString("base64") })) };
}

function read(bytes: Uint8Array, cutBytes: number): { track: Track; samples: Sample[] } {
  const reader = new Fmp4Reader();
  const samples: Sample[] = [];
  let track: Track | undefined;
  for (let at = 0; at < bytes.length; at += cutBytes) {
    for (const event of reader.push(bytes.subarray(at, at + cutBytes))) {
      if (event.type === "init") track = event.track;
      else samples.push(...event.fragment.samples);
    }
  }
  expect(reader.pendingBytes).toBe(0);
  return { track: track!, samples };
}

/** The track in fragments of `count` samples. */
function rewrite(track: Track, samples: readonly Sample[], count: number): Uint8Array {
  const pieces = [writeInit(track)];
  for (let at = 0; at < samples.length; at += count) {
    const part = samples.slice(at, at + count);
    const fragment = writeFragment(track, pieces.length, part);
    expect(fragment.length).toBe(fragmentSizeBytes(track, part));
    pieces.push(fragment);
  }
  return concat(pieces);
}

// prettier-ignore
const SOURCES: ReadonlyArray<readonly [string, readonly string[]]> = [
  ["AVC with three B-frames, 29.97", [...picture("320x180", "30000/1001"), "-c:v", "libx264", "-bf", "3", "-g", "30", "-pix_fmt", "yuv420p"]],
  ["AVC with pixels that are not square", [...picture("360x288", "25"), "-vf", "setsar=16/11", "-c:v", "libx264", "-bf", "0", "-g", "25", "-pix_fmt", "yuv420p"]],
  ["AVC of variable rate", [...picture("320x180", "30"), "-vf", "select='not(mod(n,3))+eq(n,4)'", "-vsync", "vfr", "-c:v", "libx264", "-g", "10", "-pix_fmt", "yuv420p"]],
  ["HEVC with B-frames", [...picture("320x180", "30"), "-c:v", "libx265", "-x265-params", "log-level=none:keyint=30", "-tag:v", "hvc1", "-pix_fmt", "yuv420p"]],
  ["AV1", [...picture("320x180", "30"), "-c:v", "libsvtav1", "-preset", "12", "-g", "30", "-pix_fmt", "yuv420p"]],
  ["VP9", [...picture("320x180", "30"), "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "30", "-pix_fmt", "yuv420p"]],
  ["AAC stereo", [...tone(48_000, "stereo"), "-c:a", "aac"]],
  ["AAC mono 44.1 kHz", [...tone(44_100, "mono"), "-c:a", "aac"]],
  ["AAC 5.1", [...tone(48_000, "5.1"), "-c:a", "aac"]],
  ["Opus stereo", [...tone(48_000, "stereo"), "-c:a", "libopus"]],
];

describe.each(SOURCES)("%s", (name, args) => {
  let source: Uint8Array = new Uint8Array();
  let file = "";
  beforeAll(() => {
    source = run("ffmpeg", [...args, ...FRAGMENTED]);
    file = write(`${name}.in.mp4`, source);
  });

  test("comes through our reader and writer with the same packets, and FFmpeg decodes it without a word", () => {
    const { track, samples } = read(source, source.length);
    for (const count of [1, 7, samples.length]) {
      const ours = write(`${name}.${count}.mp4`, rewrite(track, samples, count));
      expect(packets(ours)).toEqual(packets(file));
      run("ffmpeg", ["-i", ours, "-f", "null", "-"]);
    }
  });

  test("is described as ffprobe describes it", () => {
    const { track } = read(source, source.length);
    const entries = "stream=codec_name,width,height,sample_rate,channels,r_frame_rate,sample_aspect_ratio";
    const ours = write(`${name}.described.mp4`, rewrite(track, read(source, source.length).samples, 10));
    const probe = (target: string): unknown => {
      const found = JSON.parse(text(run("ffprobe", ["-show_entries", entries, "-of", "json", target]))) as {
        streams: object[];
      };
      // Not said is square.
      return found.streams.map((stream) =>
        track.kind === "video" ? { sample_aspect_ratio: "1:1", ...stream } : stream,
      );
    };
    expect(probe(ours)).toEqual(probe(file));
    const [stream] = probe(file) as [{ width?: number; height?: number; sample_rate?: string; channels?: number }];
    if (track.kind === "video") expect([track.widthPx, track.heightPx]).toEqual([stream.width, stream.height]);
    else expect([track.sampleRateHz, track.channels]).toEqual([Number(stream.sample_rate), stream.channels]);
  });

  test("is read the same in any cuts, and reading what was written gives the same back", () => {
    const whole = read(source, source.length);
    for (const cutBytes of [1, 7, 4096]) expect(comparable(read(source, cutBytes))).toEqual(comparable(whole));
    const again = read(rewrite(whole.track, whole.samples, 5), 1000);
    expect(comparable(again)).toEqual(comparable(whole));
  });
});

test("parameter sets from Annex B become an hvcC that FFmpeg decodes", () => {
  const args = [
    ...picture("320x180", "30"),
    "-c:v",
    "libx265",
    "-x265-params",
    "log-level=none",
    "-pix_fmt",
    "yuv420p",
  ];
  const source = run("ffmpeg", [...args, "-tag:v", "hvc1", ...FRAGMENTED]);
  const { track, samples } = read(source, source.length);
  const { vps, sps, pps } = hevc.parseHevcConfig(track.description);
  const description = hevc.buildHevcConfig(vps, sps, pps);
  run("ffmpeg", ["-i", write("built.mp4", rewrite({ ...track, description }, samples, 10)), "-f", "null", "-"]);
});

test.each([
  ["explicit HE-AAC", "2b118800", "48000"],
  ["HE-AAC signalled behind the core", "131056e598", "48000"],
])("%s is played at the rate that is heard", (_, config, rate) => {
  const source = run("ffmpeg", [...tone(24_000, "stereo"), "-c:a", "aac", ...FRAGMENTED]);
  const { samples } = read(source, source.length);
  const track = audioTrack("aac", Uint8Array.from(Buffer.from(config, "hex")));
  expect(track).toMatchObject({
    codecs: "mp4a.40.5",
    timescale: 48_000,
    sampleRateHz: 48_000,
    channels: 2,
    frameTicks: 2048,
  });
  const doubled = samples.map((sample) => ({
    ...sample,
    pts: sample.pts * 2,
    dts: sample.dts * 2,
    duration: sample.duration * 2,
  }));
  const file = write(`${config}.mp4`, rewrite(track, doubled, 10));
  expect(text(run("ffprobe", ["-show_entries", "stream=sample_rate", "-of", "csv=p=0", file])).trim()).toBe(rate);
  run("ffmpeg", ["-i", file, "-f", "null", "-"]);
});

test("times beyond 32 bits and negative composition offsets are kept", () => {
  const { track } = read(run("ffmpeg", [...(SOURCES[0]?.[1] ?? []), ...FRAGMENTED]), 4096);
  const far = 2 ** 40 + 1;
  const samples: Sample[] = [
    { kind: "video", pts: far - 500, dts: far, duration: 1000, keyframe: true, data: Uint8Array.of(0, 0, 0, 1, 9) },
    {
      kind: "video",
      pts: far + 2000,
      dts: far + 1000,
      duration: 1000,
      keyframe: false,
      data: Uint8Array.of(0, 0, 0, 1, 9),
    },
  ];
  const [fragment] = parseFragments(writeFragment(track, 4_000_000_000, samples));
  expect(fragment).toEqual({ sequence: 4_000_000_000, trackId: 1, baseDecodeTime: far, samples });
  expect(parseInit(writeInit(track))).toEqual(track);
});

const sample = (fields: Partial<Sample>): Sample => ({
  kind: "video",
  pts: 0,
  dts: 0,
  duration: 1,
  keyframe: true,
  data: new Uint8Array(1),
  ...fields,
});
test.each<[string, readonly Sample[]]>([
  ["no sample", []],
  ["a negative dts", [sample({ dts: -1 })]],
  ["a dts that is no integer", [sample({ dts: 0.5 })]],
  ["a dts that goes back", [sample({ dts: 10 }), sample({ dts: 5 })]],
  ["a composition offset beyond 32 bits", [sample({ pts: 2 ** 31 })]],
  ["a duration beyond 32 bits", [sample({ duration: 2 ** 32 })]],
])("%s is refused by the writer", (_, samples) => {
  expect(() => writeFragment({ kind: "video" }, 1, samples)).toThrow(RangeError);
});
