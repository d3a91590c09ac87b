/** `npm run fuzz -- --runs N [--seed S] [--target NAME]`: attacks every parser of bytes and messages from outside; one JSON line, exit code 1 on a finding. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { getHeapStatistics } from "node:v8";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { createInput, fuzz, type FuzzReport } from "../packages/media/src/fuzz/run.ts";
import type { FuzzTarget } from "../packages/media/src/fuzz/target.ts";
import { formatTargets } from "../packages/media/src/fuzz/targets-formats.ts";
import { probeTargets } from "../packages/media/src/fuzz/targets-probe.ts";
import { rtmpTargets } from "../packages/media/src/fuzz/targets-rtmp.ts";
import { mediaTargets } from "../packages/rtc/src/fuzz/targets-media.ts";
import { rtpTargets } from "../packages/rtc/src/fuzz/targets-rtp.ts";
import { sdpTargets } from "../packages/rtc/src/fuzz/targets-sdp.ts";
import { sfuTargets } from "../packages/rtc/src/fuzz/targets-sfu.ts";
import { realtimeTargets } from "./fuzz-realtime.ts";

const HANG_MS = 10_000;
const TARGETS: readonly FuzzTarget[] = [
  ...formatTargets,
  ...probeTargets,
  ...rtmpTargets,
  ...rtpTargets,
  ...mediaTargets,
  ...sdpTargets,
  ...sfuTargets,
  ...realtimeTargets,
];

type Job = Readonly<{ runs: number; seed: number; names: readonly string[]; place: Int32Array }>;

function fixture(name: string): Uint8Array {
  const file = name.startsWith("rtc/") ? name.replace("/", "/fixtures/") : `media/fixtures/${name}`;
  return new Uint8Array(readFileSync(new URL(`../packages/${file}`, import.meta.url)));
}

function usedBytes(): number {
  const heap = getHeapStatistics();
  return heap.used_heap_size + heap.external_memory;
}

/** In the worker: says where it is before each input, so that the main thread can name one that never ends. */
function work({ runs, seed, names, place }: Job): FuzzReport {
  return fuzz(chosen(names), fixture, {
    runs,
    seed,
    probe: { nowMs: () => performance.now(), usedBytes },
    onInput(target, index) {
      Atomics.store(place, 0, names.indexOf(target));
      Atomics.store(place, 1, index);
    },
  });
}

function chosen(names: readonly string[]): FuzzTarget[] {
  return TARGETS.filter(({ name }) => names.includes(name));
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { runs: { type: "string" }, seed: { type: "string" }, target: { type: "string", multiple: true } },
  });
  const names = TARGETS.map(({ name }) => name).filter((name) => values.target?.includes(name) ?? true);
  const total = Number(values.runs ?? 100_000);
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  if (names.length === 0 || !Number.isInteger(total) || !Number.isInteger(seed)) {
    console.error(`Targets: ${TARGETS.map(({ name }) => name).join(", ")}. --runs and --seed are whole numbers.`);
    return 2;
  }
  const place = new Int32Array(new SharedArrayBuffer(8));
  const began = performance.now();
  const report = await attack({ runs: Math.ceil(total / names.length), seed, names, place });
  if (report === undefined) return hang(names, seed, place);
  print(report, seed, (performance.now() - began) / 1000);
  return report.findings.length === 0 ? 0 : 1;
}

/** The worker's report, or undefined when it stood at one input for too long. */
function attack(job: Job): Promise<FuzzReport | undefined> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: job,
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
    let last = -1;
    const watch = setInterval(() => {
      const now = Atomics.load(job.place, 0) * 2 ** 24 + Atomics.load(job.place, 1);
      if (now === last) void worker.terminate().then(() => resolve(undefined));
      last = now;
    }, HANG_MS);
    worker.once("message", (report: FuzzReport) => resolve(report));
    worker.once("error", reject);
    worker.once("exit", () => clearInterval(watch));
  });
}

function print({ targets, findings }: FuzzReport, seed: number, seconds: number): void {
  const each = Object.values(targets);
  const runs = each.reduce((sum, target) => sum + target.runs, 0);
  const worstMs = Math.max(...each.map((target) => target.worstMs));
  const rounded = Object.fromEntries(
    Object.entries(targets).map(([name, target]) => [name, { ...target, worstMs: Number(target.worstMs.toFixed(2)) }]),
  );
  const line = {
    runs,
    seed,
    inputsPerSec: Math.round(runs / seconds),
    worstMs: Number(worstMs.toFixed(2)),
    maxRssBytes: process.resourceUsage().maxRSS * 1024,
    findings: findings.length,
    targets: rounded,
  };
  console.log(JSON.stringify(line));
  for (const finding of findings) console.error(JSON.stringify({ seed, ...finding }));
}

function hang(names: readonly string[], seed: number, place: Int32Array): number {
  const target = names[place[0] ?? 0] ?? "";
  const index = place[1] ?? 0;
  const [found] = chosen([target]);
  const input = createInput(found?.seeds(fixture) ?? [], seed, target, index);
  const problem = `no end within ${HANG_MS} ms`;
  console.error(JSON.stringify({ seed, target, index, problem, inputHex: Buffer.from(input).toString("hex") }));
  return 1;
}

if (isMainThread) process.exitCode = await main();
else {
  parentPort?.postMessage(work(workerData as Job));
}
