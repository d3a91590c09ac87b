/** Starts the SRT child and speaks with it. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type Frame, FrameReader, type ToSrtChild } from "./messages.ts";

const MAIN = fileURLToPath(new URL("child-main.ts", import.meta.url));
const STDERR_CHARS = 500;
const KILL_AFTER_MS = 2000;

export type RunningChild = Readonly<{
  pid: number | undefined;
  send(message: ToSrtChild): void;
  /** Asks it to close its connections and ends it. */
  stop(): Promise<void>;
  /** Resolves when the process is gone, with how in words. No frame comes after it. */
  closed: Promise<string>;
}>;

/** `onFrame` is called in order. */
export function startChild(onFrame: (frame: Frame) => void): RunningChild {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN], {
    stdio: ["ignore", "ignore", "pipe", "pipe", "ipc"],
    env: librariesOnly(process.env),
  });
  const frames = new FrameReader();
  (child.stdio[3] as Readable).on("data", (chunk: Buffer) => {
    for (const frame of frames.push(chunk)) onFrame(frame);
  });
  const closed = whenClosed(child);
  return {
    pid: child.pid,
    send(message) {
      // A child that is going away is told by `closed`.
      if (child.connected) child.send(message, () => {});
    },
    async stop() {
      if (child.connected) child.send({ type: "stop" } satisfies ToSrtChild, () => {});
      const kill = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
      await closed;
      clearTimeout(kill);
    },
    closed,
  };
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

/** It needs none of our settings and secrets, only to know where libraries stand. */
function librariesOnly(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => /^(LD|DYLD)_/.test(name)));
}
