/** Whether sound and picture belong together: a source that flashes and beeps once a second, and what is found of both afterwards. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const MAX_OUTPUT = 256 * 1024 * 1024;
/** Mean luma of a white frame is above, of a black one below; the sound's level in dB likewise. */
const FLASH_LUMA = 120;
const BEEP_DB = -30;

export type FlashOptions = Readonly<{ size: string; fps: number; sampleRateHz?: number }>;
export type FlashSource = Readonly<{ stop(): Promise<void> }>;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Publishes until it is stopped: black with a white flash of 0.2 s and a beep of the same length at each full second. */
export function startFlashes(url: string, { size, fps, sampleRateHz = 48_000 }: FlashOptions): FlashSource {
  const beep = `aevalsrc='if(lt(mod(t,1),0.2),0.8*sin(2*PI*880*t),0)':s=${sampleRateHz}`;
  const picture = `color=black:s=${size}:r=${fps},drawbox=c=white:t=fill:enable='lt(mod(t,1),0.2)'`;
  // prettier-ignore
  const args = [
    "-v", "error", "-nostdin", "-re", "-f", "lavfi", "-i", picture, "-re", "-f", "lavfi", "-i", beep,
    "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", `${fps}`, "-pix_fmt", "yuv420p", "-threads", "1",
    "-c:a", "aac", "-b:a", "96k", "-ac", "2", "-f", "flv", url,
  ];
  const child = spawn("ffmpeg", args, { stdio: "ignore" });
  running.add(child);
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  void exited.then(() => running.delete(child));
  return {
    async stop() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** When flashes and beeps begin in a file, in seconds of its own time. */
export async function findFlashes(file: string): Promise<number[]> {
  const luma = "signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-";
  return onsets(await analyse(file, ["-an", "-vf", luma]), FLASH_LUMA);
}
export async function findBeeps(file: string): Promise<number[]> {
  const level =
    "asetnsamples=n=240,astats=metadata=1:reset=1,ametadata=print:key=lavfi.astats.Overall.RMS_level:file=-";
  return onsets(await analyse(file, ["-vn", "-af", level]), BEEP_DB);
}

/** For each beep, how much later (in ms) the nearest flash begins; those without a flash within half a second are left out. */
export function offsetsMs(flashes: readonly number[], beeps: readonly number[]): number[] {
  return beeps.flatMap((beepSec) => {
    const apart = flashes.map((flashSec) => flashSec - beepSec).toSorted((a, b) => Math.abs(a) - Math.abs(b));
    const [nearest] = apart;
    return nearest === undefined || Math.abs(nearest) > 0.5 ? [] : [Math.round(nearest * 1000)];
  });
}

type Reading = Readonly<{ atSec: number; value: number }>;

async function analyse(file: string, filters: readonly string[]): Promise<Reading[]> {
  const args = ["-v", "error", "-nostdin", "-copyts", "-i", file, ...filters, "-f", "null", "-"];
  const { stdout } = await run("ffmpeg", args, { maxBuffer: MAX_OUTPUT });
  const found = [...stdout.matchAll(/pts_time:([\d.]+)\s+lavfi\.\S+?=(-?[\d.]+|-inf|nan)/g)];
  return found.map(([, at, value]) => ({ atSec: Number(at), value: Number(value === "-inf" ? -200 : value) }));
}

/** When the value rises above `threshold` after a while below it. */
function onsets(readings: readonly Reading[], threshold: number): number[] {
  const found: number[] = [];
  let below = 0;
  for (const { atSec, value } of readings) {
    if (!(value > threshold)) below += 1;
    else {
      if (below >= 3) found.push(atSec);
      below = 0;
    }
  }
  return found;
}
