import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createManualClock } from "../../../lib/clock.ts";
import { type Ffmpeg, findFfmpeg } from "../../../lib/ffmpeg.ts";
import { Program } from "../../program/program.ts";
import type { PlaylistItem } from "../../plane.ts";
import type { SourceSink } from "../publisher.ts";
import type { SourceEvent, SourceSample } from "../source-event.ts";
import { startFileSource } from "./file-source.ts";
import { makeMezzanine, mezzaninePicture } from "./mezzanine.ts";

const dir = mkdtempSync(path.join(os.tmpdir(), "rostrum-files-"));
const signal = new AbortController().signal;
let ffmpeg: Ffmpeg;
beforeAll(async () => {
  ffmpeg = await findFfmpeg({ configured: undefined });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Makes an upload with FFmpeg and prepares it. */
async function prepare(name: string, args: readonly string[], container: "mov" | "matroska" = "mov") {
  const upload = path.join(dir, `${name}-upload`);
  const format = container === "mov" ? "mp4" : "matroska";
  execFileSync(ffmpeg.path, ["-v", "error", "-y", ...args, "-f", format, upload]);
  const progress: number[] = [];
  const output = path.join(dir, `${name}.flv`);
  const onProgress = (one: number) => progress.push(one);
  const made = await makeMezzanine({ ffmpeg, upload: { path: upload, container }, output, onProgress, signal });
  return { made, output, progress };
}
const picture = (size: string, sec: number, rate = 30) => [
  "-f",
  "lavfi",
  "-i",
  `testsrc2=size=${size}:rate=${rate}:duration=${sec}`,
];
const tone = (sec: number) => ["-f", "lavfi", "-i", `sine=frequency=440:sample_rate=44100:duration=${sec}`];
const H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "60"];

/** Read before: a manual clock does not wait for the disk. */
function itemOf(file: string): PlaylistItem {
  const bytes = readFileSync(file);
  return {
    id: file,
    title: file,
    open: async () =>
      (async function* () {
        yield bytes;
      })(),
  };
}

/** Plays until `until` or the end, as fast as the manual clock is turned. */
async function play(
  files: readonly string[],
  options: { loop: boolean; until?: (samples: SourceSample[]) => boolean },
) {
  const clock = createManualClock();
  const stop = new AbortController();
  const events: SourceEvent[] = [];
  const samples: SourceSample[] = [];
  const arrivals: number[] = [];
  let closed: [string, boolean | undefined] | undefined;
  const sink: SourceSink = {
    push(event) {
      events.push(event);
      if (event.type !== "sample") return;
      samples.push(event.sample);
      arrivals.push(clock.monotonicMs());
      if (options.until?.(samples) === true) stop.abort();
    },
    closed: (reason, stopped) => (closed = [reason, stopped]),
  };
  const items = files.map(itemOf);
  const source = startFileSource(sink, { items, loop: options.loop, clock, signal: stop.signal });
  while (closed === undefined) {
    clock.advance(10);
    await turn();
  }
  return { reason: await source.closed, events, samples, arrivals, closed, source };
}
const of = (samples: readonly SourceSample[], kind: "video" | "audio") => samples.filter((one) => one.kind === kind);
const steps = (samples: readonly SourceSample[]) =>
  samples.slice(1).map((one, i) => one.timestampMs - samples[i]!.timestampMs);

test("what fits is copied: no picture is encoded again, sound becomes 48 kHz stereo as long as the picture", async () => {
  const { made, output } = await prepare("fits", [
    ...picture("320x180", 4),
    ...tone(3),
    ...H264,
    "-c:a",
    "aac",
    "-ac",
    "1",
  ]);
  expect(made).toEqual({ ok: true, mezzanine: { durationMs: 4000, widthPx: 320, heightPx: 180 } });
  const { events, samples } = await play([output], { loop: false });
  expect(events.filter((one) => one.type === "tracks")).toMatchObject([
    { video: { codec: "avc", widthPx: 320 }, audio: { codec: "aac", sampleRateHz: 48_000, channels: 2 } },
  ]);
  expect(of(samples, "video")).toHaveLength(120);
  expect(of(samples, "audio").at(-1)!.timestampMs).toBeGreaterThan(3900);
  const jpeg = await mezzaninePicture(ffmpeg, output, { atMs: 1000, signal });
  expect([...jpeg!.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
});

test("another codec, odd sides, rare key frames, no sound: it is encoded, with a key frame every two seconds and silence", async () => {
  const args = [...picture("322x182", 5, 25), "-c:v", "mpeg4", "-g", "300"];
  const { made, output, progress } = await prepare("odd", args, "matroska");
  expect(made).toEqual({ ok: true, mezzanine: { durationMs: 5000, widthPx: 322, heightPx: 182 } });
  expect(progress.at(-1)).toBeGreaterThan(0.9);
  const { samples } = await play([output], { loop: false });
  const keys = of(samples, "video").filter((one) => one.keyframe);
  expect(keys.map((one) => one.timestampMs)).toEqual([0, 2000, 4000]);
  expect(of(samples, "audio").length).toBeGreaterThan(220);
});

test("sound without a picture, and bytes that are none, are refused in a sentence", async () => {
  const sound = await prepare("sound", [...tone(2), "-c:a", "aac"]);
  expect(sound.made).toEqual({ ok: false, reason: "There is no picture in this file; upload a video." });
  const upload = { path: path.join(dir, "fits-upload"), container: "matroska" } as const;
  const made = await makeMezzanine({ ffmpeg, upload, output: path.join(dir, "x.flv"), onProgress: () => {}, signal });
  expect(made).toEqual({ ok: false, reason: expect.stringMatching(/broken or not complete/) });
});

test("files follow each other, and themselves, without a step in time and without new tracks", async () => {
  const args = [...picture("320x180", 2), ...tone(2), ...H264, "-c:a", "aac"];
  const { output } = await prepare("loop", args);
  const three = (samples: SourceSample[]) => of(samples, "video").length >= 190;
  const { events, samples, arrivals, closed } = await play([output, output], { loop: true, until: three });
  expect(closed).toEqual(["The files were stopped.", true]);
  expect(events.filter((one) => one.type === "tracks")).toHaveLength(1);
  expect(steps(of(samples, "video")).every((step) => step >= 33 && step <= 34)).toBe(true);
  // One frame of AAC is 21.3 ms: nowhere is one missing or doubled by more than rounding.
  const soundSteps = steps(of(samples, "audio"));
  expect(Math.min(...soundSteps)).toBeGreaterThanOrEqual(9);
  expect(Math.max(...soundSteps)).toBeLessThanOrEqual(34);
  // In real time: no sample goes out earlier than the lead, nor later than a turn of the clock.
  const aheadMs = samples.map((one, i) => one.timestampMs - arrivals[i]!);
  expect(Math.max(...aheadMs) - Math.min(...aheadMs)).toBeLessThanOrEqual(60);
});

test("pictures in another order than they are decoded, and a file without them after it, keep both orders", async () => {
  const b = await prepare("b", [
    ...picture("320x180", 2),
    ...tone(2),
    "-c:v",
    "libx264",
    "-bf",
    "2",
    "-g",
    "60",
    "-pix_fmt",
    "yuv420p",
    "-c:a",
    "aac",
  ]);
  const plain = await prepare("plain", [...picture("320x180", 2), ...tone(2), ...H264, "-bf", "0", "-c:a", "aac"]);
  const { samples, closed } = await play([b.output, plain.output, b.output], { loop: false });
  expect(closed).toEqual(["All files have been played.", true]);
  const video = of(samples, "video");
  expect(video.length).toBe(180);
  expect(Math.min(...steps(video))).toBeGreaterThanOrEqual(16);
  const shown = video.map((one) => one.timestampMs + one.compositionMs).toSorted((x, y) => x - y);
  expect(new Set(shown).size).toBe(180);
});

test("a file that is gone is passed over; a list of nothing else ends, also when it loops", async () => {
  const clock = createManualClock();
  const gone = { id: "x", title: "x", open: async () => null };
  const sink: SourceSink = { push: () => {}, closed: () => {} };
  const source = startFileSource(sink, { items: [gone, gone], loop: true, clock, signal });
  expect(await source.closed).toBe("All files have been played.");
});

test("a list begins at the place it is told", async () => {
  const opened: string[] = [];
  const items = ["a", "b", "c"].map((id) => ({
    id,
    title: id,
    open: async () => {
      opened.push(id);
      return null;
    },
  }));
  const sink: SourceSink = { push: () => {}, closed: () => {} };
  const source = startFileSource(sink, { items, loop: false, from: 1, clock: createManualClock(), signal });
  await source.closed;
  expect(opened).toEqual(["b", "c"]);
});

test("where one cannot be read the next one plays; a list of nothing else says why it stopped", async () => {
  const { output } = await prepare("after", [...picture("160x90", 2), ...tone(2), ...H264, "-c:a", "aac"]);
  const broken: PlaylistItem = { id: "x", title: "Opening", open: () => Promise.reject(new Error("no answer")) };
  const breaksOff: PlaylistItem = {
    ...broken,
    open: async () =>
      (async function* () {
        yield readFileSync(output).subarray(0, 20_000);
        throw new Error("connection lost");
      })(),
  };
  const run = async (items: PlaylistItem[], loop: boolean) => {
    const clock = createManualClock();
    const problems: string[] = [];
    let pictures = 0;
    const push = (event: SourceEvent): void => {
      if (event.type === "dropped") problems.push(event.reason);
      if (event.type === "sample" && event.sample.kind === "video") pictures += 1;
    };
    let ended = false;
    const sink: SourceSink = { push, closed: () => (ended = true) };
    const source = startFileSource(sink, { items, loop, clock, signal });
    while (!ended) {
      clock.advance(10);
      await turn();
    }
    return { reason: await source.closed, problems, pictures };
  };
  const good = itemOf(output);
  const played = await run([broken, breaksOff, good], false);
  expect(played).toMatchObject({
    reason: "All files have been played.",
    problems: ["Opening: no answer", "Opening: connection lost"],
  });
  expect(played.pictures).toBeGreaterThan(60);
  expect((await run([broken, broken], true)).reason).toBe("The files stopped: Opening: no answer");
});

test("through the program a loop is one epoch", async () => {
  const output = path.join(dir, "loop.flv");
  const clock = createManualClock();
  const program = new Program({ broadcastId: "b", start: null, clock, onState: () => {} });
  const stop = new AbortController();
  const subscription = program.hub.subscribe({ name: "t", maxBytes: 1e8, maxMs: 1e6, signal: stop.signal });
  const seen: string[] = [];
  const reading = (async () => {
    for await (const batch of subscription)
      for (const event of batch) if (event.type !== "sample") seen.push(event.type);
  })();
  const sink = program.attach({ kind: "file", protocol: "internal", encoder: "Files", connectedAt: new Date(0) });
  const items = [itemOf(output)];
  const source = startFileSource(sink, { items, loop: true, clock, signal: stop.signal });
  for (let ms = 0; ms < 7000; ms += 10) {
    clock.advance(10);
    await turn();
  }
  stop.abort();
  await source.closed;
  await reading;
  expect(seen.filter((type) => type === "tracks")).toHaveLength(1);
  program.close();
});
