/** FFmpeg's arguments for taking a container apart: H.264 and AAC pass, all else becomes them. Pure. */
import type { Contents } from "@rostrum/media/probe/container";
import { PICTURE_LIMIT, pipeInput } from "../../../lib/ffmpeg.ts";

/** Upper bounds: FFmpeg goes on as soon as it knows the tracks, but always waits out the time with a transport stream. */
const PROBE = ["-probesize", "5000000", "-fpsprobesize", "0", "-analyzeduration"];
const ANALYZE_US = { matroska: "5000000", mp4: "5000000", mpegts: "300000" } as const;
const COPY_VIDEO = ["-c:v", "copy"];
/** Variable frame rates stay what they are; a key frame every 2 s. A picture that changes its size is scaled to its first. */
const ENCODE_VIDEO = [
  ...["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-profile:v", "main", "-pix_fmt", "yuv420p"],
  ...["-crf", "21", "-maxrate", "6000k", "-bufsize", "6000k", "-bf", "0", "-sc_threshold", "0", "-g", "600"],
  ...[
    "-force_key_frames",
    "expr:gte(t,n_forced*2)",
    "-vf",
    "scale=trunc(iw/2)*2:trunc(ih/2)*2",
    "-vsync",
    "passthrough",
  ],
];
const COPY_AUDIO = ["-c:a", "copy"];
/** Gaps become silence and overlaps are cut, so that sound stays with the picture. */
const ENCODE_AUDIO = ["-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2", "-af", "aresample=async=1000"];
/** The offset keeps both outputs above zero (an audio encoder begins a frame early): FFmpeg would move only the one below. */
const OUTPUT = ["-map_metadata", "-1", "-output_ts_offset", "1", "-flvflags", "no_duration_filesize"];

/** Whether no picture is encoded: it is little work then. */
export const passesPictures = ({ video }: Contents): boolean => video === null || video === "avc";

/**
 * Reads `contents` from stdin; writes FLV as it comes, video to stdout and audio to `pipe:3`: in one output the tracks would
 * wait for each other, and FLV refuses what comes before its first packet.
 */
export function demuxArgs(contents: Contents): string[] {
  const { container, video, audio } = contents;
  const flags = container === "mpegts" ? "+genpts+discardcorrupt" : "+genpts";
  const output = (file: string) => [...OUTPUT, "-flush_packets", "1", "-f", "flv", file];
  return [
    ...[
      "-fflags",
      flags,
      "-flags",
      "low_delay",
      ...PROBE,
      ANALYZE_US[container],
      ...PICTURE_LIMIT,
      ...pipeInput(container),
    ],
    ...(video === null
      ? []
      : ["-map", "0:v:0", ...(passesPictures(contents) ? COPY_VIDEO : ENCODE_VIDEO), ...output("pipe:1")]),
    ...(audio === null ? [] : ["-map", "0:a:0", ...(audio === "aac" ? COPY_AUDIO : ENCODE_AUDIO), ...output("pipe:3")]),
  ];
}
