/** Starts the SFU's process, speaks with it and hears its log. */
import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { FromSfu, ToSfu } from "@rostrum/rtc/sfu/main";
import { SFU_PROCESS } from "@rostrum/rtc/sfu/process";

const MAIN = fileURLToPath(new URL("../../../../packages/rtc/src/sfu/main.ts", import.meta.url));
const STDERR_CHARS = 2_000;
/** Longer than the SFU gives itself for an orderly end. */
const KILL_AFTER_MS = 6_000;

export type SfuPorts = Extract<FromSfu, { type: "ready" }>["ports"];

/** `message`: why it does not serve. */
export type SfuStarted = Readonly<{ ok: true; ports: SfuPorts }> | Readonly<{ ok: false; message: string }>;

export type SfuChild = Readonly<{
  pid: number | undefined;
  /** The first thing that it said. */
  started: Promise<SfuStarted>;
  /** Lets it tell its clients, and ends it. */
  stop(): Promise<void>;
  /** Resolves when the process is gone, with how in words. */
  closed: Promise<string>;
}>;

/**
 * @param env all that it gets of the environment, with what `SFU_PROCESS` sets
 * @param onLine gets each line of its log, JSON as a rule
 */
export function startSfuChild(env: Readonly<Record<string, string>>, onLine: (line: string) => void): SfuChild {
  const child = fork(MAIN, {
    env: { ...SFU_PROCESS.env, ...env },
    execArgv: [...SFU_PROCESS.execArgv],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  if (child.stdout !== null) createInterface({ input: child.stdout }).on("line", onLine);
  const closed = whenClosed(child);
  return {
    pid: child.pid,
    started: whenStarted(child, closed),
    async stop() {
      // One that is going away cannot be told; `closed` comes all the same.
      if (child.connected) child.send({ type: "stop" } satisfies ToSfu, () => {});
      else child.kill("SIGKILL");
      const kill = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
      await closed;
      clearTimeout(kill);
    },
    closed,
  };
}

function whenStarted(child: ChildProcess, closed: Promise<string>): Promise<SfuStarted> {
  return new Promise((resolve) => {
    child.once("message", (message: FromSfu) => {
      if (message.type === "ready") resolve({ ok: true, ports: message.ports });
      else resolve({ ok: false, message: message.message });
    });
    void closed.then((how) => resolve({ ok: false, message: how }));
  });
}

function whenClosed(child: ChildProcess): Promise<string> {
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARS);
  });
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(`${signal ?? `code ${code}`} ${stderr}`.trim()));
  });
}
