/** A clock that survives encoding: 40 black or white cells in the picture's top row, 32 bits of milliseconds and 8 bits of XOR. */

export const CLOCK_CELL_PX = 16;
const BITS = 32;
const CELLS = BITS + 8;

/** Draws `nowMs` (its low 32 bits) into a planar YUV 4:2:0 picture of at least 640 px width. */
export function drawClock(picture: Buffer, widthPx: number, nowMs: number): void {
  const low = Number(BigInt(Math.floor(nowMs)) & 0xffffffffn);
  const check = ((low >>> 24) ^ (low >>> 16) ^ (low >>> 8) ^ low) & 255;
  for (let cell = 0; cell < CELLS; cell += 1) {
    const bit = cell < BITS ? (low >>> (BITS - 1 - cell)) & 1 : (check >>> (CELLS - 1 - cell)) & 1;
    for (let y = 0; y < CLOCK_CELL_PX; y += 1) {
      const start = y * widthPx + cell * CLOCK_CELL_PX;
      picture.fill(bit === 1 ? 235 : 16, start, start + CLOCK_CELL_PX);
    }
  }
  // Without colour: both chroma planes are neutral below the cells.
  const lumaBytes = (picture.length * 2) / 3;
  const row = widthPx / 2;
  for (const plane of [lumaBytes, lumaBytes * 1.25]) {
    for (let y = 0; y < CLOCK_CELL_PX / 2; y += 1) {
      picture.fill(128, plane + y * row, plane + y * row + (CELLS * CLOCK_CELL_PX) / 2);
    }
  }
}

export type ClockReadings = Readonly<{
  /** One entry for each shown frame: glass-to-glass ms, or null when the clock could not be read. */
  latencyMs: ReadonlyArray<number | null>;
  stalls: number;
  /** `performance.now()` of the first shown frame. */
  firstFrameAtMs: number | null;
  droppedFrames: number;
  currentTimeSec: number;
}>;

/**
 * Runs inside the page (it is sent there as source text): reads the clock of every frame of the first <video>.
 * Results are at `window.__clock`.
 */
export function installClockReader(): void {
  type Probe = { latencyMs: Array<number | null>; stalls: number; firstFrameAtMs: number | null };
  const probe: Probe = { latencyMs: [], stalls: 0, firstFrameAtMs: null };
  (globalThis as unknown as { __clock: Probe }).__clock = probe;
  const cell = 16;
  const canvas = document.createElement("canvas");
  canvas.width = 640;
  canvas.height = cell;
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  const read = (video: HTMLVideoElement): number | null => {
    if (!drawing) return null;
    drawing.drawImage(video, 0, 0, 640, cell, 0, 0, 640, cell);
    const pixels = drawing.getImageData(0, cell / 2, 640, 1).data;
    const bit = (at: number): number => ((pixels[(at * cell + cell / 2) * 4] ?? 0) > 128 ? 1 : 0);
    let value = 0;
    for (let at = 0; at < 32; at += 1) value = value * 2 + bit(at);
    let check = 0;
    for (let at = 32; at < 40; at += 1) check = check * 2 + bit(at);
    const sum = ((value >>> 24) ^ (value >>> 16) ^ (value >>> 8) ^ value) & 255;
    if (sum !== check) return null;
    return Number((BigInt(Date.now()) - BigInt(value)) & 0xffffffffn);
  };
  const follow = (video: HTMLVideoElement): void => {
    const shown = (): void => {
      probe.firstFrameAtMs ??= performance.now();
      probe.latencyMs.push(read(video));
      video.requestVideoFrameCallback(shown);
    };
    video.requestVideoFrameCallback(shown);
    video.addEventListener("waiting", () => {
      if (probe.firstFrameAtMs !== null && !video.seeking) probe.stalls += 1;
    });
  };
  const search = (): void => {
    const video = document.querySelector("video");
    if (video) follow(video);
    else requestAnimationFrame(search);
  };
  search();
}

/** Value at `share` (0 to 1) of the readable entries, in ms; NaN when there are none. */
export function percentile(values: ReadonlyArray<number | null>, share: number): number {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}
