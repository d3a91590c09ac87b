/** Starts the real server as a process of its own, on free ports and a temporary data folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const READY_WITHIN_MS = 90_000;

export type Ready = Readonly<{ url: string; ports: Readonly<Record<string, number>>; setupUrl?: string }>;

export interface RunningServer {
  readonly ready: Ready;
  readonly pid: number;
  /** Milliseconds from spawn to the ready line. */
  readonly startMs: number;
  readonly dataDir: string;
  /** Every log line so far. */
  readonly lines: readonly string[];
  /** Asks the server to stop and waits; `kill` is SIGKILL. The data folder stays. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<number | null>;
  /** Stops if needed and removes the data folder. */
  dispose(): Promise<void>;
}

export type ServerOptions = Readonly<{ dataDir?: string; env?: Readonly<Record<string, string>> }>;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Runs the server's entry without waiting for it to be ready; for tests of refused starts. */
export function spawnServer(dataDir: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OUR_VARIABLES.has(name)));
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", path.join(root, "apps/server/src/main.ts")],
    {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...clean,
        NODE_ENV: "production",
        HOST: "127.0.0.1",
        PORT: "0",
        RTMP_PORT: "0",
        SRT_PORT: "0",
        RTC_UDP_PORT: "0",
        DATA_DIR: dataDir,
        ...env,
      },
    },
  );
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

// What the surrounding test run sets must not reach the server.
const OUR_VARIABLES = new Set([
  "PORT",
  "HOST",
  "DATABASE_URL",
  "REDIS_URL",
  "PUBLIC_URL",
  "LIVEKIT_URL",
  "LIVEKIT_API_KEY",
  "LIVEKIT_API_SECRET",
  "ROLES",
  "VITEST",
  "NODE_OPTIONS",
]);

/** @throws {Error} with the server's output when it does not come up */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(path.join(os.tmpdir(), "rostrum-e2e-")));
  const began = performance.now();
  const child = spawnServer(dataDir, options.env);
  const lines: string[] = [];
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const ready = await new Promise<Ready>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready in time:\n${lines.join("\n")}`)), READY_WITHIN_MS);
    const read = (line: string): void => {
      lines.push(line);
      const parsed = parseReady(line);
      if (!parsed) return;
      clearTimeout(timer);
      resolve(parsed);
    };
    if (child.stdout) createInterface({ input: child.stdout }).on("line", read);
    if (child.stderr) createInterface({ input: child.stderr }).on("line", read);
    void exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with ${code}:\n${lines.join("\n")}`));
    });
  });
  const stop = async (signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return exited;
  };
  return {
    ready,
    pid: child.pid ?? 0,
    startMs: performance.now() - began,
    dataDir,
    lines,
    stop,
    async dispose() {
      await stop();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function parseReady(line: string): Ready | undefined {
  if (!line.startsWith("{") || !line.includes('"ready"')) return undefined;
  const entry = JSON.parse(line) as { msg?: string } & Ready;
  return entry.msg === "ready" ? entry : undefined;
}
