/** What the realtime socket says. Text frames are JSON, binary frames one byte of kind and fragmented MP4. Pure. */
import type { Kind } from "../timeline/chunk.ts";

export type RealtimeMessage =
  | Readonly<{ type: "tracks"; tracks: readonly Kind[]; heightPx: number; wallZeroMs: number }>
  | Readonly<{ type: "skipped" | "handover" | "end" }>
  | Readonly<{ type: "init" | "media"; kind: Kind; bytes: Uint8Array }>;

/** The server refused for good: another try at the same address is in vain. */
export const CLOSE_REFUSED: ReadonlySet<number> = new Set([4401, 4404]);

const VIDEO_INIT = 1;
const AUDIO_INIT = 2;
const VIDEO_MEDIA = 3;
const AUDIO_MEDIA = 4;

/** Undefined for what a newer server may say. */
export function parseRealtime(data: unknown): RealtimeMessage | undefined {
  if (data instanceof ArrayBuffer) return parseBinary(new Uint8Array(data));
  return typeof data === "string" ? parseText(data) : undefined;
}

function parseBinary(frame: Uint8Array): RealtimeMessage | undefined {
  const bytes = frame.subarray(1);
  switch ((frame[0] ?? 0) & 0x7f) {
    case VIDEO_INIT:
      return { type: "init", kind: "video", bytes };
    case AUDIO_INIT:
      return { type: "init", kind: "audio", bytes };
    case VIDEO_MEDIA:
      return { type: "media", kind: "video", bytes };
    case AUDIO_MEDIA:
      return { type: "media", kind: "audio", bytes };
    default:
      return undefined;
  }
}

function parseText(text: string): RealtimeMessage | undefined {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof said !== "object" || said === null || !("type" in said)) return undefined;
  const { type, video, audio, wallZeroMs } = said as Readonly<Record<string, unknown>>;
  if (type === "skipped" || type === "handover" || type === "end") return { type };
  if (type !== "tracks") return undefined;
  const tracks: Kind[] = [];
  if (isObject(video)) tracks.push("video");
  if (isObject(audio)) tracks.push("audio");
  const heightPx = isObject(video) && typeof video["heightPx"] === "number" ? video["heightPx"] : 0;
  return { type, tracks, heightPx, wallZeroMs: typeof wallZeroMs === "number" ? wallZeroMs : 0 };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
