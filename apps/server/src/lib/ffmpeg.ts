/** Finds FFmpeg and runs it as a child: argument arrays only, niced unless it is urgent, ended with its owner's signal. */
import { execFile, spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from "node:child_process";
import { access, chmod, constants } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { promisify } from "node:util";

/** FFmpeg cannot be used; the message is one sentence for the operator. */
export class FfmpegError extends Error {
  override readonly name = "FfmpegError";
}

export type Ffmpeg = Readonly<{ path: string; version: string }>;

/** How a child ended. `stderr` is its last lines. */
export type FfmpegExit = Readonly<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }>;

export type FfmpegProcess = Readonly<{
  pid: number | undefined;
  stdin: Writable;
  stdout: Readable;
  /** The pipes after stderr, `pipe:3` first: one for each that was asked for. */
  pipes: readonly Readable[];
  /** Never rejects; a child that could not be started has code null. */
  closed: Promise<FfmpegExit>;
}>;

export type StartOptions = Readonly<{
  /** Outputs beside stdout, from `pipe:3` on. */
  morePipes?: number;
  /** Little work that all viewers wait for, e.g. of sound: it does not give way to encoders of pictures. */
  isUrgent?: boolean;
}>;

const STDERR_LINES = 20;
const STDERR_LINE_CHARS = 400;
const NICENESS = 10;
const KILL_AFTER_MS = 2000;

/** Decoders refuse larger pictures (8K passes): one of 16384 x 16384 takes 400 MB, and they hold a score of them. */
export const PICTURE_LIMIT: readonly string[] = ["-max_pixels", String(8192 * 4320)];

/** Arguments that read `format` from stdin and forbid every other protocol, whatever the input names. */
export const pipeInput = (format: string): string[] => ["-protocol_whitelist", "pipe", "-f", format, "-i", "pipe:0"];

/**
 * The FFmpeg to use: `configured`, else the system's, else the one that came with the packages.
 * @throws {FfmpegError} when the configured one does not run, or none is found
 */
export async function findFfmpeg(options: { configured: string | undefined; searchPath?: string }): Promise<Ffmpeg> {
  if (options.configured !== undefined) {
    const found = await probe(options.configured);
    if (found.ok) return found.ffmpeg;
    throw new FfmpegError(`FFMPEG_PATH=${options.configured} cannot be used: ${found.problem}.`);
  }
  for (const candidate of await candidates(options.searchPath ?? process.env["PATH"] ?? "")) {
    const found = await probe(candidate);
    if (found.ok) return found.ffmpeg;
  }
  throw new FfmpegError(
    "FFmpeg was not found: install it (for instance `apt-get install ffmpeg`) or set FFMPEG_PATH to its executable.",
  );
}

/** Starts FFmpeg without a shell. It is asked to end when `signal` aborts and killed 2 s later. */
export function startFfmpeg(
  ffmpeg: Ffmpeg,
  args: readonly string[],
  signal: AbortSignal,
  { morePipes = 0, isUrgent = false }: StartOptions = {},
): FfmpegProcess {
  const child = spawn(ffmpeg.path, ["-hide_banner", "-nostdin", "-loglevel", "warning", ...args], {
    stdio: ["pipe", "pipe", "pipe", ...Array<"pipe">(morePipes).fill("pipe")],
  }) as ChildProcessWithoutNullStreams;
  if (!isUrgent) lowerPriority(child);
  const { stdin, stdout } = child;
  // A child that ends early closes its stdin: that is told by `closed`, not by an unhandled EPIPE.
  stdin.on("error", () => {});
  const pipes = child.stdio.slice(3) as unknown as Readable[];
  return { pid: child.pid, stdin, stdout, pipes, closed: whenClosed(child, lastLines(child.stderr), signal) };
}

/**
 * Runs FFmpeg to its end with `input` on stdin and returns its stdout.
 * @throws {FfmpegError} when it fails, writes more than `maxOutputBytes`, or takes longer than `timeoutMs`
 */
export async function runFfmpeg(
  ffmpeg: Ffmpeg,
  args: readonly string[],
  input: Uint8Array,
  limits: { maxOutputBytes: number; timeoutMs: number; signal: AbortSignal },
): Promise<Uint8Array> {
  const stop = new AbortController();
  const signal = AbortSignal.any([limits.signal, stop.signal, AbortSignal.timeout(limits.timeoutMs)]);
  const child = startFfmpeg(ffmpeg, args, signal);
  child.stdin.end(input);
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limits.maxOutputBytes) stop.abort();
    else chunks.push(chunk);
  });
  const exit = await child.closed;
  if (exit.code !== 0)
    throw new FfmpegError(`FFmpeg ended with ${exit.code ?? exit.signal ?? "an error at start"}: ${exit.stderr}`);
  return Buffer.concat(chunks);
}

type Probe = { readonly ok: true; readonly ffmpeg: Ffmpeg } | { readonly ok: false; readonly problem: string };

async function probe(file: string): Promise<Probe> {
  try {
    const { stdout } = await promisify(execFile)(file, ["-hide_banner", "-version"], { timeout: 10_000 });
    const version = /^ffmpeg version (\S+)/m.exec(stdout)?.[1];
    if (version === undefined) return { ok: false, problem: "it runs, but does not answer like FFmpeg" };
    return { ok: true, ffmpeg: { path: file, version } };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return { ok: false, problem: "there is no such file" };
    if (code === "EACCES") return { ok: false, problem: "it is not executable" };
    return { ok: false, problem: `it does not run (${code ?? "killed"})` };
  }
}

async function candidates(searchPath: string): Promise<string[]> {
  const folders = searchPath.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const files = folders.map((folder) => path.join(folder, "ffmpeg"));
  const shipped = await shippedFfmpeg();
  const present: string[] = [];
  for (const file of files) {
    if (await isExecutable(file)) present.push(file);
  }
  return shipped === undefined ? present : [...present, shipped];
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function shippedFfmpeg(): Promise<string | undefined> {
  let file: string;
  try {
    file = createRequire(import.meta.url).resolve("@ffmpeg-installer/linux-x64/ffmpeg");
  } catch {
    return undefined;
  }
  // The package is unpacked without the executable bit. Where the tree is read-only the probe tells whether it runs.
  if (!(await isExecutable(file))) await chmod(file, 0o755).catch(() => {});
  return file;
}

function lowerPriority(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    os.setPriority(child.pid, NICENESS);
  } catch {
    // It ended already, or the platform knows no niceness: both harmless.
  }
}

function lastLines(stream: Readable): () => string {
  let lines: string[] = [];
  let open = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    const parts = (open + text).split(/[\r\n]+/);
    open = (parts.pop() ?? "").slice(-STDERR_LINE_CHARS);
    lines = [...lines, ...parts.filter((line) => line !== "")].slice(-STDERR_LINES);
  });
  return () =>
    [...lines, open]
      .map((line) => line.slice(0, STDERR_LINE_CHARS))
      .join("\n")
      .trim();
}

function whenClosed(child: ChildProcess, stderr: () => string, signal: AbortSignal): Promise<FfmpegExit> {
  return new Promise((resolve) => {
    let kill: NodeJS.Timeout | undefined;
    const stop = () => {
      child.kill("SIGTERM");
      kill = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
    };
    const finish = (exit: FfmpegExit) => {
      clearTimeout(kill);
      signal.removeEventListener("abort", stop);
      resolve(exit);
    };
    child.once("error", (error) => finish({ code: null, signal: null, stderr: error.message }));
    child.once("close", (code, by) => finish({ code, signal: by, stderr: stderr() }));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
