/** How much of the machine is free, and what a ladder is expected to use of it. Cores = CPU seconds per second. */
import { readFile } from "node:fs/promises";
import os from "node:os";
import type { Clock } from "../../lib/clock.ts";
import type { Rung } from "./ladder.ts";

/** Pictures of a source. `fps` undefined: not known yet. */
export type SourceRate = Readonly<{ widthPx: number; heightPx: number; fps: number | undefined }>;

/** Measured with x264 veryfast on one core of a server: cores per million pixels a second. */
const ENCODE_CORES_PER_MPX = 0.0125;
const DECODE_CORES_PER_MPX = 0.0025;
/** Hardware encodes; decoding and scaling stay. */
const HARDWARE_SHARE = 0.3;
const DEFAULT_FPS = 30;
const SAMPLE_EVERY_MS = 1000;
const SAMPLES = 6;
const CGROUP = "/sys/fs/cgroup";

/** What decoding the source for a ladder costs. */
export function decodeCores({ widthPx, heightPx, fps = DEFAULT_FPS }: SourceRate): number {
  return (widthPx * heightPx * fps * DECODE_CORES_PER_MPX) / 1e6;
}

/** What scaling and encoding one rung costs. */
export function encodeCores(
  { width, height }: Pick<Rung, "width" | "height">,
  fps = DEFAULT_FPS,
  hardware = false,
): number {
  return ((width * height * fps * ENCODE_CORES_PER_MPX) / 1e6) * (hardware ? HARDWARE_SHARE : 1);
}

type Reading = Readonly<{ atMs: number; idleMs: number; usedMs: number | undefined }>;

export class CpuHeadroom {
  readonly #clock: Clock;
  readonly #cancel: () => void;
  readonly #readings: Reading[] = [];
  #quotaCores: number | undefined;

  /** Measures until it is closed. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#cancel = clock.every(SAMPLE_EVERY_MS, () => void this.#read());
    void this.#read();
  }

  /** Cores that nobody used over the last seconds; at once after the start half of what there is. */
  freeCores(): number {
    const [first] = this.#readings;
    const last = this.#readings.at(-1);
    const all = this.#quotaCores ?? os.availableParallelism();
    if (first === undefined || last === undefined || last.atMs - first.atMs < SAMPLE_EVERY_MS / 2) return all / 2;
    const elapsedMs = last.atMs - first.atMs;
    const idle = (last.idleMs - first.idleMs) / elapsedMs;
    if (this.#quotaCores === undefined || last.usedMs === undefined || first.usedMs === undefined) return idle;
    return Math.max(0, Math.min(idle, this.#quotaCores - (last.usedMs - first.usedMs) / elapsedMs));
  }

  close(): void {
    this.#cancel();
  }

  async #read(): Promise<void> {
    const idleMs = os.cpus().reduce((total, { times }) => total + times.idle, 0);
    const atMs = this.#clock.monotonicMs();
    const group = await readGroup();
    this.#quotaCores = group?.quotaCores;
    this.#readings.push({ atMs, idleMs, usedMs: group?.usedMs });
    if (this.#readings.length > SAMPLES) this.#readings.shift();
  }
}

/** Limit and use of the container; undefined: there is no limit. cgroup v2. */
async function readGroup(): Promise<{ quotaCores: number; usedMs: number } | undefined> {
  const read = (name: string): Promise<string> => readFile(`${CGROUP}/${name}`, "utf8").catch(() => "");
  const [quota, period] = (await read("cpu.max")).trim().split(" ").map(Number);
  const used = /^usage_usec (\d+)/m.exec(await read("cpu.stat"))?.[1];
  if (used === undefined || quota === undefined || period === undefined || !(quota > 0)) return undefined;
  return { quotaCores: quota / period, usedMs: Number(used) / 1000 };
}
