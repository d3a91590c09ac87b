/** Real encoders that push to the server: a plain FFmpeg, and one whose picture carries a millisecond clock. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { WebSocket } from "ws";
import { drawClock } from "./pixel-clock.ts";

export interface Encoder {
  readonly child: ChildProcess;
  /** The last lines that it printed. */
  output(): string;
  /** Resolves with the exit code; null after a signal. */
  readonly exited: Promise<number | null>;
  stop(): Promise<void>;
}

const MESSAGE_BYTES = 32_768;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

function watch(child: ChildProcess): Encoder {
  running.add(child);
  let text = "";
  child.stderr?.on("data", (bytes: Buffer) => {
    text = (text + bytes.toString("utf8")).slice(-8000);
  });
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  void exited.then(() => running.delete(child));
  return {
    child,
    output: () => text,
    exited,
    async stop() {
      child.stdin?.destroy();
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await exited;
    },
  };
}

export type EncoderOptions = Readonly<{
  widthPx?: number;
  heightPx?: number;
  fps?: string;
  gopFrames?: number;
  videoKbps?: number;
  bFrames?: number;
  video?: boolean;
  audio?: boolean;
  /** Further FFmpeg output arguments, before the format. */
  extra?: readonly string[];
  /** Default: flv, for RTMP. */
  format?: "flv" | "mpegts" | "matroska";
}>;

/** `ffmpeg -re … -f flv <url>`: moving test picture and a tone. */
export function startEncoder(url: string, options: EncoderOptions = {}): Encoder {
  return watch(spawn("ffmpeg", encoderArgs(url, options), { stdio: ["ignore", "ignore", "pipe"] }));
}

/** The same picture and tone as Matroska in messages on a WebSocket, which breaks off when FFmpeg ends. */
export function startWebSocketEncoder(url: string, options: EncoderOptions = {}): Encoder {
  const args = encoderArgs("pipe:1", {
    ...options,
    format: "matroska",
    extra: ["-cluster_time_limit", "100", "-flush_packets", "1"],
  });
  const child = spawn("ffmpeg", args, { stdio: ["ignore", "pipe", "pipe"] });
  const ws = new WebSocket(url);
  child.stdout.pause();
  ws.on("open", () => child.stdout.resume());
  ws.on("error", () => child.kill("SIGKILL"));
  ws.on("close", () => child.kill("SIGKILL"));
  child.stdout.on("data", (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; at += MESSAGE_BYTES) ws.send(bytes.subarray(at, at + MESSAGE_BYTES), () => {});
  });
  child.stdout.on("end", () => ws.terminate());
  return watch(child);
}

function encoderArgs(url: string, options: EncoderOptions): string[] {
  const { widthPx = 640, heightPx = 360, fps = "30", gopFrames = 60, videoKbps = 1500, bFrames = 0 } = options;
  const withVideo = options.video ?? true;
  const withAudio = options.audio ?? true;
  const source = `testsrc2=s=${widthPx}x${heightPx}:r=${fps}`;
  const rate = `${videoKbps}k`;
  // prettier-ignore
  return [
    "-v", "warning", "-nostdin",
    ...(withVideo ? ["-re", "-f", "lavfi", "-i", source] : []),
    ...(withAudio ? ["-re", "-f", "lavfi", "-i", "sine=440:r=48000:beep_factor=4"] : []),
    ...(withVideo
      ? ["-c:v", "libx264", "-preset", "ultrafast", "-g", `${gopFrames}`, "-keyint_min", `${gopFrames}`, "-sc_threshold", "0",
         "-bf", `${bFrames}`, "-b:v", rate, "-maxrate", rate, "-bufsize", rate, "-pix_fmt", "yuv420p", "-threads", "1"]
      : []),
    ...(withAudio ? ["-c:a", "aac", "-b:a", "96k", "-ac", "2"] : []),
    ...(options.extra ?? []),
    "-f", options.format ?? "flv", url,
  ];
}

/** Pushes a ready-made FLV file in real time, again and again, without encoding. */
export function startCopy(url: string, file: string): Encoder {
  const args = ["-v", "warning", "-nostdin", "-re", "-stream_loop", "-1", "-i", file, "-c", "copy", "-f", "flv", url];
  return watch(spawn("ffmpeg", args, { stdio: ["ignore", "ignore", "pipe"] }));
}

const FPS = 30;
const BACKGROUND_FRAMES = 60;

/** Raw frames with the wall clock in their top row, encoded as a live encoder would and pushed to `url`. `widthPx` as in drawClock. */
export function startClockEncoder(
  url: string,
  options: Pick<EncoderOptions, "gopFrames" | "videoKbps" | "widthPx" | "heightPx"> = {},
): Encoder {
  const { gopFrames = 60, videoKbps = 1500, widthPx = 640, heightPx = 360 } = options;
  const frameBytes = (widthPx * heightPx * 3) / 2;
  // prettier-ignore
  const background = spawnSync("ffmpeg", [
    "-v", "error", "-f", "lavfi", "-i", `testsrc2=s=${widthPx}x${heightPx}:r=${FPS}`, "-frames:v", `${BACKGROUND_FRAMES}`,
    "-pix_fmt", "yuv420p", "-f", "rawvideo", "-",
  ], { maxBuffer: frameBytes * (BACKGROUND_FRAMES + 1) }).stdout;
  // prettier-ignore
  const child = spawn("ffmpeg", [
    "-v", "warning", "-fflags", "nobuffer", "-probesize", "32", "-analyzeduration", "0", "-thread_queue_size", "8",
    "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", `${widthPx}x${heightPx}`, "-r", `${FPS}`, "-i", "pipe:0",
    "-f", "lavfi", "-i", "sine=440:r=48000:beep_factor=4,arealtime=limit=1",
    "-map", "0:v", "-map", "1:a", "-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-g", `${gopFrames}`, "-bf", "0",
    "-b:v", `${videoKbps}k`, "-maxrate", `${videoKbps}k`, "-bufsize", `${videoKbps}k`, "-threads", "1",
    "-c:a", "aac", "-b:a", "96k", "-ac", "2", "-flush_packets", "1", "-f", "flv", url,
  ], { stdio: ["pipe", "ignore", "pipe"] });
  const encoder = watch(child);
  paint(child, background, widthPx, frameBytes);
  return encoder;
}

/** Writes one frame each 1/30 s until the child is gone; a frame that the pipe cannot take yet is left out. */
function paint(child: ChildProcess, background: Buffer, widthPx: number, frameBytes: number): void {
  const input = child.stdin;
  if (!input) return;
  input.on("error", () => {});
  const began = performance.now();
  let frame = 0;
  const timer = setInterval(() => {
    if (child.exitCode !== null || child.signalCode !== null || input.destroyed) return clearInterval(timer);
    while (performance.now() - began >= (frame * 1000) / FPS) {
      if (input.writableLength < frameBytes * 2) {
        const offset = (frame % BACKGROUND_FRAMES) * frameBytes;
        const picture = Buffer.from(background.subarray(offset, offset + frameBytes));
        drawClock(picture, widthPx, Date.now());
        input.write(picture);
      }
      frame += 1;
    }
  }, 4);
  timer.unref();
}
