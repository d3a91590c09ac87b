/** For tests of ingest: who may publish, what came of it, what was logged; and senders' bytes made by FFmpeg. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { Writable } from "node:stream";
import { promisify } from "node:util";
import { type Ffmpeg, findFfmpeg } from "../../../lib/ffmpeg.ts";
import { createLogger, type Logger } from "../../../lib/log.ts";
import type { IngestDecision, IngestGrant } from "../../plane.ts";
import type { OpenSource, Publisher } from "../publisher.ts";
import type { SourceEvent, SourceSample } from "../source-event.ts";

/** The one known key. */
export const KEY = "rk_live0key0of0the0test";

const GRANT: IngestGrant = {
  channelId: "channel",
  broadcastId: "broadcast",
  slot: "primary",
  secondPublisher: "refuse",
  dvrWindowSec: 0,
};

/** What came to one sink. */
export type Source = {
  publisher: Publisher;
  events: SourceEvent[];
  closed: Array<{ reason: string; stopped: boolean }>;
};

export type Rig = Readonly<{
  ffmpeg: Ffmpeg;
  log: Logger;
  /** Lines of level info and above, in order. */
  lines: Record<string, unknown>[];
  sources: Source[];
  asked: string[];
  authorize: (key: string) => Promise<IngestDecision>;
  openSource: OpenSource;
  /** Resolves when `condition` holds; it is looked at after every line and event. */
  until: (condition: () => boolean) => Promise<void>;
  /** To be called when something else changed that `until` may wait for. */
  changed: () => void;
}>;

/** One key is known; only one source at a time is taken. */
export async function openRig(): Promise<Rig> {
  const waiting = new Set<() => void>();
  const changed = (): void => {
    for (const look of waiting) look();
  };
  const lines: Record<string, unknown>[] = [];
  const sources: Source[] = [];
  const asked: string[] = [];
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().trim().split("\n")) lines.push(JSON.parse(line) as Record<string, unknown>);
      changed();
      done();
    },
  });
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  const authorize = (key: string): Promise<IngestDecision> => {
    asked.push(key);
    const message = "This stream key is not known here.";
    return Promise.resolve(key === KEY ? { ok: true, grant: GRANT } : { ok: false, reason: "unknown_key", message });
  };
  return {
    ffmpeg: await findFfmpeg({ configured: undefined }),
    log: createLogger("info", false, out),
    ...{ lines, sources, asked, authorize, until, changed },
    openSource: recordInto(sources, changed),
  };
}

function recordInto(sources: Source[], changed: () => void): OpenSource {
  return (publisher) => {
    if (sources.some((source) => source.closed.length === 0)) {
      return { ok: false, message: "Somebody else is live with this key." };
    }
    const source: Source = { publisher, events: [], closed: [] };
    sources.push(source);
    const push = (event: SourceEvent): void => {
      source.events.push(event);
      changed();
    };
    const closed = (reason: string, stopped = false): void => {
      source.closed.push({ reason, stopped });
      changed();
    };
    return { ok: true, sink: { push, closed } };
  };
}

/** The samples of one kind that a source got. */
export function samplesOf(source: Source | undefined, kind: SourceSample["kind"]): SourceSample[] {
  return (source?.events ?? []).flatMap((event) =>
    event.type === "sample" && event.sample.kind === kind ? [event.sample] : [],
  );
}

/** The tracks that a source announced last, as codec strings. */
export function codecsOf(source: Source | undefined): string {
  const tracks = source?.events.findLast((event) => event.type === "tracks");
  return tracks?.type === "tracks" ? `${tracks.video?.codecs ?? "-"} ${tracks.audio?.codecs ?? "-"}` : "none";
}

const PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25"];
const TONE = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
/** FFmpeg's names and the fastest they can do. */
export const VIDEO = {
  h264: "-c:v libx264 -preset ultrafast -tune zerolatency -g 25 -pix_fmt yuv420p",
  vp8: "-c:v libvpx -deadline realtime -cpu-used 8 -g 25 -b:v 500k",
  vp9: "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 25 -b:v 500k",
  hevc: "-c:v libx265 -preset ultrafast -x265-params keyint=25:log-level=none -pix_fmt yuv420p",
  none: "-vn",
} as const;
export const AUDIO = { aac: "-c:a aac", opus: "-c:a libopus", none: "-an" } as const;

type Picked = Readonly<{ video?: keyof typeof VIDEO; audio?: keyof typeof AUDIO; format: string }>;

/** `seconds` of pattern and tone in a container, as fast as it can be made. */
export async function makeMedia(seconds: number, picked: Picked): Promise<Buffer> {
  const options = { encoding: "buffer", maxBuffer: 64 * 1024 * 1024 } as const;
  const args = [
    "-v",
    "error",
    "-nostdin",
    ...encodeArgs(picked),
    "-t",
    String(seconds),
    ...outputArgs(picked),
    "pipe:1",
  ];
  return (await promisify(execFile)("ffmpeg", args, options)).stdout;
}

/** The same without end and in real time, to `target` (an FFmpeg output). The caller ends it. */
export function startSender(picked: Picked, target: string): ChildProcess {
  const args = ["-v", "error", "-nostdin", "-re", ...encodeArgs(picked), ...outputArgs(picked), target];
  return spawn("ffmpeg", args, { stdio: ["ignore", "pipe", "pipe"] });
}

function encodeArgs({ video = "h264", audio = "aac" }: Picked): string[] {
  return [...(video === "none" ? [] : PICTURE), ...(audio === "none" ? [] : TONE)];
}

function outputArgs({ video = "h264", audio = "aac", format }: Picked): string[] {
  const more = format === "mp4" ? ["-movflags", "+frag_keyframe+empty_moov+default_base_moof"] : [];
  return [...VIDEO[video].split(" "), ...AUDIO[audio].split(" "), ...more, "-f", format];
}
