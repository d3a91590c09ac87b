import { afterEach, beforeEach, expect, test } from "vitest";
import { createManualClock, type ManualClock } from "../lib/clock.ts";
import { findFfmpeg } from "../lib/ffmpeg.ts";
import { createLogger } from "../lib/log.ts";
import { createMetrics } from "../lib/metrics.ts";
import type { ProgramHub } from "./hub/program-hub.ts";
import type { SourceSink } from "./ingest/publisher.ts";
import type { PlaybackPolicy, ProgramStateEvent, ShowStart } from "./plane.ts";
import { type ProgramOutput, Programs } from "./programs.ts";
import type { ShownTracks } from "./program/program.ts";
import type { TimelineStart } from "./program/timeline.ts";

/** The far side of the border: notes what it is asked, and holds the hubs. */
class Outputs implements ProgramOutput {
  readonly calls: string[] = [];
  readonly hubs = new Map<string, ProgramHub>();
  start: TimelineStart | null = null;
  position(): TimelineStart | null {
    return this.start;
  }
  shown: ShownTracks | undefined;
  shownTracks(): ShownTracks | undefined {
    return this.shown;
  }
  attach(broadcastId: string, hub: ProgramHub, options: { dvrWindowSec: number }): void {
    this.calls.push(`attach ${broadcastId} ${options.dvrWindowSec}`);
    this.hubs.set(broadcastId, hub);
  }
  setDvrWindow(broadcastId: string, dvrWindowSec: number): void {
    this.calls.push(`dvr ${broadcastId} ${dvrWindowSec}`);
  }
  beginShow(broadcastId: string, from: ShowStart): void {
    this.calls.push(`begin ${broadcastId} ${String(from)}`);
  }
  end(broadcastId: string): Promise<void> {
    this.calls.push(`end ${broadcastId}`);
    return Promise.resolve();
  }
  remove(broadcastId: string): Promise<void> {
    this.calls.push(`remove ${broadcastId}`);
    return Promise.resolve();
  }
}

let clock: ManualClock;
let output: Outputs;
let events: ProgramStateEvent[];
let gone: string[];
let onEvent: (event: ProgramStateEvent) => void;
let programs: Programs;
let policy: PlaybackPolicy;
beforeEach(async () => {
  clock = createManualClock(1_000_000);
  output = new Outputs();
  events = [];
  gone = [];
  onEvent = () => {};
  policy = null;
  programs = new Programs({
    clock,
    log: createLogger("silent", false),
    metrics: createMetrics(),
    ffmpeg: await findFfmpeg({ configured: undefined }),
    output,
    onProgramState: (event) => {
      events.push(event);
      onEvent(event);
      return Promise.resolve();
    },
    policy: () => Promise.resolve(policy),
    slate: () => undefined,
    onGone: (id) => gone.push(id),
  });
});
afterEach(() => programs.close());

const noEncoder = () => false;
const names = () => events.map((event) => (event.type === "source_connected" ? `connected ${event.slot}` : event.type));
const attach = (broadcastId = "b"): SourceSink => {
  const source = { kind: "primary", protocol: "rtmp", encoder: "Test", connectedAt: new Date(0) } as const;
  return programs.open(broadcastId, 60)!.attach(source);
};
/** A picture without sound, which an encoder said it would not send. */
function sendPicture(sink: SourceSink, timestampMs = 0): void {
  const video = {
    kind: "video",
    codec: "avc",
    codecs: "avc1.42c01e",
    timescale: 90_000,
    description: new Uint8Array([1]),
    widthPx: 640,
    heightPx: 360,
    frameRate: 25,
  } as const;
  const expects = { video: true, audio: false };
  sink.push({ type: "tracks", video, audio: undefined, frameRateHint: 25, expects });
  const data = new Uint8Array(1000);
  sink.push({
    type: "sample",
    sample: { kind: "video", timestampMs, compositionMs: 0, keyframe: true, data, durationTicks: 0 },
  });
}

test("a broadcast has one program; once it has ended it gets no other one", async () => {
  const program = programs.open("b", 60);
  expect(programs.open("b", 60)).toBe(program);
  await programs.end("b");
  expect(programs.open("b", 60)).toBeUndefined();
  expect(programs.get("b")).toBeUndefined();
  expect(output.calls).toEqual(["attach b 60", "end b"]);
  expect(gone).toEqual(["b"]);
});

test("a broadcast without a program here can be ended and removed", async () => {
  await programs.end("old");
  await programs.remove("old");
  expect(output.calls).toEqual(["end old", "end old", "remove old"]);
});

test("states are told in order, health every 5 s with and without a source", async () => {
  const sink = attach();
  sendPicture(sink);
  clock.advance(5000);
  sink.closed("gone");
  clock.advance(1);
  await programs.close();
  expect(names()).toEqual(["connected primary", "source_lost", "health"]);
  expect(events[2]).toMatchObject({
    broadcastId: "b",
    source: { kind: "primary", encoder: "Test", videoCodec: "avc1.42c01e", nominalFps: 25 },
    mediaTimeMs: 40,
  });
});

test("a DVR window that is changed while the program runs is told to the output within 5 s", async () => {
  attach();
  const slate = { text: "", background: "#000000" };
  const rest = { needsToken: false, latencyMode: "lowest", liveAt: null, slate } as const;
  policy = { state: "preview", dvrWindowSec: 600, ...rest };
  clock.advance(5000);
  await programs.close();
  expect(output.calls).toEqual(["attach b 60", "dvr b 600"]);
});

test("a program that nobody feeds for five minutes is given up; the next one goes on where it ended", async () => {
  attach().closed("gone");
  clock.advance(305_000);
  expect(programs.get("b")).toBeUndefined();
  output.start = { videoTicks90k: 90_000, audioSec: 1 };
  expect(programs.open("b", 60)?.health().mediaTimeMs).toBe(1000);
  expect(output.calls).toEqual(["attach b 60", "attach b 60"]);
});

test("the test signal is refused where an encoder is connected, and where the broadcast has ended", async () => {
  expect(await programs.startTest("b", 60, () => true)).toEqual({
    ok: false,
    message: "An encoder is connected to this broadcast: stop it first, then start the test signal.",
  });
  await programs.end("b");
  expect(await programs.startTest("b", 60, noEncoder)).toEqual({ ok: false, message: "This broadcast has ended." });
});

test("the test signal feeds the program until it is stopped", async () => {
  const connected = new Promise<void>((resolve) => {
    onEvent = (event) => event.type === "source_connected" && resolve();
  });
  expect(await programs.startTest("b", 60, noEncoder)).toEqual({ ok: true });
  expect(await programs.startTest("b", 60, noEncoder)).toEqual({ ok: true });
  await connected;
  await programs.stopTest("b");
  await programs.stopTest("b");
  expect(programs.get("b")?.hasSource).toBe(false);
  await programs.close();
  expect(names()).toEqual(["connected test", "source_lost"]);
});

test("an encoder that connects ends the test signal", async () => {
  const connected = new Promise<void>((resolve) => {
    onEvent = (event) => event.type === "source_connected" && resolve();
  });
  await programs.startTest("b", 60, noEncoder);
  await connected;
  const sink = attach();
  sendPicture(sink);
  await programs.stopTest("b");
  expect(programs.get("b")?.hasSource).toBe(true);
  await programs.close();
  expect(names()).toEqual(["connected test", "connected primary"]);
});
