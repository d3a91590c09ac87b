/** Sprites for the seek bar: small pictures of the whole show in a few files, and the WebVTT that says where each is. */
import sharp from "sharp";
import type { Ffmpeg } from "../../lib/ffmpeg.ts";
import { drawTiles, type Still, TILE, TILE_BYTES } from "./tiles.ts";

/** When a picture is taken, and what the seek bar shows from then on. */
export type Moment = Readonly<{ atSec: number; untilSec: number }>;

type Work = Readonly<{
  ffmpeg: Ffmpeg;
  durationSec: number;
  /** The key frame at or before a moment; null when there is none. */
  stillAt: (moment: Moment) => Promise<Still | null>;
  /** Keeps a sprite, a JPEG; the name stands in the WebVTT. */
  save: (name: string, jpeg: Uint8Array) => Promise<void>;
  /** 0 to 1. */
  onProgress?: (progress: number) => Promise<void>;
  signal: AbortSignal;
}>;

const COLUMNS = 10;
const TILES_PER_SPRITE = 100;
/** Beyond this the pictures stand further apart. */
const MAX_TILES = 4_000;
const QUALITY = 70;

/**
 * Makes all sprites and returns the WebVTT. A moment without a picture shows the one before it.
 * @throws the signal's reason, FfmpegError, or what the callbacks throw
 */
export async function makeStoryboard(work: Work): Promise<string> {
  const moments = momentsOf(work.durationSec);
  const cues: string[] = ["WEBVTT"];
  let last: Uint8Array = new Uint8Array(TILE_BYTES);
  for (let from = 0; from < moments.length; from += TILES_PER_SPRITE) {
    const shown = moments.slice(from, from + TILES_PER_SPRITE);
    const tiles = await tilesOf(work, shown);
    const filled = tiles.map((tile) => (last = tile ?? last));
    const name = `storyboard-${from / TILES_PER_SPRITE}.jpg`;
    await work.save(name, await spriteOf(filled));
    for (const [n, moment] of shown.entries()) cues.push(cueOf(moment, name, n));
    await work.onProgress?.((from + shown.length) / moments.length);
  }
  return `${cues.join("\n\n")}\n`;
}

/** Every 2 s of short shows, every 5 s of an hour, every 10 s of longer ones. */
export function momentsOf(durationSec: number): Moment[] {
  const usual = durationSec <= 600 ? 2 : durationSec <= 3600 ? 5 : 10;
  const stepSec = Math.max(usual, Math.ceil(durationSec / MAX_TILES));
  const moments: Moment[] = [];
  for (let atSec = 0; atSec < durationSec; atSec += stepSec) {
    moments.push({ atSec, untilSec: Math.min(atSec + stepSec, durationSec) });
  }
  return moments;
}

async function tilesOf({ ffmpeg, stillAt, signal }: Work, moments: readonly Moment[]): Promise<(Uint8Array | null)[]> {
  const found: { still: Still; at: number }[] = [];
  for (const [at, moment] of moments.entries()) {
    signal.throwIfAborted();
    const still = await stillAt(moment);
    if (still !== null) found.push({ still, at });
  }
  const drawn = await drawTiles(
    ffmpeg,
    found.map(({ still }) => still),
    signal,
  );
  const tiles: (Uint8Array | null)[] = moments.map(() => null);
  for (const [n, { at }] of found.entries()) tiles[at] = drawn[n] ?? null;
  return tiles;
}

async function spriteOf(tiles: readonly Uint8Array[]): Promise<Uint8Array> {
  const columns = Math.min(COLUMNS, tiles.length);
  const rows = Math.ceil(tiles.length / columns);
  const size = { width: columns * TILE.widthPx, height: rows * TILE.heightPx };
  const pixels = Buffer.alloc(size.width * size.height * 3);
  const line = TILE.widthPx * 3;
  for (const [n, tile] of tiles.entries()) {
    const [x, y] = placeOf(n);
    for (let row = 0; row < TILE.heightPx; row += 1) {
      pixels.set(tile.subarray(row * line, (row + 1) * line), ((y + row) * size.width + x) * 3);
    }
  }
  return sharp(pixels, { raw: { ...size, channels: 3 } })
    .jpeg({ quality: QUALITY, mozjpeg: true })
    .toBuffer();
}

/** Left and top of a tile within its sprite. */
function placeOf(n: number): [number, number] {
  return [(n % COLUMNS) * TILE.widthPx, Math.floor(n / COLUMNS) * TILE.heightPx];
}

function cueOf({ atSec, untilSec }: Moment, name: string, n: number): string {
  const [x, y] = placeOf(n);
  return `${clock(atSec)} --> ${clock(untilSec)}\n${name}#xywh=${x},${y},${TILE.widthPx},${TILE.heightPx}`;
}

/** `01:02:03.500`. WebVTT §4.1. */
function clock(sec: number): string {
  const ms = Math.round(sec * 1000);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const rest = String(ms % 1000).padStart(3, "0");
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${rest}`;
}
