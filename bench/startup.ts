/**
 * Start-up time and memory. Options: --rounds 5; --clone 1 also clones the repository into a new folder and times
 * `npm start` there up to the ready line, packages from npm's cache.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startServer } from "../e2e/lib/server.ts";
import { residentMb, sleep } from "./lib/process-cost.ts";
import { median, option, report, round } from "./lib/report.ts";

const rounds = option("rounds", 5);
// Idle is when the garbage of the start is gone: V8 gives it back some 10 s later.
const SETTLE_MS = 20_000;
const root = fileURLToPath(new URL("..", import.meta.url));

async function firstStart(): Promise<{ ms: number; idleMb: number }> {
  const server = await startServer();
  await sleep(SETTLE_MS);
  const idleMb = residentMb(server.pid);
  await server.dispose();
  return { ms: server.startMs, idleMb };
}

async function restarts(signal: "SIGTERM" | "SIGKILL"): Promise<{ ms: number[]; idleMb: number }> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), "rostrum-bench-"));
  const ms: number[] = [];
  await (await startServer({ dataDir })).stop(signal);
  let idleMb = 0;
  for (let run = 0; run < rounds; run += 1) {
    const server = await startServer({ dataDir });
    ms.push(server.startMs);
    if (run === rounds - 1) {
      await sleep(SETTLE_MS);
      idleMb = residentMb(server.pid);
    }
    await server.stop(signal);
  }
  await rm(dataDir, { recursive: true, force: true });
  return { ms, idleMb };
}

/** Seconds from `npm start` in a new clone to its ready line. */
async function bareClone(): Promise<number> {
  const parent = await mkdtemp(path.join(os.tmpdir(), "rostrum-clone-"));
  const clone = path.join(parent, "rostrum");
  execFileSync("git", ["clone", "-q", root, clone]);
  const ports = { PORT: "0", RTMP_PORT: "0", SRT_PORT: "0", RTC_UDP_PORT: "0" };
  const env: NodeJS.ProcessEnv = { ...process.env, ...ports, HOST: "127.0.0.1" };
  delete env["NODE_OPTIONS"];
  const began = performance.now();
  const child = spawn("npm", ["start", "--silent"], { cwd: clone, env, stdio: ["ignore", "pipe", "inherit"] });
  const sec = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.includes('"ready"')) resolve((performance.now() - began) / 1000);
    });
    child.once("exit", (code) => reject(new Error(`npm start ended with ${code}`)));
  });
  child.removeAllListeners("exit");
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
  await rm(parent, { recursive: true, force: true });
  return sec;
}

const first = await firstStart();
const clean = await restarts("SIGTERM");
const killed = await restarts("SIGKILL");
const cloneSec = option("clone", 0) === 1 ? await bareClone() : null;
report("startup", {
  firstStartMs: round(first.ms),
  restartMs: { p50: round(median(clean.ms)), max: round(Math.max(...clean.ms)), rounds },
  restartAfterKillMs: { p50: round(median(killed.ms)), max: round(Math.max(...killed.ms)), rounds },
  idleMb: { afterFirstStart: round(first.idleMb), afterRestart: round(clean.idleMb) },
  bareCloneToReadySec: cloneSec === null ? null : round(cloneSec, 1),
  target: { restartMs: 3000, idleMb: 600, bareCloneToReadySec: 120 },
});
