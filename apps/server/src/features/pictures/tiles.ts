/** Decodes key frames into small pictures of one size, many at a time. */
import { equalBytes } from "@rostrum/media/bytes";
import { type Mp4Chunk, planMp4 } from "@rostrum/media/mp4/write-mp4";
import type { VideoTrack } from "@rostrum/media/sample";
import { type Ffmpeg, FfmpegError, pipeInput, runFfmpeg } from "../../lib/ffmpeg.ts";

/** A key frame; nothing else is needed to draw it. */
export type Still = Readonly<{ track: VideoTrack; data: Uint8Array }>;

/** Pixels of a tile; three bytes each, red first. */
export const TILE = { widthPx: 160, heightPx: 90 } as const;
export const TILE_BYTES = TILE.widthPx * TILE.heightPx * 3;

/** So many key frames go to one FFmpeg: a few megabytes. */
const AT_ONCE = 20;
const TIMEOUT_MS = 60_000;
const STEP_TICKS = 3000;

const FIT = [
  "scale=iw*sar:ih,setsar=1",
  `scale=${TILE.widthPx}:${TILE.heightPx}:force_original_aspect_ratio=decrease:flags=fast_bilinear`,
  `pad=${TILE.widthPx}:${TILE.heightPx}:-1:-1:black`,
].join(",");
const ARGS = [
  ...pipeInput("mp4"),
  ...["-vsync", "passthrough", "-vf", FIT, "-threads", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"],
];

/**
 * One tile a still, in their order; null for one that cannot be decoded.
 * @throws the signal's reason; FfmpegError when FFmpeg does not run at all
 */
export async function drawTiles(
  ffmpeg: Ffmpeg,
  stills: readonly Still[],
  signal: AbortSignal,
): Promise<(Uint8Array | null)[]> {
  const tiles: (Uint8Array | null)[] = [];
  for (const group of groupsOf(stills)) tiles.push(...(await drawGroup(ffmpeg, group, signal)));
  return tiles;
}

/** One codec and size at a time: FFmpeg decodes a file with one decoder. */
function groupsOf(stills: readonly Still[]): Still[][] {
  const groups: Still[][] = [];
  for (const still of stills) {
    const open = groups.at(-1);
    if (open?.[0] !== undefined && open.length < AT_ONCE && isSame(open[0].track, still.track)) open.push(still);
    else groups.push([still]);
  }
  return groups;
}

function isSame(one: VideoTrack, other: VideoTrack): boolean {
  return one === other || (one.codec === other.codec && equalBytes(one.description, other.description));
}

async function drawGroup(
  ffmpeg: Ffmpeg,
  stills: readonly Still[],
  signal: AbortSignal,
): Promise<(Uint8Array | null)[]> {
  const limits = { maxOutputBytes: stills.length * TILE_BYTES, timeoutMs: TIMEOUT_MS, signal };
  try {
    const raw = await runFfmpeg(ffmpeg, ARGS, await fileOf(stills), limits);
    const count = raw.length / TILE_BYTES;
    if (count === stills.length) return stills.map((_, n) => raw.subarray(n * TILE_BYTES, (n + 1) * TILE_BYTES));
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof FfmpegError)) throw cause;
  }
  // One of them is broken: which one shows when each is drawn by itself.
  if (stills.length === 1) return [null];
  const tiles: (Uint8Array | null)[] = [];
  for (const still of stills) tiles.push(...(await drawGroup(ffmpeg, [still], signal)));
  return tiles;
}

async function fileOf(stills: readonly Still[]): Promise<Uint8Array> {
  const chunks = stills.map(({ track, data }, n): Mp4Chunk => {
    const at = { dts: n * STEP_TICKS, pts: n * STEP_TICKS, duration: STEP_TICKS };
    return { track: { ...track, timescale: 90_000 }, samples: [{ kind: "video", ...at, keyframe: true, data }] };
  });
  const plan = await planMp4(chunks);
  const pieces: Uint8Array[] = [];
  if (plan !== null) for await (const piece of plan.write(chunks)) pieces.push(piece);
  return Buffer.concat(pieces);
}
