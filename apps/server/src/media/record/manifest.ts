/** What a recording's folder says of itself: one JSON line per fact, appended when the fact is true. */
import type { Track } from "@rostrum/media/sample";
import { z } from "zod";

const Count = z.int().min(0);
const Name = z.string().regex(/^[0-9a-z]{1,16}-i?[0-9]{1,12}$/);
const Rendition = z.string().regex(/^[a-z][a-z0-9]{0,7}$/);

const Line = z.discriminatedUnion("type", [
  /** The first line. */
  z.object({ type: z.literal("manifest"), version: z.literal(1) }),
  z.object({
    type: z.literal("init"),
    rendition: Rendition,
    name: Name,
    track: z.looseObject({ kind: z.enum(["video", "audio"]), timescale: z.int().min(1), description: z.base64() }),
  }),
  /** A segment whose file was linked into the folder. */
  z.object({
    type: z.literal("segment"),
    rendition: Rendition,
    name: Name,
    init: Name,
    discontinuity: Count,
    startTicks: Count,
    durationTicks: Count,
    wallMs: z.int(),
    sizeBytes: Count,
    samples: Count,
  }),
  /** A file is among the blobs; its copy in the folder is not needed any more. */
  z.object({ type: z.literal("put"), file: z.string() }),
  /** A file was given up: its media is not in the recording. */
  z.object({ type: z.literal("lost"), file: z.string(), durationMs: z.number().min(0) }),
  /** Nothing more comes. */
  z.object({ type: z.literal("end") }),
]);

export type ManifestLine = z.infer<typeof Line>;
export type SegmentFact = Extract<ManifestLine, { type: "segment" }>;
type InitFact = Extract<ManifestLine, { type: "init" }>;

/** One line with its end. */
export function serializeFact(line: ManifestLine): string {
  return `${JSON.stringify(line)}\n`;
}

/** Reads lines up to the first that is not whole; `goodBytes` is where that begins. Never throws. */
export function parseManifest(bytes: Buffer): Readonly<{ lines: readonly ManifestLine[]; goodBytes: number }> {
  const lines: ManifestLine[] = [];
  let goodBytes = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, goodBytes);
    const line = end < 0 ? undefined : parseLine(bytes.toString("utf8", goodBytes, end));
    if (line === undefined) return { lines, goodBytes };
    lines.push(line);
    goodBytes = end + 1;
  }
}

/** An init segment's line. */
export function initFact(rendition: string, name: string, { description, ...track }: Track): InitFact {
  return {
    type: "init",
    rendition,
    name,
    track: { ...track, description: Buffer.from(description).toString("base64") },
  };
}

/** The track of an init segment's line. */
export function trackOf({ track }: InitFact): Track {
  const { description, ...rest } = track;
  // Written by `initFact`, from a track.
  const whole = { ...rest, description: new Uint8Array(Buffer.from(description, "base64")) } as unknown as Track;
  return whole.kind === "audio" ? whole : { ...whole, frameRate: whole.frameRate };
}

function parseLine(text: string): ManifestLine | undefined {
  try {
    const parsed = Line.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
