/** Programs of this folder run as processes of their own, for tests about dying, locks and command lines. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** How a program ended and what it said. */
export type Ended = Readonly<{ code: number | null; stdout: string; stderr: string }>;

/** Runs a program to its end. `env` is added to a PATH and nothing else. */
export async function runProgram(file: string, args: readonly string[], env: Record<string, string>): Promise<Ended> {
  const child = start(file, args, env);
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}

/** A running program that reports on stdout. `kill` is SIGKILL; it resolves when the process is gone. */
export interface Running {
  /** The next line, or null at the end of the output. */
  line(): Promise<string | null>;
  kill(): Promise<void>;
}

export function startProgram(file: string, args: readonly string[], env: Record<string, string>): Running {
  const child = start(file, args, env);
  child.stderr?.pipe(process.stderr);
  if (child.stdout === null) throw new Error("a program that is run for its output has one");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, "close");
  return {
    async line() {
      const { value, done } = await lines.next();
      return done === true ? null : value;
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function start(file: string, args: readonly string[], env: Record<string, string>): ChildProcess {
  const flags = ["--disable-warning=ExperimentalWarning"];
  return spawn(process.execPath, [...flags, pathOf(file), ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}
