/** Keeps a piece of a window beyond its retention: files linked or written into a folder of their own, with an index. */
import { link, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { LiveWindow } from "../package/live-window.ts";
import type { LiveSegment, OpenSegment, RenditionWindow } from "../package/rendition-window.ts";
import type { HeldFile, HeldMedia, HoldAnswer } from "../plane.ts";
import { WindowStore } from "./window-store.ts";

type Span = Readonly<{ fromSec: number; toSec: number }>;
type Piece = LiveSegment | OpenSegment;

/** Encoders send a key frame at least so often: decoding begins up to so far before the first picture. */
const MAX_GOP_SEC = 10.5;
/** Sound needs a few frames before its first one. */
const AUDIO_LEAD_SEC = 0.3;
const VIDEO_RENDITION = "v0";
/** AAC first, which every player knows. */
const AUDIO_RENDITIONS = ["a1", "a0"];

/**
 * Links or writes what is needed to show `fromSec` to `toSec` (media time) into `folder`, which is made. Only what the window has is
 * held: the answer says which part that is.
 * @param windowDir where the window's files are
 * @throws the file system's errors
 */
export async function holdMedia(
  window: LiveWindow,
  windowDir: string,
  wanted: Span,
  folder: string,
): Promise<HoldAnswer> {
  const video = filled(window, [VIDEO_RENDITION]);
  const audio = filled(window, AUDIO_RENDITIONS, wanted);
  const leading = video ?? audio;
  if (leading === undefined) return { ok: false, reason: "nothing" };
  const there = spanOf(leading);
  const span = { fromSec: Math.max(wanted.fromSec, there.fromSec), toSec: Math.min(wanted.toSec, there.toSec) };
  if (span.fromSec >= span.toSec) return { ok: false, reason: wanted.fromSec >= there.toSec ? "not_yet" : "gone" };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files: HeldFile[] = [];
  const hold = async (rendition: RenditionWindow | undefined, leadSec: number): Promise<void> => {
    if (rendition === undefined) return;
    const pieces = piecesWithin(rendition, { ...span, fromSec: span.fromSec - leadSec });
    for (const piece of pieces) files.push(...(await holdPiece(rendition, piece, windowDir, folder)));
  };
  await hold(video, MAX_GOP_SEC);
  await hold(audio, AUDIO_LEAD_SEC);
  const index: HeldMedia = { ...span, files: files.toSorted((a, b) => a.startSec - b.startSec) };
  return { ok: true, held: index };
}

/** Resolves when the window reaches `sec`, or after `limitMs`. */
export async function reaches(window: LiveWindow, sec: number, limitMs: number): Promise<void> {
  const leading = filled(window, [VIDEO_RENDITION, ...AUDIO_RENDITIONS]);
  if (leading === undefined || spanOf(leading).toSec >= sec) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs);
  const stop = leading.onChange(() => {
    if (spanOf(leading).toSec >= sec || leading.state === "ended") resolve();
  });
  await promise;
  clearTimeout(timer);
  stop();
}

/** The first of them that has media, and reaches back far enough when that is asked for. */
function filled(window: LiveWindow, names: readonly string[], span?: Span): RenditionWindow | undefined {
  const found = names.flatMap((name) => window.rendition(name) ?? []).filter((one) => piecesOf(one).length > 0);
  return found.find((one) => span === undefined || spanOf(one).fromSec <= span.fromSec) ?? found.at(-1);
}

function piecesOf(rendition: RenditionWindow): Piece[] {
  const { open } = rendition;
  const closed = rendition.closed().filter((segment) => !segment.gap);
  return open === undefined || open.parts.length === 0 ? closed : [...closed, open];
}

function spanOf(rendition: RenditionWindow): Span {
  const pieces = piecesOf(rendition);
  const [first, last] = [pieces[0], pieces.at(-1)];
  if (first === undefined || last === undefined) return { fromSec: 0, toSec: 0 };
  return { fromSec: secOf(first).fromSec, toSec: secOf(last).toSec };
}

function secOf({ startTicks, durationTicks, init }: Piece): Span {
  const { timescale } = init.track;
  return { fromSec: startTicks / timescale, toSec: (startTicks + durationTicks) / timescale };
}

function piecesWithin(rendition: RenditionWindow, { fromSec, toSec }: Span): Piece[] {
  return piecesOf(rendition).filter((piece) => secOf(piece).toSec > fromSec && secOf(piece).fromSec < toSec);
}

/** Nothing when the window has let go of it in this very moment. */
async function holdPiece(
  rendition: RenditionWindow,
  piece: Piece,
  windowDir: string,
  folder: string,
): Promise<HeldFile[]> {
  const init = `${rendition.name}-${piece.init.name}.mp4`;
  const media = `${rendition.name}-${piece.name}.m4s`;
  const { parts } = piece;
  await writeFile(path.join(folder, init), piece.init.bytes, { mode: 0o600 });
  try {
    const stored = WindowStore.segmentPath(windowDir, rendition.name, piece.name);
    if (parts === undefined) await link(stored, path.join(folder, media));
    else await writeFile(path.join(folder, media), Buffer.concat(parts.map((part) => part.bytes)), { mode: 0o600 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw cause;
  }
  return [{ media, init, startSec: secOf(piece).fromSec }];
}
