/** One FFmpeg that takes a container apart: bytes in, source events out, and how it ended. */
import { MalformedError, ProtocolViolation, UnsupportedError } from "@rostrum/media/errors";
import { FlvReader } from "@rostrum/media/flv/file";
import type { Contents } from "@rostrum/media/probe/container";
import { type Ffmpeg, startFfmpeg } from "../../../lib/ffmpeg.ts";
import { SampleMapper } from "../rtmp/map-samples.ts";
import type { SourceEvent } from "../source-event.ts";
import { demuxArgs, passesPictures } from "./demux-args.ts";

/** `unsupported`: trying again would come to the same. */
export type DemuxExit = Readonly<{ problem: string | null; unsupported: boolean }>;

export type DemuxChild = Readonly<{
  write(bytes: Uint8Array): void;
  /** Bytes that FFmpeg has not taken yet. */
  queuedBytes(): number;
  /** No more input; what is inside still comes out. */
  finish(): void;
  /** Never rejects; no event comes after it. */
  closed: Promise<DemuxExit>;
}>;

/** Tag types of FLV; what else comes is metadata. */
const KINDS = new Map<number, "audio" | "video">([
  [8, "audio"],
  [9, "video"],
]);

/** Ends with `signal`. `onDrain` is called when the queue has become empty after it was not. */
export function startDemux(
  ffmpeg: Ffmpeg,
  contents: Contents,
  { signal, onEvent, onDrain }: { signal: AbortSignal; onEvent: (event: SourceEvent) => void; onDrain: () => void },
): DemuxChild {
  const broken = new AbortController();
  const child = startFfmpeg(ffmpeg, demuxArgs(contents), AbortSignal.any([signal, broken.signal]), {
    morePipes: 1,
    isUrgent: passesPictures(contents),
  });
  const mapper = new SampleMapper();
  let problem: Error | undefined;
  let isFinished = false;
  child.stdin.on("drain", onDrain);
  for (const output of [child.stdout, ...child.pipes]) {
    const tags = new FlvReader();
    output.on("data", (chunk: Buffer) => {
      if (signal.aborted || problem !== undefined) return;
      try {
        for (const event of eventsOf(tags, mapper, contents, chunk)) onEvent(event);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        problem = error;
        broken.abort();
      }
    });
  }
  return {
    write: (bytes) => void child.stdin.write(bytes),
    queuedBytes: () => child.stdin.writableLength,
    finish() {
      isFinished = true;
      child.stdin.end();
    },
    closed: child.closed.then((exit) => {
      if (problem !== undefined) return { problem: problem.message, unsupported: problem instanceof UnsupportedError };
      if (signal.aborted || (isFinished && exit.code === 0)) return { problem: null, unsupported: false };
      const last = exit.stderr.split("\n").at(-1);
      return { problem: last || `FFmpeg ended with ${exit.code ?? exit.signal ?? "no code"}`, unsupported: false };
    }),
  };
}

function isRefusal(error: unknown): error is Error {
  return error instanceof MalformedError || error instanceof ProtocolViolation || error instanceof UnsupportedError;
}

/** FLV says too late which tracks there are: the container has told before. */
function* eventsOf(
  tags: FlvReader,
  mapper: SampleMapper,
  { video, audio }: Contents,
  chunk: Uint8Array,
): Generator<SourceEvent> {
  const expects = { video: video !== null, audio: audio !== null };
  for (const { typeId, timestampMs, payload } of tags.push(chunk)) {
    const kind = KINDS.get(typeId);
    if (kind === undefined) continue;
    for (const event of mapper.media({ kind, timestampMs, data: payload })) {
      yield event.type === "tracks" ? { ...event, expects } : event;
    }
  }
}
