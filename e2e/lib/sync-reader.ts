/** What FFmpeg, as a player, finds of the flashes and beeps of sync-source.ts: by the times that the media itself carries. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type Beep, findBeeps, findOnsets, type Reading, type SoundPiece } from "./sync-onsets.ts";

export type SyncReading = Readonly<{
  flashesSec: readonly number[];
  beeps: readonly Beep[];
  pictures: number;
  heardSec: number;
}>;

export type SyncReader = Readonly<{
  /** Ends the reading; what was found so far. */
  stop(): Promise<SyncReading>;
  /** Resolves at the end of a playlist that ends. */
  ended: Promise<SyncReading>;
}>;

/** Mean luma of a white picture is above. */
const WHITE = 128;
const CHANNELS = 2;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Plays a multivariant playlist, file or URL from where FFmpeg begins, to its end or until `stop`. */
export function startSyncReader(url: string): SyncReader {
  // prettier-ignore
  const args = [
    "-v", "info", "-nostats", "-nostdin", "-copyts", "-i", url,
    "-map", "0:v:0", "-vf", "scale=16:16:flags=area,format=gray,showinfo", "-f", "null", "-",
    "-map", "0:a:0", "-af", "ashowinfo", "-ac", `${CHANNELS}`, "-ar", "48000", "-c:a", "pcm_s16le", "-f", "s16le", "pipe:1",
  ];
  const child = spawn("ffmpeg", args, { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const bytes: Buffer[] = [];
  const pictures: Reading[] = [];
  const pieces: SoundPiece[] = [];
  child.stdout.on("data", (chunk: Buffer) => bytes.push(chunk));
  const lines = createInterface({ input: child.stderr });
  lines.on("line", (line) => {
    if (!line.includes("showinfo")) return;
    const at = Number(/pts_time:([\d.]+)/.exec(line)?.[1] ?? Number.NaN);
    const mean = /mean:\[(\d+)/.exec(line)?.[1];
    const samples = /nb_samples:(\d+)/.exec(line)?.[1];
    if (mean !== undefined) pictures.push({ atSec: at, value: Number(mean) });
    else if (samples !== undefined) pieces.push({ atSec: at, samples: Number(samples) });
  });
  const ended = Promise.all([
    new Promise<void>((resolve) => child.once("close", () => resolve())),
    new Promise<void>((resolve) => lines.once("close", () => resolve())),
  ]).then(() => {
    running.delete(child);
    const sound = Buffer.concat(bytes);
    const pcm = new Int16Array(sound.buffer, sound.byteOffset, Math.floor(sound.length / 2));
    return {
      flashesSec: findOnsets(pictures, WHITE),
      beeps: findBeeps(pcm, pieces),
      pictures: pictures.length,
      heardSec: pcm.length / CHANNELS / 48_000,
    };
  });
  return {
    ended,
    stop() {
      child.kill("SIGINT");
      return ended;
    },
  };
}
