import type { AudioTrack, Sample, VideoTrack } from "@rostrum/media/sample";
import { describe, expect, test } from "vitest";
import type { SourceSample } from "../ingest/source-event.ts";
import { Timeline } from "./timeline.ts";

const video: VideoTrack = {
  kind: "video",
  codec: "avc",
  codecs: "avc1.42c01e",
  timescale: 90_000,
  description: new Uint8Array([1]),
  widthPx: 640,
  heightPx: 360,
  frameRate: undefined,
};
const audioAt = (rateHz: number): AudioTrack => ({
  kind: "audio",
  codec: "aac",
  codecs: "mp4a.40.2",
  timescale: rateHz,
  description: new Uint8Array([0x11, 0x90]),
  sampleRateHz: rateHz,
  channels: 2,
  frameTicks: 1024,
});
const audio = audioAt(48_000);
const data = new Uint8Array(10);

const picture = (timestampMs: number, compositionMs = 0): SourceSample => ({
  kind: "video",
  timestampMs: timestampMs >>> 0,
  compositionMs,
  keyframe: true,
  data,
  durationTicks: 0,
});
const sound = (timestampMs: number): SourceSample => ({
  kind: "audio",
  timestampMs: timestampMs >>> 0,
  compositionMs: 0,
  keyframe: true,
  data,
  durationTicks: 1024,
});

type Step = readonly [arrivalMs: number, sample: SourceSample];
/** `seconds` of frames and AAC frames whose stamps are rounded as an encoder does, from `fromMs` on the source's clock. */
function encoder(options: {
  fps?: number;
  rateHz?: number;
  seconds: number;
  fromMs?: number;
  audioPpm?: number;
}): Step[] {
  const { fps = 30, rateHz = 48_000, seconds, fromMs = 0, audioPpm = 0 } = options;
  const steps: [number, SourceSample][] = [];
  for (let n = 0; n < seconds * fps; n += 1) {
    const atMs = (n * 1000) / fps;
    steps.push([atMs, picture(fromMs + Math.floor(atMs))]);
  }
  for (let n = 0; (n * 1024) / rateHz < seconds; n += 1) {
    const atMs = ((n * 1024 * 1000) / rateHz) * (1 + audioPpm / 1e6);
    steps.push([atMs, sound(fromMs + Math.floor(atMs))]);
  }
  return steps.toSorted((a, b) => a[0] - b[0]);
}

function run(steps: readonly Step[], start = { videoTicks90k: 0, audioSec: 0 }, tracks = { video, audio }) {
  const timeline = new Timeline(start);
  timeline.begin({ ...tracks, frameRateHint: undefined });
  const samples = steps.flatMap(([arrivalMs, sample]) => timeline.push(sample, arrivalMs));
  samples.push(...timeline.finish());
  return { timeline, samples, ...split(samples) };
}
const split = (samples: readonly Sample[]) => ({
  pictures: samples.filter((one) => one.kind === "video"),
  sounds: samples.filter((one) => one.kind === "audio"),
});
/** Every sample begins where the one before it ended. */
function expectContinuous(samples: readonly Sample[]) {
  const wrong = samples.filter((one, i) => i > 0 && one.dts !== samples[i - 1]!.dts + samples[i - 1]!.duration);
  expect(wrong).toEqual([]);
  expect(samples.filter((one) => one.duration < 1)).toEqual([]);
}
/** Where the pictures and the sound end, in ms. */
function endsMs(samples: readonly Sample[], rateHz: number): [number, number] {
  const { pictures, sounds } = split(samples);
  const end = (one: Sample | undefined) => (one === undefined ? 0 : one.dts + one.duration);
  return [end(pictures.at(-1)) / 90, (end(sounds.at(-1)) * 1000) / rateHz];
}
const durations = (samples: readonly Sample[]) =>
  [...new Set(samples.map((one) => one.duration))].toSorted((a, b) => a - b);

