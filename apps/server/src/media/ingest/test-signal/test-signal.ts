/** A moving picture with a running clock and a tone, made by FFmpeg, as a source like any other. */
import { MalformedError, ProtocolViolation } from "@rostrum/media/errors";
import { FlvReader } from "@rostrum/media/flv/file";
import { type Ffmpeg, FfmpegError, runFfmpeg, startFfmpeg } from "../../../lib/ffmpeg.ts";
import type { SourceSink } from "../publisher.ts";
import { SampleMapper } from "../rtmp/map-samples.ts";
import type { SourceEvent } from "../source-event.ts";

export type TestSignal = Readonly<{
  /** True with the first sample; false when FFmpeg ended before it. Never rejects. */
  started: Promise<boolean>;
  /** Resolves when FFmpeg has ended, with why in a sentence; the sink has been closed by then. Never rejects. */
  closed: Promise<string>;
}>;

const VIDEO_ARGS = [
  ...[
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-tune",
    "zerolatency",
    "-profile:v",
    "baseline",
    "-pix_fmt",
    "yuv420p",
  ],
  ...["-b:v", "2000k", "-maxrate", "2000k", "-bufsize", "2000k", "-g", "60", "-keyint_min", "60", "-sc_threshold", "0"],
  ...["-threads", "1"],
];
const AUDIO_ARGS = ["-c:a", "aac", "-b:a", "96k", "-ar", "48000", "-ac", "2"];
const CLOCK =
  "drawtext=text='%{localtime}':x=(w-tw)/2:y=h-90:fontsize=56:fontcolor=white:box=1:boxcolor=black:boxborderw=12";

/** Tag types of FLV and RTMP; what else comes is metadata, which this source does not need. */
const KINDS = new Map<number, "audio" | "video">([
  [8, "audio"],
  [9, "video"],
]);

/** FFmpeg's arguments: 1280×720 at 30 frames a second, 2 Mbit/s, a key frame every 2 s, in real time, FLV on stdout. */
function testSignalArgs(options: { clockText: boolean }): string[] {
  return [
    ...["-re", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30"],
    ...["-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"],
    ...(options.clockText ? ["-vf", CLOCK] : []),
    ...["-af", "volume=0.2", ...VIDEO_ARGS, ...AUDIO_ARGS],
    ...["-flvflags", "no_duration_filesize", "-flush_packets", "1", "-f", "flv", "pipe:1"],
  ];
}

/** Whether this FFmpeg can draw text: some are built without, and some machines have no font. The picture's own counter runs anyway. */
export async function canDrawText(ffmpeg: Ffmpeg, signal: AbortSignal): Promise<boolean> {
  const args = ["-f", "lavfi", "-i", "color=size=64x64", "-vf", "drawtext=text=0", "-frames:v", "1", "-f", "null", "-"];
  try {
    await runFfmpeg(ffmpeg, args, new Uint8Array(), { maxOutputBytes: 1000, timeoutMs: 5000, signal });
    return true;
  } catch (error) {
    if (error instanceof FfmpegError) return false;
    throw error;
  }
}

/** Feeds `sink` until `signal` aborts or FFmpeg ends, and then closes it. FFmpeg ends by itself when nobody reads its output. */
export function startTestSignal(
  ffmpeg: Ffmpeg,
  sink: SourceSink,
  options: { clockText: boolean; signal: AbortSignal },
): TestSignal {
  const broken = new AbortController();
  const child = startFfmpeg(ffmpeg, testSignalArgs(options), AbortSignal.any([options.signal, broken.signal]));
  child.stdin.end();
  const started = Promise.withResolvers<boolean>();
  const tags = new FlvReader();
  const mapper = new SampleMapper();
  let problem: string | undefined;
  child.stdout.on("data", (chunk: Buffer) => {
    if (options.signal.aborted || problem !== undefined) return;
    try {
      for (const event of eventsOf(tags, mapper, chunk)) {
        sink.push(event);
        if (event.type === "sample") started.resolve(true);
      }
    } catch (error) {
      if (!(error instanceof MalformedError || error instanceof ProtocolViolation)) throw error;
      problem = error.message;
      broken.abort();
    }
  });
  const closed = child.closed.then((exit) => {
    const reason = options.signal.aborted
      ? "The test signal was stopped."
      : `The test signal ended: ${problem ?? (exit.stderr || `code ${exit.code ?? exit.signal ?? "unknown"}`)}`;
    started.resolve(false);
    sink.closed(reason, true);
    return reason;
  });
  return { started: started.promise, closed };
}

function* eventsOf(tags: FlvReader, mapper: SampleMapper, chunk: Uint8Array): Generator<SourceEvent> {
  for (const { typeId, timestampMs, payload } of tags.push(chunk)) {
    const kind = KINDS.get(typeId);
    if (kind !== undefined) yield* mapper.media({ kind, timestampMs, data: payload });
  }
}
