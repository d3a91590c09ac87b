/** A source in a page whose sound and picture are known to belong together: flashes and beeps, each with the time at which it left the page. */
import type { Page } from "playwright-core";

/** Left and right. */
export const TONES_HZ = [600, 1_500] as const;

/** One event, as `performance.now()` of the page: when its first white picture and its first loud sample came out of their tracks. */
export type Mark = Readonly<{ flashMs: number; beepMs: number }>;

/** What TypeScript does not know yet of W3C's mediacapture-transform. */
type Processors = typeof globalThis & {
  MediaStreamTrackProcessor: new (init: { track: MediaStreamTrack | undefined; maxBufferSize: number }) => {
    readable: ReadableStream<VideoFrame | AudioData>;
  };
};
type Tab = { ownStream: MediaStream; syncMarks: { flashesMs: number[]; beepsMs: number[] } };

/** For `publishByWhip`: an event each `everyMs` or so. */
export const prepareSync =
  (everyMs: number) =>
  async (page: Page): Promise<void> => {
    await page.evaluate(installSource, { everyMs, tonesHz: TONES_HZ });
    await page.evaluate(installListeners);
  };

/**
 * Runs inside the page: a picture of 640 pixels that moves, and each `everyMs` or so a white flash and a beep of 0.2 s, with another tone on each
 * side, as `window.ownStream` for whoever publishes. The times between events are uneven, so that an event is recognised by them.
 */
function installSource({ everyMs, tonesHz }: { everyMs: number; tonesHz: readonly number[] }): void {
  const BEEP_SEC = 0.2;
  const AHEAD_MS = 300;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [640, 360];
  const drawing = canvas.getContext("2d", { alpha: false });
  if (drawing === null) throw new Error("this browser draws no canvas");
  const sound = new AudioContext({ sampleRate: 48_000 });
  const sides = new ChannelMergerNode(sound, { numberOfInputs: 2 });
  const gain = new GainNode(sound, { gain: 0 });
  const out = new MediaStreamAudioDestinationNode(sound, { channelCount: 2 });
  for (const [side, frequency] of tonesHz.entries()) {
    const tone = new OscillatorNode(sound, { frequency });
    tone.connect(sides, 0, side);
    tone.start();
  }
  sides.connect(gain).connect(out);

  const beganMs = performance.now();
  /** Fractions of the golden ratio: no two neighbours have the same distance. */
  const dueMs = (event: number): number => beganMs + event * everyMs + ((event * 0.618) % 1) * 0.2 * everyMs;
  let beeps = 1;
  const scheduleBeep = (nowMs: number): void => {
    const aheadMs = dueMs(beeps) - nowMs;
    if (aheadMs > AHEAD_MS) return;
    const atSec = sound.currentTime + aheadMs / 1000;
    gain.gain.setValueAtTime(0.5, atSec).setValueAtTime(0, atSec + BEEP_SEC);
    beeps += 1;
  };
  let pictures = 0;
  let flashes = 1;
  let whiteUntilMs = 0;
  let drawnMs = 0;
  const draw = (): void => {
    requestAnimationFrame(draw);
    const nowMs = performance.now();
    scheduleBeep(nowMs);
    // No more than is captured: a busy machine has other things to do.
    if (nowMs - drawnMs < 25) return;
    drawnMs = nowMs;
    if (nowMs >= dueMs(flashes)) {
      whiteUntilMs = dueMs(flashes) + BEEP_SEC * 1000;
      flashes += 1;
    }
    pictures += 1;
    for (let bar = 0; bar < 20; bar += 1) {
      const dark = `hsl(${(bar * 18 + pictures) % 360} 60% ${8 + (bar % 5) * 4}%)`;
      drawing.fillStyle = nowMs < whiteUntilMs ? "white" : dark;
      drawing.fillRect(bar * 32, 0, 32, 360);
    }
  };
  draw();
  const ownStream = new MediaStream([...canvas.captureStream(30).getTracks(), ...out.stream.getTracks()]);
  Object.assign(globalThis, { ownStream });
}

/** Runs inside the page: listens to the tracks where they leave it, so that what the canvas and the audio graph add is known. */
function installListeners(): void {
  const { ownStream, MediaStreamTrackProcessor } = globalThis as unknown as Tab & Processors;
  const marks: Tab["syncMarks"] = { flashesMs: [], beepsMs: [] };
  Object.assign(globalThis, { syncMarks: marks });
  const listen = async (
    [track]: MediaStreamTrack[],
    isMark: (one: VideoFrame | AudioData) => Promise<number | undefined>,
    into: number[],
  ): Promise<void> => {
    const reader = new MediaStreamTrackProcessor({ track: track?.clone(), maxBufferSize: 300 }).readable.getReader();
    let before: number | undefined = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const atMs = await isMark(next.value);
      if (atMs !== undefined && before === undefined) into.push(atMs);
      before = atMs;
      next.value.close();
    }
  };

  const pixels = new Uint8Array(16 * 16 * 4);
  let soonestMs = Number.POSITIVE_INFINITY;
  const whiteAt = async (frame: VideoFrame): Promise<number | undefined> => {
    // Its timestamp is on a clock of its own; who listens may be late, but never early.
    const stampMs = frame.timestamp / 1000;
    soonestMs = Math.min(soonestMs, performance.now() - stampMs);
    await frame.copyTo(pixels, { rect: { x: 320, y: 160, width: 16, height: 16 } });
    return (pixels[0] ?? 0) > 128 ? stampMs + soonestMs : undefined;
  };

  const leadsMs: number[] = [];
  let heard = 0;
  const loudAt = (data: AudioData): number | undefined => {
    const samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
    // Its timestamp, on the page's clock, is when it left the graph: uneven by 10 ms, since the graph works in bursts. What is published has no
    // times but a count of samples, so theirs are even here too.
    leadsMs.push(data.timestamp / 1000 - heard / 48);
    if (leadsMs.length > 500) leadsMs.shift();
    const first = samples.findIndex((value) => Math.abs(value) > 0.05);
    const from = heard;
    heard += data.numberOfFrames;
    if (first < 0) return undefined;
    return (leadsMs.toSorted((a, b) => a - b)[leadsMs.length >> 1] ?? 0) + (from + first) / 48;
  };
  void listen(ownStream.getVideoTracks(), (one) => whiteAt(one as VideoFrame), marks.flashesMs);
  void listen(ownStream.getAudioTracks(), async (one) => loudAt(one as AudioData), marks.beepsMs);
}

/** What has left the page so far. */
export async function readMarks(page: Page): Promise<Mark[]> {
  const { flashesMs, beepsMs } = await page.evaluate(() => (globalThis as unknown as Tab).syncMarks);
  return flashesMs.flatMap((flashMs) => {
    const beepMs = beepsMs.find((atMs) => Math.abs(atMs - flashMs) < 500);
    return beepMs === undefined ? [] : [{ flashMs, beepMs }];
  });
}