describe("constant frame rates", () => {
  test.each([
    ["23.976", 24_000 / 1001, [3753, 3754]],
    ["25", 25, [3600]],
    ["29.97", 30_000 / 1001, [3003]],
    ["30", 30, [3000]],
    ["59.94", 60_000 / 1001, [1501, 1502]],
  ])("%s fps gets exact durations out of rounded milliseconds and never drifts", (_, fps, exact) => {
    const { pictures } = run(encoder({ fps, seconds: 60 }));
    expectContinuous(pictures);
    const measured = pictures.slice(200, -1);
    const usual = measured.filter((one) => exact.includes(one.duration));
    expect(usual.length / measured.length).toBeGreaterThan(0.99);
    const driftTicks = pictures.map((one, n) => Math.abs(one.dts - (n * 90_000) / fps));
    expect(Math.max(...driftTicks)).toBeLessThan(360);
  });

  test("a promised rate is used from the first frame", () => {
    const { pictures } = run(encoder({ fps: 30_000 / 1001, seconds: 2 }), undefined, {
      video: { ...video, frameRate: 30_000 / 1001 },
      audio,
    });
    // The last one lasts as long as the sound.
    expect(durations(pictures.slice(0, -1))).toEqual([3003]);
  });

  test("a promise of twice the rate does no harm", () => {
    const { pictures } = run(encoder({ fps: 30, seconds: 2 }), undefined, {
      video: { ...video, frameRate: 60 },
      audio,
    });
    expect(durations(pictures.slice(0, -1))).toEqual([3000]);
  });

  test("a dropped frame leaves one long duration, the others stay exact", () => {
    const steps = encoder({ fps: 25, seconds: 8 }).filter(
      ([, one]) => one.kind === "audio" || one.timestampMs !== 6000,
    );
    const { pictures } = run(steps);
    expectContinuous(pictures);
    expect(durations(pictures)).toEqual([3600, 7200]);
  });
});

test("a variable frame rate is followed to 2 ms", () => {
  const times = [0, 33, 40, 90, 200, 233, 300, 301, 400, 733, 740, 900];
  const { pictures } = run(times.map((atMs) => [atMs, picture(atMs)]));
  expectContinuous(pictures);
  expect(pictures.map((one) => one.dts)).toEqual(times.map((atMs) => atMs * 90));
});

describe("audio", () => {
  test.each([44_100, 48_000, 22_050])("%i Hz is counted in samples: no rounding adds up", (rateHz) => {
    const { sounds } = run(encoder({ rateHz, seconds: 120 }), undefined, { video, audio: audioAt(rateHz) });
    expect(durations(sounds)).toEqual([1024]);
    expect(sounds.map((one) => one.dts)).toEqual(sounds.map((_, n) => n * 1024));
  });

  test("a sound card that is 200 ppm off is followed within 45 ms, in steps nobody hears", () => {
    const steps = encoder({ seconds: 600, audioPpm: 200 });
    const { sounds } = run(steps);
    expectContinuous(sounds);
    expect(durations(sounds)).toEqual([1024, 1040]);
    const stamps = steps.filter(([, one]) => one.kind === "audio").map(([, one]) => one.timestampMs);
    const offMs = sounds.map((one, n) => Math.abs((one.dts * 1000) / 48_000 - stamps[n]!));
    expect(Math.max(...offMs)).toBeLessThan(45);
  });

  test("stamps that jitter by 30 ms do not move the samples", () => {
    const jitter = [0, 22, -30, 14, 30, -18, -25, 9];
    const steps = Array.from({ length: 500 }, (_, n): Step => {
      const atMs = Math.floor((n * 64) / 3);
      return [atMs, sound(1000 + atMs + (n === 0 ? 0 : jitter[n % 8]!))];
    });
    expect(durations(run(steps).sounds)).toEqual([1024]);
  });

  test("a hole is filled with silence", () => {
    const steps = encoder({ seconds: 4 }).filter(([atMs, one]) => one.kind === "video" || atMs < 1000 || atMs >= 1500);
    const { sounds } = run(steps);
    expectContinuous(sounds);
    expect(sounds.filter((one) => one.data !== data).length).toBe(24);
    expect(sounds.at(-1)!.dts / 48).toBeGreaterThan(3970);
  });

  test("a lasting loss of 85 ms is closed within a quarter of a second", () => {
    const steps = encoder({ seconds: 4 }).filter(([atMs, one]) => one.kind === "video" || atMs < 1000 || atMs >= 1085);
    const { sounds } = run(steps);
    expectContinuous(sounds);
    const later = sounds.filter((one) => one.dts > 48_000 * 1.4);
    const sourceMs = (index: number) => Math.floor((index * 64) / 3);
    const offMs = later.map((one, n) => (one.dts * 1000) / 48_000 - sourceMs(sounds.length - later.length + n));
    expect(Math.max(...offMs.map(Math.abs))).toBeLessThan(15);
  });
});

