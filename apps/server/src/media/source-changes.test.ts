/** Ten changes between real encoders' media, packaged: what FFmpeg says of the result. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import HLS from "hls-parser";
import { expect, test, vi } from "vitest";
import { findFfmpeg } from "../lib/ffmpeg.ts";
import { type TestOrigin, startTestOrigin } from "./deliver/testing.ts";
import { readFlvEvents } from "./ingest/file/flv-events.ts";
import type { SourceEvent } from "./ingest/source-event.ts";
import { Program } from "./program/program.ts";
import type { SlatePicture } from "./program/slate-player.ts";
import { encodeSlate } from "./slate/encode-slate.ts";

/** The machine has other things to do. */
vi.setConfig({ testTimeout: 240_000 });
const run = promisify(execFile);
const bytes = { encoding: "buffer", maxBuffer: 256 * 1024 * 1024 } as const;

type Clip = Readonly<{ size: string; fps: string; rateHz?: number; channels?: number; bFrames?: number }>;
const CLIPS: readonly Clip[] = [
  { size: "640x360", fps: "25" },
  { size: "1280x720", fps: "30", bFrames: 2 },
  { size: "480x270", fps: "50", rateHz: 44_100, channels: 1 },
  { size: "640x360", fps: "30000/1001" },
  { size: "320x180", fps: "60", bFrames: 3, rateHz: 44_100 },
  { size: "854x480", fps: "24000/1001", rateHz: 22_050, channels: 1 },
  { size: "640x360", fps: "25" },
  { size: "480x270", fps: "12.5" },
  { size: "1280x720", fps: "30" },
  { size: "320x180", fps: "25", bFrames: 1, rateHz: 32_000 },
  { size: "640x360", fps: "25" },
];

/** Three seconds of it, as an encoder sends them. */
async function encode({ size, fps, rateHz = 48_000, channels = 2, bFrames = 0 }: Clip): Promise<SourceEvent[]> {
  const gop = String(Math.round(Number(fps.split("/")[0]) / Number(fps.split("/")[1] ?? 1)));
  const inputs = ["-f", "lavfi", "-i", `testsrc2=s=${size}:r=${fps}`, "-f", "lavfi", "-i", `sine=r=${rateHz}`];
  const video = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", String(bFrames), "-g", gop];
  const audio = ["-c:a", "aac", "-ac", String(channels)];
  const { stdout } = await run(
    "ffmpeg",
    ["-v", "error", ...inputs, "-t", "3", ...video, ...audio, "-f", "flv", "-"],
    bytes,
  );
  const events: SourceEvent[] = [];
  for await (const event of readFlvEvents(chunks(stdout))) events.push(event);
  return events;
}
async function* chunks(file: Uint8Array): AsyncGenerator<Uint8Array> {
  yield file;
}

type Group = Readonly<{ fromSec: number; toSec: number; frameSec: number }>;

/** Where the media of each side of every discontinuity begins and ends, in presentation time; it must decode without a complaint. */
async function groupsOf(origin: TestOrigin, rendition: "v0" | "a0"): Promise<Group[]> {
  HLS.setOptions({ silent: true });
  const parsed = HLS.parse((await origin.get(`show/${rendition}/index.m3u8`)).text);
  if (parsed.isMasterPlaylist) throw new Error("a multivariant playlist");
  const groups: { uris: string[] }[] = [];
  for (const segment of parsed.segments) {
    if (segment.discontinuity || groups.length === 0) groups.push({ uris: [segment.map?.uri ?? ""] });
    groups.at(-1)?.uris.push(segment.uri);
  }
  const found: Group[] = [];
  for (const { uris } of groups) {
    const files = await Promise.all(uris.map((uri) => origin.get(`show/${rendition}/${uri}`)));
    found.push(await probe(Buffer.concat(files.map((file) => file.bytes))));
  }
  return found;
}

async function probe(file: Buffer): Promise<Group> {
  const packets = ["-show_entries", "packet=pts_time,duration_time", "-of", "json", "pipe:0"];
  const child = run("ffprobe", ["-v", "error", ...packets], { maxBuffer: 64 * 1024 * 1024 });
  child.child.stdin?.end(file);
  const { stdout } = await child;
  const decoded = run("ffmpeg", [
    "-v",
    "error",
    "-i",
    "pipe:0",
    "-vsync",
    "passthrough",
    "-enc_time_base",
    "-1",
    "-f",
    "null",
    "-",
  ]);
  decoded.child.stdin?.end(file);
  expect((await decoded).stderr).toBe("");
  const { packets: all } = JSON.parse(stdout) as { packets: { pts_time: string; duration_time: string }[] };
  const times = all.map((one) => Number(one.pts_time)).toSorted((a, b) => a - b);
  const last = Math.max(...all.map((one) => Number(one.pts_time)));
  const lasts = Number(all.find((one) => Number(one.pts_time) === last)?.duration_time ?? 0);
  const steps = times.slice(1).map((at, n) => at - (times[n] ?? 0));
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? lasts;
  return { fromSec: times[0] ?? 0, toSec: last + Math.max(lasts, usual), frameSec: usual };
}

