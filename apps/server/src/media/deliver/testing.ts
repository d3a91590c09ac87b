/** For tests of the origin: a node:http server in front of it, literal tracks and samples, and a viewer. */
import { type Server, createServer } from "node:http";
import { cpSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import type { AudioTrack, VideoTrack } from "@rostrum/media/sample";
import { createManualClock, type ManualClock } from "../../lib/clock.ts";
import { createLogger } from "../../lib/log.ts";
import { createMetrics } from "../../lib/metrics.ts";
import type { ProgramEvent } from "../hub/program-event.ts";
import { ProgramHub } from "../hub/program-hub.ts";
import type { PlaybackPolicy } from "../plane.ts";
import { type Origin, type OriginOptions, createOrigin } from "../origin.ts";

/** 640x360, 30 frames a second, baseline. */
export const VIDEO_TRACK: VideoTrack = {
  kind: "video",
  codec: "avc",
  codecs: "avc1.42c01e",
  timescale: 90_000,
  description: new Uint8Array(
    Buffer.from("0142c01effe100196742c01ed900a02ff970110000030001000003003c0f162e4801000568cb83cb20", "hex"),
  ),
  widthPx: 640,
  heightPx: 360,
  frameRate: 30,
};
/** AAC-LC, 48 kHz, stereo. */
export const AUDIO_TRACK: AudioTrack = {
  kind: "audio",
  codec: "aac",
  codecs: "mp4a.40.2",
  timescale: 48_000,
  description: new Uint8Array([0x11, 0x90]),
  sampleRateHz: 48_000,
  channels: 2,
  frameTicks: 1024,
};
/** Everybody may play it. */
export const OPEN: PlaybackPolicy & object = {
  state: "live",
  needsToken: false,
  dvrWindowSec: 0,
  latencyMode: "lowest",
  slate: { text: "Back in a moment", background: "#101418" },
  liveAt: null,
};
/** Wall clock at media time zero. */
const WALL_MS = Date.parse("2026-01-02T03:04:05.000Z");

/** A frame of 90 kHz video; `shownTicks` is pts minus dts. */
export function picture(dts: number, duration: number, keyframe: boolean, shownTicks = 0): ProgramEvent {
  const data = new Uint8Array([0, 0, 0, 2, keyframe ? 0x65 : 0x41, 0]);
  const sample = { kind: "video", pts: dts + shownTicks, dts, duration, keyframe, data } as const;
  return { type: "sample", wallMs: WALL_MS + dts / 90, sample };
}
/** A frame of 48 kHz audio. */
export function sound(dts: number, duration = 1024): ProgramEvent {
  const sample = { kind: "audio", pts: dts, dts, duration, keyframe: true, data: new Uint8Array([1, 2, 3]) } as const;
  return { type: "sample", wallMs: WALL_MS + dts / 48, sample };
}
export function tracks(
  kinds: Readonly<{ video?: VideoTrack; audio?: AudioTrack }> = { video: VIDEO_TRACK, audio: AUDIO_TRACK },
  discontinuity = false,
): ProgramEvent {
  return { type: "tracks", epoch: 0, video: kinds.video, audio: kinds.audio, discontinuity };
}

const EVENTS_AT_ONCE = 100;

export type ShowOptions = Readonly<{
  fps?: number;
  /** Key frame interval. */
  gopFrames: number;
  fromSec?: number;
  seconds: number;
  video?: boolean;
  audio?: boolean;
}>;

/** Samples of an encoder with even stamps, in the order in which they come. */
export function show({
  fps = 30,
  gopFrames,
  fromSec = 0,
  seconds,
  video = true,
  audio = true,
}: ShowOptions): ProgramEvent[] {
  const events: [number, ProgramEvent][] = [];
  const at = (n: number): number => Math.round(fromSec * 90_000 + (n * 90_000) / fps);
  for (let n = 0; video && n < Math.round(seconds * fps); n += 1) {
    events.push([at(n) / 90_000, picture(at(n), at(n + 1) - at(n), n % gopFrames === 0)]);
  }
  const first = Math.ceil((fromSec * 48_000) / 1024);
  for (let n = first; audio && n < ((fromSec + seconds) * 48_000) / 1024; n += 1)
    events.push([(n * 1024) / 48_000, sound(n * 1024)]);
  return events.toSorted(([one], [other]) => one - other).map(([, event]) => event);
}

export type Answer = Readonly<{ status: number; text: string; bytes: Buffer; headers: Headers }>;

export interface TestOrigin extends AsyncDisposable {
  readonly origin: Origin;
  readonly url: string;
  readonly dir: string;
  readonly clock: ManualClock;
  readonly logged: string[];
  /** Attaches a hub and returns it. */
  attach(id?: string, dvrWindowSec?: number): ProgramHub;
  /** `path` is below /live/. */
  get(path: string, init?: RequestInit): Promise<Answer>;
  /** Ends the origin in order and starts another one on its folder. */
  restart(): Promise<void>;
  /** Starts another origin on what was on disk when `segments` were in the journal of `show`, as after kill -9. `harm` may change it. */
  crash(segments: number, harm?: (dir: string) => Promise<void>): Promise<void>;
  /** Resolves when so many segments are in the journal of `show`. */
  stored(segments: number): Promise<void>;
  /** Publishes as fast as the packager reads. */
  feed(hub: ProgramHub, ...events: readonly ProgramEvent[]): Promise<void>;
}

/** An origin with its own folder, answering on a port of its own. Part target 333 ms and segment target 2 s unless told. */
export async function startTestOrigin(options: Partial<OriginOptions> = {}): Promise<TestOrigin> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "rostrum-origin-"));
  let dir = options.dir ?? path.join(folder, "live");
  let crashes = 0;
  const logged: string[] = [];
  const clock = createManualClock(WALL_MS);
  const open = async (at: string): Promise<Origin> => {
    const made = createOrigin({
      partTargetMs: 333,
      segmentTargetMs: 2000,
      log: createLogger("warn", false, { write: (line) => void logged.push(line) }),
      metrics: createMetrics(),
      policy: () => Promise.resolve(OPEN),
      verifyToken: () => Promise.resolve(false),
      clock,
      ...options,
      dir: at,
    });
    await made.recover();
    return made;
  };
  let origin = await open(dir);
  const server = createServer((req, res) => origin.handleHttp(req, res));
  const url = await listen(server);
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const stored = async (segments: number): Promise<void> => {
    const journal = path.join(dir, "show", "journal.jsonl");
    while ((await readFile(journal, "utf8").catch(() => "")).split('"segment"').length <= segments) await settle();
  };
  return {
    get origin() {
      return origin;
    },
    get dir() {
      return dir;
    },
    url,
    clock,
    logged,
    attach(id = "show", dvrWindowSec = 0) {
      const hub = new ProgramHub();
      origin.attach(id, hub, { dvrWindowSec });
      return hub;
    },
    async get(below, init) {
      const response = await fetch(`${url}/live/${below}`, init);
      const bytes = Buffer.from(await response.arrayBuffer());
      return { status: response.status, text: bytes.toString(), bytes, headers: response.headers };
    },
    async restart() {
      await origin.close();
      clock.advance(1000);
      origin = await open(dir);
    },
    stored,
    async crash(segments, harm) {
      await stored(segments);
      const left = path.join(folder, `crash-${crashes++}`);
      // At one moment: nothing is written while this copies.
      cpSync(dir, left, { recursive: true });
      await origin.close();
      await harm?.(left);
      clock.advance(1000);
      dir = left;
      origin = await open(left);
    },
    async feed(hub, ...events) {
      for (let from = 0; from < events.length; from += EVENTS_AT_ONCE) {
        for (const event of events.slice(from, from + EVENTS_AT_ONCE)) hub.publish(event);
        await settle();
      }
    },
    async [Symbol.asyncDispose]() {
      await origin.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
