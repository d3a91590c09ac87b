/** What a publishing session decides: the recording format, whether to come back, how much may wait. Pure. */

/** H.264 first: the server passes it on as it is, everything else it must encode anew. */
const FORMATS = [
  "video/x-matroska;codecs=avc1,opus",
  "video/webm;codecs=h264,opus",
  "video/webm;codecs=vp8,opus",
  "video/webm;codecs=vp9,opus",
  "video/mp4;codecs=avc1,mp4a.40.2",
  "video/mp4",
  "audio/webm;codecs=opus",
] as const;
/** Close codes of `WS /ingest/<key>` after which connecting again would come to the same. */
const FINAL: ReadonlySet<number> = new Set([1000, 1003, 1009, 4000, 4401]);
const CONFLICT = 4409;
/** The place of a lost connection becomes free after some seconds: who was live tries that often. */
const CONFLICT_TRIES = 6;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 10_000;
/** What may wait in the browser: more is reported, and much more is given up. */
const SLOW_AFTER_SEC = 1;
const GIVE_UP_AFTER_SEC = 8;

/** The first format that `isSupported` says yes to; undefined when there is none. */
export function recordingFormat(isSupported: (mimeType: string) => boolean): string | undefined {
  return FORMATS.find((format) => isSupported(format));
}

/** How a connection closed, and what went before. `failures` counts tries since media last flowed. */
export type Closing = Readonly<{ code: number; wasLive: boolean; failures: number; random: number }>;

/** In how many ms to connect again; null: not at all. */
export function retryDelayMs({ code, wasLive, failures, random }: Closing): number | null {
  if (FINAL.has(code)) return null;
  if (code === CONFLICT && (!wasLive || failures >= CONFLICT_TRIES)) return null;
  const base = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures, 10));
  // Spread, so that not everybody comes back in one instant.
  return Math.round(base * (0.75 + random * 0.5));
}

/** What the queue of a connection means: `slow` is worth a lower bit rate, `lost` a new connection, since what waits is too old. */
export function pressureOf(queuedBytes: number, bitsPerSec: number): "fine" | "slow" | "lost" {
  const queuedSec = (queuedBytes * 8) / bitsPerSec;
  if (queuedSec > GIVE_UP_AFTER_SEC) return "lost";
  return queuedSec > SLOW_AFTER_SEC ? "slow" : "fine";
}