test("ten changes: no hole, no overlap, sound and picture together, as long as the clock says", async () => {
  await using origin = await startTestOrigin();
  const ffmpeg = await findFfmpeg({ configured: undefined });
  const clips = await Promise.all(CLIPS.map(encode));
  const look = { text: "Back in a moment", background: "#204060" };
  const slates = new Map<string, SlatePicture>();
  for (const [size, fps] of CLIPS.map((clip) => [clip.size, clip.fps] as const)) {
    const [widthPx = 0, heightPx = 0] = size.split("x").map(Number);
    const shape = { widthPx, heightPx, fps: Number(fps.split("/")[0]) / Number(fps.split("/")[1] ?? 1) };
    slates.set(size, await encodeSlate(ffmpeg, look, shape, new AbortController().signal));
  }
  const { clock } = origin;
  const slate = ({ widthPx, heightPx }: { widthPx: number; heightPx: number }) => slates.get(`${widthPx}x${heightPx}`);
  const program = new Program({ broadcastId: "show", start: null, clock, onState: () => {}, slate });
  origin.origin.attach("show", program.hub, { dvrWindowSec: 600 });
  const pass = async (ms: number, each: () => void = () => {}): Promise<void> => {
    for (let at = 0; at < ms; at += 20) {
      clock.advance(20);
      each();
      if (at % 200 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const beganMs = clock.monotonicMs();
  for (const [n, events] of clips.entries()) {
    const source = {
      kind: "primary",
      protocol: "rtmp",
      encoder: "FFmpeg",
      connectedAt: new Date(clock.wallMs()),
    } as const;
    const sink = program.attach(source);
    const waiting = [...events];
    const fromMs = clock.monotonicMs();
    const isDue = (event: SourceEvent | undefined): boolean =>
      event !== undefined && (event.type !== "sample" || event.sample.timestampMs <= clock.monotonicMs() - fromMs);
    await pass(3000, () => {
      for (let next = waiting[0]; isDue(next) && next !== undefined; next = waiting[0]) {
        sink.push(next);
        waiting.shift();
      }
    });
    if (n === 0) program.goOnAir();
    // Closed at once, or frozen for a while first.
    if (n % 3 === 2) await pass(2600);
    sink.closed("gone");
    await pass([0, 200, 1500][n % 3] ?? 0);
  }
  const wallSec = (clock.monotonicMs() - beganMs) / 1000;
  program.end();
  await origin.origin.end("show");
  const [video, audio] = [await groupsOf(origin, "v0"), await groupsOf(origin, "a0")];
  expect(audio.length).toBe(video.length);
  expect(video.length).toBeGreaterThan(2 * CLIPS.length - 4);
  const seconds = (video.at(-1)?.toSec ?? 0) - (video[0]?.fromSec ?? 0);
  const worst = { begin: 0, end: 0, hole: 0 };
  for (const [n, picture] of video.entries()) {
    const sound = audio[n];
    if (sound === undefined) continue;
    worst.begin = Math.max(worst.begin, Math.abs(picture.fromSec - sound.fromSec));
    worst.end = Math.max(worst.end, Math.abs(picture.toSec - sound.toSec));
    for (const groups of [video, audio]) {
      const [before, after] = [groups[n - 1], groups[n]];
      if (before === undefined || after === undefined) continue;
      const holeSec = after.fromSec - before.toSec;
      worst.hole = Math.max(worst.hole, Math.abs(holeSec) - Math.max(before.frameSec, after.frameSec));
    }
  }
  console.log({ wallSec, seconds, ...worst });
  expect(Math.abs(seconds - wallSec)).toBeLessThan(1);
  expect(worst.begin).toBeLessThan(0.045);
  expect(worst.end).toBeLessThan(0.1);
  // Beyond one frame: half a frame of silence that was not worth a whole one.
  expect(worst.hole).toBeLessThan(0.025);
});
