/** The journal of a window on disk: one JSON line per fact, appended when the fact's file is complete. */
import { z } from "zod";

const Count = z.int().min(0);
const FileName = z.string().regex(/^[0-9a-z]{1,16}-i?[0-9]{1,12}$/);
const Rendition = z.string().regex(/^[va][0-9]{1,2}$/);
const Base64 = z.base64();

const VideoRecord = z.object({
  kind: z.literal("video"),
  codec: z.enum(["avc", "hevc", "av1", "vp9"]),
  codecs: z.string(),
  timescale: z.int().min(1),
  description: Base64,
  widthPx: Count,
  heightPx: Count,
  frameRate: z.number().optional(),
});
const AudioRecord = z.object({
  kind: z.literal("audio"),
  codec: z.enum(["aac", "opus"]),
  codecs: z.string(),
  timescale: z.int().min(1),
  description: Base64,
  sampleRateHz: z.int().min(1),
  channels: Count,
  frameTicks: Count,
});

const Line = z.discriminatedUnion("type", [
  /** The first line: what the playlists promise. */
  z.object({
    type: z.literal("window"),
    version: z.literal(1),
    partTargetSec: z.number().positive(),
    targetDurationSec: z.int().min(1),
  }),
  z.object({
    type: z.literal("init"),
    rendition: Rendition,
    name: FileName,
    track: z.discriminatedUnion("kind", [VideoRecord, AudioRecord]),
  }),
  /**
   * A closed segment. `head` is the first media sequence number of the playlist from then on. Without any samples it is a gap,
   * and there is no file.
   */
  z.object({
    type: z.literal("segment"),
    rendition: Rendition,
    msn: Count,
    name: FileName,
    init: FileName,
    discontinuity: Count,
    tags: Count,
    startTicks: Count,
    durationTicks: Count,
    sizeBytes: Count,
    samples: Count,
    wallMs: z.int(),
    head: Count,
  }),
  /** The show begins: what has lower numbers, up to these media times, was not part of it. */
  z.object({
    type: z.literal("begin"),
    videoTicks90k: z.number().min(0),
    audioSec: z.number().min(0),
    /** `msn` of the first segment; `discontinuity` of the newest one before it. */
    heads: z.array(z.object({ rendition: Rendition, msn: Count, discontinuity: Count.optional() })),
  }),
  /** The server closed what was open: nothing was shown that is not in here. */
  z.object({ type: z.literal("rest") }),
  /** EXT-X-ENDLIST. `atMs` is Unix time. */
  z.object({ type: z.literal("end"), atMs: Count }),
]);

export type JournalLine = z.infer<typeof Line>;
export type BeginLine = Extract<JournalLine, { type: "begin" }>;
export type InitLine = Extract<JournalLine, { type: "init" }>;
export type SegmentLine = Extract<JournalLine, { type: "segment" }>;
export type WindowLine = Extract<JournalLine, { type: "window" }>;

/** What a journal says. `goodBytes`: everything after it is torn or not understood. */
export type Journal = Readonly<{ lines: readonly JournalLine[]; goodBytes: number }>;

/** One line with its end. */
export function serializeLine(line: JournalLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** Reads lines up to the first that is not whole. Never throws. */
export function parseJournal(bytes: Buffer): Journal {
  const lines: JournalLine[] = [];
  let goodBytes = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, goodBytes);
    const line = end < 0 ? undefined : parseLine(bytes.toString("utf8", goodBytes, end));
    if (line === undefined) return { lines, goodBytes };
    lines.push(line);
    goodBytes = end + 1;
  }
}

function parseLine(text: string): JournalLine | undefined {
  try {
    const parsed = Line.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