describe("the source's clock", () => {
  test("the wrap at 2^32 is not seen", () => {
    const { samples } = run(encoder({ seconds: 10, fromMs: 2 ** 32 - 5000 }));
    const straight = run(encoder({ seconds: 10 })).samples;
    expect(samples).toEqual(straight);
  });

  test.each([
    ["forwards by an hour", 3_600_000],
    ["back by an hour", -3_600_000],
    ["back to a little before", -2_500],
    ["forwards by 5 s", 5_000],
  ])("a jump %s is not seen, and audio stays with video", (_, jumpMs) => {
    const before = encoder({ seconds: 5, fromMs: 4_000_000 });
    const after = encoder({ seconds: 5, fromMs: 4_005_000 + jumpMs }).map(([atMs, one]): Step => [5000 + atMs, one]);
    const { pictures, sounds } = run([...before, ...after]);
    expectContinuous(pictures);
    expectContinuous(sounds);
    expect(pictures.length).toBe(300);
    const lastVideoMs = pictures.at(-1)!.dts / 90;
    const lastAudioMs = sounds.at(-1)!.dts / 48;
    expect(lastVideoMs).toBeGreaterThan(9940);
    expect(lastVideoMs).toBeLessThan(10_050);
    expect(Math.abs(lastAudioMs - 9962 - (lastVideoMs - 9966))).toBeLessThan(45);
  });

  test("a straggler on the old clock after the jump does no harm", () => {
    const before = encoder({ seconds: 2 });
    const after = encoder({ seconds: 2, fromMs: 900_000 }).map(([atMs, one]): Step => [2000 + atMs, one]);
    const late = before.splice(-1, 1)[0]!;
    const { pictures, sounds } = run([...before, ...after.slice(0, 1), late, ...after.slice(1)]);
    expectContinuous(pictures);
    expectContinuous(sounds);
    expect(sounds.at(-1)!.dts / 48).toBeLessThan(4050);
  });

  test("a pause in which time went by stays a pause on both tracks", () => {
    const steps = encoder({ seconds: 10 }).filter(([atMs]) => atMs < 3000 || atMs >= 4500);
    const { pictures, sounds } = run(steps);
    expectContinuous(pictures);
    expect(Math.round(pictures.at(-1)!.dts / 90)).toBe(9967);
    expect(Math.round(sounds.at(-1)!.dts / 48)).toBe(9984);
  });

  test("tracks that begin on different clocks are put side by side by their arrival", () => {
    const steps = encoder({ seconds: 3 }).map(([atMs, one]): Step => {
      return [atMs, one.kind === "audio" ? sound(one.timestampMs + 77_000_000) : one];
    });
    const { sounds, pictures } = run(steps);
    expect(Math.abs(sounds[0]!.dts / 48 - pictures[0]!.dts / 90)).toBeLessThan(45);
    expect(Math.abs(sounds.at(-1)!.dts / 48 - pictures.at(-1)!.dts / 90)).toBeLessThan(60);
  });

  test("audio that begins later begins later, behind silence", () => {
    const { sounds } = run([
      [0, picture(5000)],
      [10, sound(5700)],
      [20, sound(5721)],
      [700, picture(5700)],
    ]);
    expect(sounds.filter((one) => one.data === data).map((one) => one.dts)).toEqual([33_600, 34_624]);
    expect(sounds[0]!.dts).toBe(0);
    expectContinuous(sounds);
  });

  test("audio from before the first picture is left out", () => {
    const { sounds, timeline } = run([
      [0, picture(5000)],
      [1, sound(4600)],
      [2, sound(4987)],
      [3, sound(5008)],
      [4, sound(5029)],
    ]);
    expect(sounds.map((one) => one.dts)).toEqual([384, 1408]);
    expect(timeline.droppedSamples).toBe(0);
  });
});

