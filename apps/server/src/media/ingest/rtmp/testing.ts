/** For tests: a listener whose log and sources can be looked at, and real encoders. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { promisify } from "node:util";
import { createLogger } from "../../../lib/log.ts";
import type { IngestDecision, IngestGrant } from "../../plane.ts";
import type { OpenSource, Publisher } from "../publisher.ts";
import type { SourceEvent } from "../source-event.ts";
import { listenRtmp, type RtmpListener, type RtmpOptions } from "./listener.ts";

export const KEY = "live-key-of-the-test";

const GRANT: IngestGrant = {
  channelId: "channel",
  broadcastId: "broadcast",
  slot: "primary",
  secondPublisher: "refuse",
  dvrWindowSec: 0,
};

/** What came to one sink. */
export type Source = { publisher: Publisher; events: SourceEvent[]; closed: string[] };

export type Rig = Readonly<{
  listener: RtmpListener;
  sources: Source[];
  /** Lines of level info and above, in order. */
  lines: Record<string, unknown>[];
  /** Resolves when `condition` holds; it is looked at after every line and event. */
  until: (condition: () => boolean) => Promise<void>;
  [Symbol.asyncDispose]: () => Promise<void>;
}>;

/** One key is known; only one source at a time is taken. */
export async function startRig(options: Partial<Omit<RtmpOptions, "log" | "openSource" | "port">> = {}): Promise<Rig> {
  const waiting = new Set<() => void>();
  const changed = (): void => {
    for (const look of waiting) look();
  };
  const lines: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().trim().split("\n")) lines.push(JSON.parse(line) as Record<string, unknown>);
      changed();
      done();
    },
  });
  const sources: Source[] = [];
  const listener = await listenRtmp({
    host: "127.0.0.1",
    authorize: (key) => Promise.resolve(decide(key)),
    ...options,
    port: 0,
    log: createLogger("info", false, sink),
    openSource: recordInto(sources, changed),
  });
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { listener, sources, lines, until, [Symbol.asyncDispose]: () => listener.close() };
}

function decide(key: string): IngestDecision {
  return key === KEY
    ? { ok: true, grant: GRANT }
    : { ok: false, reason: "unknown_key", message: "This stream key is not known here." };
}

function recordInto(sources: Source[], changed: () => void): OpenSource {
  return (publisher) => {
    if (sources.some((source) => source.closed.length === 0)) {
      return { ok: false, message: "Somebody else is live with this key." };
    }
    const source: Source = { publisher, events: [], closed: [] };
    sources.push(source);
    const push = (event: SourceEvent): void => {
      source.events.push(event);
      changed();
    };
    const closed = (reason: string): void => {
      source.closed.push(reason);
      changed();
    };
    return { ok: true, sink: { push, closed } };
  };
}

export type Encoder = Readonly<{ process: ChildProcess; closed: Promise<{ code: number | null; stderr: string }> }>;

/** FFmpeg publishing to `url`; `args` stand between `-re` and the output. It ends by itself when they have a duration. */
export function startEncoder(url: string, args: readonly string[]): Encoder {
  const child = spawn("ffmpeg", ["-hide_banner", "-nostdin", "-v", "info", "-re", ...args, "-f", "flv", url], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const closed = once(child, "close").then(([code]) => ({ code: code as number | null, stderr }));
  return { process: child, closed };
}

const VIDEO_INPUT = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25"];
const AUDIO_INPUT = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
const VIDEO_CODEC = [
  "-c:v",
  "libx264",
  "-preset",
  "ultrafast",
  "-tune",
  "zerolatency",
  "-g",
  "10",
  "-pix_fmt",
  "yuv420p",
];
const AUDIO_CODEC = ["-c:a", "aac", "-ar", "48000", "-ac", "2"];

/** Pattern and tone for `seconds`. */
export const both = (seconds: number): string[] => [
  ...["-t", String(seconds), ...VIDEO_INPUT, "-t", String(seconds), ...AUDIO_INPUT],
  ...VIDEO_CODEC,
  ...AUDIO_CODEC,
];
export const videoOnly = (seconds: number): string[] => ["-t", String(seconds), ...VIDEO_INPUT, ...VIDEO_CODEC];
export const audioOnly = (seconds: number): string[] => ["-t", String(seconds), ...AUDIO_INPUT, ...AUDIO_CODEC];

/** A client that sends `bytes` and reads until the server has closed. Resolves with what it got. */
export async function speak(port: number, ...bytes: Uint8Array[]): Promise<Buffer> {
  const socket = net.connect(port, "127.0.0.1");
  const got: Buffer[] = [];
  socket.on("data", (chunk) => got.push(chunk));
  const closed = whenClosed(socket);
  for (const chunk of bytes) socket.write(chunk);
  await closed;
  return Buffer.concat(got);
}

/** Resolves when the socket is gone: the server may cut the connection while we still write. */
export function whenClosed(socket: net.Socket): Promise<void> {
  socket.on("error", () => {});
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

/** A certificate for localhost that nobody else has signed, and its key, as PEM. */
export async function selfSigned(): Promise<{ cert: Buffer; key: Buffer }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "rtmps-"));
  try {
    const [key, cert] = [path.join(folder, "key.pem"), path.join(folder, "cert.pem")];
    await promisify(execFile)("openssl", [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost".split(" "),
      ...["-keyout", key, "-out", cert],
    ]);
    return { cert: await readFile(cert), key: await readFile(key) };
  } finally {
    await rm(folder, { recursive: true });
  }
}
