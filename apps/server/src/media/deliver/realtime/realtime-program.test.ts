import { parseFragments } from "@rostrum/media/fmp4/fragment";
import type { VideoTrack } from "@rostrum/media/sample";
import { expect, test } from "vitest";
import { createManualClock, type ManualClock } from "../../../lib/clock.ts";
import type { SourceSink } from "../../ingest/publisher.ts";
import { Program } from "../../program/program.ts";
import { AUDIO_TRACK, VIDEO_TRACK } from "../testing.ts";
import { startRealtime, type TestViewer } from "./testing.ts";

const FRAME_MS = 40;
const SOUND_MS = (1024 * 1000) / 48_000;
const KEYFRAME_EVERY = 10;

/** Sends a picture every 40 ms and the sound beside it, in real time of `clock`, key frames ten apart. */
function send(clock: ManualClock, sink: SourceSink, video: VideoTrack, frames: number): void {
  sink.push({ type: "tracks", video, audio: AUDIO_TRACK, frameRateHint: 25, expects: { video: true, audio: true } });
  let sounds = 0;
  for (let n = 0; n < frames; n += 1) {
    const media = { compositionMs: 0, data: new Uint8Array([n]) } as const;
    const picture = { kind: "video", timestampMs: n * FRAME_MS, keyframe: n % KEYFRAME_EVERY === 0 } as const;
    sink.push({ type: "sample", sample: { ...media, ...picture, durationTicks: 0 } });
    for (; sounds * SOUND_MS < (n + 1) * FRAME_MS; sounds += 1) {
      const sound = { kind: "audio", timestampMs: Math.round(sounds * SOUND_MS), keyframe: true } as const;
      sink.push({ type: "sample", sample: { ...media, ...sound, durationTicks: 1024 } });
    }
    clock.advance(FRAME_MS);
  }
}

/** Begin and end of every video fragment, in seconds of media time. */
function spans(viewer: TestViewer): { fromSec: number; toSec: number; key: boolean }[] {
  return viewer.received.flatMap((one) => {
    const sample = one.type === "media" && one.kind === 3 ? parseFragments(one.media)[0]?.samples[0] : undefined;
    if (sample === undefined) return [];
    const fromSec = sample.dts / 90_000;
    return [{ fromSec, toSec: fromSec + sample.duration / 90_000, key: one.type === "media" && one.key }];
  });
}

test("through the slate and a source of another size a viewer's time goes on without a hole", async () => {
  const clock = createManualClock(1_000_000);
  const program = new Program({ broadcastId: "show", start: null, clock, onState: () => {} });
  await using realtime = await startRealtime({ hubOf: () => program.hub });
  const attach = () => program.attach({ kind: "primary", protocol: "rtmp", encoder: "test", connectedAt: new Date(0) });

  const first = attach();
  send(clock, first, VIDEO_TRACK, 25);
  program.goOnAir();
  const viewer = await realtime.view();
  await viewer.until((received) => received.some((one) => one.type === "media" && one.key));
  first.closed("The connection broke.");
  clock.advance(4000);
  const small = { ...VIDEO_TRACK, widthPx: 320, heightPx: 180 };
  send(clock, attach(), small, 50);
  program.end();
  expect(await viewer.closed).toBe(1000);

  const tracks = viewer.received.filter((one) => one.type === "tracks");
  expect(tracks.map(({ discontinuity, video }) => [discontinuity, video?.widthPx])).toEqual([
    [false, 640],
    [true, 640],
    [true, 320],
  ]);
  // Media time keeps pace with the clock: one wall zero, to the source's own jitter.
  expect(Math.abs((tracks[2]?.wallZeroMs ?? 0) - (tracks[1]?.wallZeroMs ?? 0))).toBeLessThan(150);
  expect(viewer.words()).not.toContain("skipped");

  const shown = spans(viewer);
  expect(shown[0]?.key).toBe(true);
  const holes = shown.slice(1).map(({ fromSec }, index) => Math.abs(fromSec - (shown[index]?.toSec ?? 0)));
  // A source may begin up to one frame of sound after the slate's last picture.
  expect(Math.max(...holes)).toBeLessThan(SOUND_MS / 1000);
  expect((shown.at(-1)?.toSec ?? 0) - (shown[0]?.fromSec ?? 0)).toBeGreaterThan(6);
});