describe("B-frames", () => {
  test("composition offsets are evened out with the frame duration; pts never precedes the begin", () => {
    const order = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8];
    const shown = order.map((n) => n + 1);
    const steps = order.map((_, n): Step => {
      const dtsMs = Math.round((n * 1001) / 30);
      return [dtsMs, picture(dtsMs, Math.round((shown[n]! * 1001) / 30) - dtsMs)];
    });
    const { pictures } = run(steps, undefined, { video: { ...video, frameRate: 30_000 / 1001 }, audio });
    expect(pictures.map((one) => Math.floor(one.pts / 3003))).toEqual([0, 3, 1, 2, 6, 4, 5, 9, 7, 8]);
    expect(pictures.map((one) => Math.floor(one.dts / 750))).toEqual([0, 1, 4, 8, 12, 16, 20, 24, 28, 32]);
  });

  test("negative composition offsets: the first picture is shown at the begin", () => {
    const { pictures } = run([
      [0, picture(500, -80)],
      [40, picture(540, 40)],
      [80, picture(580, -40)],
    ]);
    expect(pictures.map((one) => [one.dts, one.pts])).toEqual([
      [7200, 0],
      [10_800, 14_400],
      [14_400, 10_800],
    ]);
  });
});

describe("epochs", () => {
  test("a resumed timeline goes on at the later end of its tracks", () => {
    const { pictures, sounds } = run(encoder({ seconds: 1 }), { videoTicks90k: 900_000, audioSec: 10.02 });
    expect(pictures[0]!.dts).toBe(901_800);
    expect(sounds[0]!.dts).toBe(480_960);
  });

  test("another source goes on where the one before ended, with its own clock and audio rate", () => {
    const timeline = new Timeline({ videoTicks90k: 0, audioSec: 0 });
    timeline.begin({ video, audio, frameRateHint: 25 });
    const before = encoder({ fps: 25, seconds: 2 }).flatMap(([atMs, one]) => timeline.push(one, atMs));
    before.push(...timeline.finish());
    const endMs = timeline.positionMs;
    expect(endsMs(before, 48_000).map((one) => Math.abs(one - endMs) < 11)).toEqual([true, true]);
    timeline.begin({ video, audio: audioAt(44_100), frameRateHint: undefined });
    const next = encoder({ rateHz: 44_100, seconds: 1, fromMs: 12_345 }).flatMap(([atMs, one]) =>
      timeline.push(one, 9000 + atMs),
    );
    const { pictures, sounds } = split([...next, ...timeline.finish()]);
    expectContinuous(pictures);
    expectContinuous(sounds);
    expect(pictures[0]!.pts).toBe(Math.ceil(endMs * 90 - 1e-6));
    expect(Math.abs(sounds[0]!.dts / 44.1 - endMs)).toBeLessThan(0.1);
  });

  test("both tracks end where they are told to: the last picture lasts, silence follows the sound", () => {
    const timeline = new Timeline({ videoTicks90k: 0, audioSec: 0 });
    timeline.begin({ video, audio, frameRateHint: 25 });
    const samples = encoder({ fps: 25, seconds: 1 }).flatMap(([atMs, one]) => timeline.push(one, atMs));
    samples.push(...timeline.finish(1130));
    expect(Math.abs(endsMs(samples, 48_000)[0] - 1130)).toBeLessThan(11);
    expect(Math.abs(endsMs(samples, 48_000)[1] - 1130)).toBeLessThan(11);
    expectContinuous(split(samples).sounds);
  });

  test("a source with B-frames behind one without: nothing overlaps, its first picture is shown where the other ended", () => {
    const timeline = new Timeline({ videoTicks90k: 0, audioSec: 0 });
    timeline.begin({ video, audio, frameRateHint: 25 });
    for (const [atMs, one] of encoder({ fps: 25, seconds: 1 })) timeline.push(one, atMs);
    timeline.finish();
    const endMs = timeline.positionMs;
    timeline.begin({ video, audio, frameRateHint: 25 });
    const steps: Step[] = [
      [0, picture(500, 80)],
      [0, { ...picture(540, 160), keyframe: false }],
      [0, { ...picture(580, 40), keyframe: false }],
      [0, { ...picture(620, 40), keyframe: false }],
      [0, sound(581)],
    ];
    const { pictures, sounds } = split([...steps.flatMap(([at, one]) => timeline.push(one, at)), ...timeline.finish()]);
    expect(pictures.map((one) => Math.round(one.pts / 90 - endMs))).toEqual([0, 120, 40, 80]);
    expectContinuous(pictures);
    expect(pictures[0]!.dts).toBe(Math.ceil(endMs * 90 - 1e-6));
    expect(sounds[0]!.dts / 48 - endMs).toBeLessThan(22);
  });

  test("pictures that lean on a key frame before the first one are left out", () => {
    const { pictures } = run([
      [0, picture(1000, 80)],
      [0, { ...picture(1040, -40), keyframe: false }],
      [0, { ...picture(1080, 80), keyframe: false }],
    ]);
    expect(pictures.map((one) => one.pts)).toEqual([0, 7200]);
  });

  test("sound whose picture never comes is not the program's", () => {
    const steps = [...encoder({ seconds: 1 }), ...encoder({ seconds: 2, fromMs: 1000 })]
      .filter(([, one]) => one.kind === "audio" || one.timestampMs < 1000)
      .toSorted((a, b) => a[1].timestampMs - b[1].timestampMs);
    const { timeline } = run(steps);
    expect(timeline.positionMs).toBeGreaterThan(1300);
    expect(timeline.positionMs).toBeLessThan(1450);
  });
});

