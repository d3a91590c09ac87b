/** Finds the H.264 encoder to use: hardware that really encodes, else software. Probed once at start. */
import { existsSync } from "node:fs";
import { parseFragments } from "@rostrum/media/fmp4/fragment";
import { MalformedError, UnsupportedError } from "@rostrum/media/errors";
import { type Ffmpeg, FfmpegError, runFfmpeg } from "../../lib/ffmpeg.ts";
import { encoderArgs, muxerArgs } from "./ffmpeg-args.ts";

/** An encoder that has proved itself on this machine. */
export type Encoder = Readonly<{
  /** FFmpeg's name of it. */
  name: string;
  hardware: boolean;
  globalArgs: readonly string[];
  /** How this FFmpeg is told to leave times and number of pictures alone. */
  passthroughArgs: readonly string[];
  /** The last filter before it. */
  filterEnd: string;
  codecArgs: (options: Readonly<{ fps: number; threads: number }>) => string[];
}>;

/** `reason`: a sentence on why this encoder, or why none. */
export type EncoderChoice = Readonly<{ encoder: Encoder | undefined; reason: string }>;

type Candidate = Omit<Encoder, "passthroughArgs">;
/** `device`: files without which it cannot work, so that it is not even tried. */
type HardwareCandidate = Candidate & Readonly<{ label: string; devices: readonly string[]; platform: NodeJS.Platform }>;

const PROBE_TIMEOUT_MS = 15_000;
const PROBE_MAX_BYTES = 4 * 1024 * 1024;
const PROBE_FRAMES = 30;
const PROBE_RUNG = { name: "v1", heightPx: 360, width: 640, height: 360, videoBitrateBps: 800_000 };
/** New name first; FFmpeg before 5.1 knows only the other. */
const PASSTHROUGH = [
  ["-fps_mode", "passthrough"],
  ["-vsync", "passthrough"],
];
const RENDER_DEVICE = "/dev/dri/renderD128";

const SOFTWARE: Candidate = {
  name: "libx264",
  hardware: false,
  globalArgs: [],
  filterEnd: "format=yuv420p",
  codecArgs: ({ fps, threads }) => [
    ...["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-sc_threshold", "0"],
    // Without it the clock of the times would be taken for the frame rate, and the level with it.
    ...["-x264-params", `fps=${Math.round(fps * 1000)}/1000`, "-threads", String(threads)],
  ],
};

const HARDWARE: readonly HardwareCandidate[] = [
  hardware("h264_nvenc", "NVENC", {
    devices: ["/dev/nvidiactl"],
    codecArgs: () => [
      ...["-c:v", "h264_nvenc", "-preset", "p3", "-tune", "ull", "-rc", "cbr"],
      ...["-zerolatency", "1", "-forced-idr", "1", "-no-scenecut", "1"],
    ],
  }),
  hardware("h264_vaapi", "VAAPI", {
    devices: [RENDER_DEVICE],
    globalArgs: ["-vaapi_device", RENDER_DEVICE],
    filterEnd: "format=nv12,hwupload",
    codecArgs: () => ["-c:v", "h264_vaapi", "-rc_mode", "CBR"],
  }),
  hardware("h264_qsv", "Quick Sync", {
    devices: [RENDER_DEVICE],
    filterEnd: "format=nv12",
    codecArgs: () => ["-c:v", "h264_qsv", "-preset", "veryfast", "-async_depth", "1", "-forced_idr", "1"],
  }),
  hardware("h264_videotoolbox", "VideoToolbox", {
    platform: "darwin",
    codecArgs: () => ["-c:v", "h264_videotoolbox", "-realtime", "1"],
  }),
];

/** Encodes a second with each candidate until one succeeds. Never rejects. */
export async function chooseEncoder(ffmpeg: Ffmpeg, signal: AbortSignal): Promise<EncoderChoice> {
  for (const candidate of HARDWARE.filter(isPresent)) {
    const encoder = await tryOut(ffmpeg, candidate, signal);
    if (encoder === undefined) continue;
    return { encoder, reason: `${candidate.label} encoded a second of video when the server started, so it is used.` };
  }
  const software = await tryOut(ffmpeg, SOFTWARE, signal);
  const tried = HARDWARE.map(({ label }) => label).join(", ");
  if (software !== undefined) {
    return { encoder: software, reason: `No hardware encoder works on this machine (${tried}), so software is used.` };
  }
  const reason = `FFmpeg ${ffmpeg.version} cannot encode H.264 as it is needed: install an FFmpeg of 2018 or later with libx264.`;
  return { encoder: undefined, reason };
}

function hardware(
  name: string,
  label: string,
  more: Partial<HardwareCandidate> & Pick<Candidate, "codecArgs">,
): HardwareCandidate {
  return {
    name,
    label,
    hardware: true,
    globalArgs: [],
    filterEnd: "format=yuv420p",
    devices: [],
    platform: "linux",
    ...more,
  };
}

function isPresent({ platform, devices }: HardwareCandidate): boolean {
  return platform === process.platform && devices.every((device) => existsSync(device));
}

async function tryOut(ffmpeg: Ffmpeg, candidate: Candidate, signal: AbortSignal): Promise<Encoder | undefined> {
  for (const passthroughArgs of PASSTHROUGH) {
    const encoder = { ...candidate, passthroughArgs };
    if (await encodes(ffmpeg, encoder, signal)) return encoder;
  }
  return undefined;
}

async function encodes(ffmpeg: Ffmpeg, encoder: Encoder, signal: AbortSignal): Promise<boolean> {
  const source = `testsrc2=s=640x360:r=${PROBE_FRAMES}:d=1,${encoder.filterEnd}`;
  const args = [
    ...encoder.globalArgs,
    ...["-f", "lavfi", "-i", source],
    ...encoderArgs(encoder, PROBE_RUNG, PROBE_FRAMES, 1),
    ...muxerArgs("pipe:1"),
  ];
  try {
    const limits = { maxOutputBytes: PROBE_MAX_BYTES, timeoutMs: PROBE_TIMEOUT_MS, signal };
    const bytes = await runFfmpeg(ffmpeg, args, new Uint8Array(), limits);
    return parseFragments(bytes).length === PROBE_FRAMES;
  } catch (error) {
    if ([FfmpegError, MalformedError, UnsupportedError].some((kind) => error instanceof kind)) return false;
    throw error;
  }
}
