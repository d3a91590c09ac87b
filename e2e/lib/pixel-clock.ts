/** A clock that survives encoding: 40 black or white cells in the picture's top row, 32 bits of milliseconds and 8 bits of XOR. */

const BITS = 32;
const CELLS = BITS + 8;

/** Draws `nowMs` (its low 32 bits) into a planar YUV 4:2:0 picture, `widthPx` a multiple of 80 and at least 640. */
export function drawClock(picture: Buffer, widthPx: number, nowMs: number): void {
  const cellPx = widthPx / CELLS;
  const low = Number(BigInt(Math.floor(nowMs)) & 0xffffffffn);
  const check = ((low >>> 24) ^ (low >>> 16) ^ (low >>> 8) ^ low) & 255;
  for (let cell = 0; cell < CELLS; cell += 1) {
    const bit = cell < BITS ? (low >>> (BITS - 1 - cell)) & 1 : (check >>> (CELLS - 1 - cell)) & 1;
    for (let y = 0; y < cellPx; y += 1) {
      const start = y * widthPx + cell * cellPx;
      picture.fill(bit === 1 ? 235 : 16, start, start + cellPx);
    }
  }
  // Without colour: both chroma planes are neutral below the cells.
  const lumaBytes = (picture.length * 2) / 3;
  const row = widthPx / 2;
  for (const plane of [lumaBytes, lumaBytes * 1.25]) {
    for (let y = 0; y < cellPx / 2; y += 1) picture.fill(128, plane + y * row, plane + y * row + row);
  }
}

/** Runs inside the page: a picture of 640 pixels with the clock in it and a tone, as `window.ownStream` for whoever publishes. */
export function installClockStream(): void {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [640, 360];
  const drawing = canvas.getContext("2d", { alpha: false });
  if (drawing === null) throw new Error("this browser draws no canvas");
  const cell = 16;
  let count = 0;
  const draw = (): void => {
    // Something moves, so that pictures are as large as usual.
    count += 1;
    for (let bar = 0; bar < 20; bar += 1) {
      drawing.fillStyle = `hsl(${(bar * 18 + count * 3) % 360} 60% ${30 + ((bar * 7 + count) % 40)}%)`;
      drawing.fillRect(bar * 32, cell, 32, 360 - cell);
    }
    const low = Number(BigInt(Date.now()) & 0xffffffffn);
    const check = ((low >>> 24) ^ (low >>> 16) ^ (low >>> 8) ^ low) & 255;
    for (let at = 0; at < 40; at += 1) {
      const bit = at < 32 ? (low >>> (31 - at)) & 1 : (check >>> (39 - at)) & 1;
      drawing.fillStyle = bit === 1 ? "white" : "black";
      drawing.fillRect(at * cell, 0, cell, cell);
    }
  };
  draw();
  setInterval(draw, 1000 / 30);
  const sound = new AudioContext({ sampleRate: 48_000 });
  const tone = new OscillatorNode(sound, { frequency: 440 });
  const out = new MediaStreamAudioDestinationNode(sound);
  tone.connect(out);
  tone.start();
  const ownStream = new MediaStream([...canvas.captureStream(30).getTracks(), ...out.stream.getTracks()]);
  Object.assign(globalThis, { ownStream });
}

/** `atMs` is `performance.now()` when the frame was shown, `drawnMs` the clock in it: null when it could not be read. */
export type ShownFrame = Readonly<{ atMs: number; drawnMs: number | null; mediaSec: number }>;

export type ClockReadings = Readonly<{
  /** One entry for each shown frame: glass-to-glass ms, or null when the clock could not be read. */
  latencyMs: ReadonlyArray<number | null>;
  frames: readonly ShownFrame[];
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
  type Frame = { atMs: number; drawnMs: number | null; mediaSec: number };
  type Probe = { latencyMs: Array<number | null>; frames: Frame[]; stalls: number; firstFrameAtMs: number | null };
  const probe: Probe = { latencyMs: [], frames: [], stalls: 0, firstFrameAtMs: null };
  (globalThis as unknown as { __clock: Probe }).__clock = probe;
  const cell = 16;
  const canvas = document.createElement("canvas");
  canvas.width = 640;
  canvas.height = cell;
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  /** Low 32 bits of the drawn time. */
  const read = (video: HTMLVideoElement): number | null => {
    if (!drawing) return null;
    drawing.drawImage(video, 0, 0, video.videoWidth, video.videoWidth / 40, 0, 0, 640, cell);
    const pixels = drawing.getImageData(0, cell / 2, 640, 1).data;
    const bit = (at: number): number => ((pixels[(at * cell + cell / 2) * 4] ?? 0) > 128 ? 1 : 0);
    let value = 0;
    for (let at = 0; at < 32; at += 1) value = value * 2 + bit(at);
    let check = 0;
    for (let at = 32; at < 40; at += 1) check = check * 2 + bit(at);
    const sum = ((value >>> 24) ^ (value >>> 16) ^ (value >>> 8) ^ value) & 255;
    return sum === check ? value : null;
  };
  const follow = (video: HTMLVideoElement): void => {
    const shown = (atMs: number, { mediaTime }: VideoFrameCallbackMetadata): void => {
      probe.firstFrameAtMs ??= performance.now();
      const drawnMs = read(video);
      const late = drawnMs === null ? null : Number((BigInt(Date.now()) - BigInt(drawnMs)) & 0xffffffffn);
      probe.latencyMs.push(late);
      probe.frames.push({ atMs, drawnMs, mediaSec: mediaTime });
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

/**
 * What was left out and where it stood still, in ms: the sum of what the picture jumped ahead, by the encoder's clock
 * (which jumps itself when the machine is busy) and by media time, and the longest still picture.
 */
export function breaksOf(frames: readonly ShownFrame[]): {
  lostMs: number;
  lostMediaMs: number;
  longestStillMs: number;
} {
  const readable = frames.filter((frame): frame is ShownFrame & { drawnMs: number } => frame.drawnMs !== null);
  let lostMs = 0;
  let lostMediaMs = 0;
  let longestStillMs = 0;
  for (const [index, frame] of readable.entries()) {
    const before = readable[index - 1];
    if (before === undefined) continue;
    const passedMs = frame.atMs - before.atMs;
    // Frames between the two may have been shown unread. A player that catches up plays at most a tenth faster.
    const mayPassMs = Math.max(passedMs * 1.1, FRAME_MS * 2);
    lostMs += Math.max(0, frame.drawnMs - before.drawnMs - mayPassMs);
    lostMediaMs += Math.max(0, (frame.mediaSec - before.mediaSec) * 1000 - mayPassMs);
    longestStillMs = Math.max(longestStillMs, passedMs);
  }
  return { lostMs, lostMediaMs, longestStillMs };
}

const FRAME_MS = 1000 / 30;