describe("a source whose clock is not ours", () => {
  test.each([
    ["0.1 % fast", 1.001],
    ["0.1 % slow", 0.999],
    ["as good as any", 1.00003],
  ])("%s keeps pace with our clock for an hour, without a jump", (_, speed) => {
    const timeline = new Timeline({ videoTicks90k: 0, audioSec: 0 });
    timeline.begin({ video, audio, frameRateHint: undefined });
    const samples: Sample[] = [];
    let worstMs = 0;
    for (const [atMs, sample] of encoder({ seconds: 3600 })) {
      // The source's own clock says `atMs`; ours that less or more has gone by, and each sample needs a moment to come.
      const arrivalMs = atMs / speed + ((atMs * 7919) % 30);
      samples.push(...timeline.push(sample, arrivalMs));
      worstMs = Math.max(worstMs, Math.abs(timeline.positionMs - atMs / speed));
    }
    const { pictures, sounds } = split([...samples, ...timeline.finish()]);
    expect(worstMs).toBeLessThan(200);
    expectContinuous(pictures);
    expectContinuous(sounds);
    // The last picture lasts until the sound ends.
    expect(pictures.slice(0, -1).filter(({ duration }) => Math.abs(duration - 3000) > 200)).toEqual([]);
    for (const { duration } of sounds) expect(Math.abs(duration - 1024)).toBeLessThanOrEqual(16);
    expect(timeline.droppedSamples).toBe(0);
    expect(Math.abs(timeline.endsMs.video - timeline.endsMs.audio)).toBeLessThan(50);
  });

  test("what waited in the network for a minute moves it by little, and only for a while", () => {
    const timeline = new Timeline({ videoTicks90k: 0, audioSec: 0 });
    timeline.begin({ video, audio: undefined, frameRateHint: undefined });
    for (const [atMs, sample] of encoder({ seconds: 900 })) {
      const isLate = atMs > 60_000 && atMs < 120_000;
      if (sample.kind === "video") timeline.push(sample, atMs + (isLate ? 800 : 0));
      expect(Math.abs(timeline.positionMs - atMs)).toBeLessThan(200);
    }
    expect(Math.abs(timeline.positionMs - 900_000)).toBeLessThan(60);
  });
});
