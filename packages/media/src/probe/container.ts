/** What a byte stream is, from its first bytes: container and codecs, so that a demuxer need not guess. Pure and bounded. */
import { UnsupportedError } from "../errors.ts";
import { probeMatroska } from "./matroska.ts";
import { probeMp4 } from "./mp4.ts";
import { probeMpegTs, TS_PACKET_BYTES, TS_SYNC } from "./mpegts.ts";

export type Container = "matroska" | "mp4" | "mpegts";

/** Codecs that can be made into H.264. */
export type ProbedVideo = "avc" | "hevc" | "vp8" | "vp9" | "av1";

/** Codecs that can be made into AAC. `aac_latm` is AAC in a packing that must be undone. */
export type ProbedAudio = "aac" | "aac_latm" | "opus" | "vorbis" | "mp3" | "mp2" | "ac3" | "eac3" | "flac" | "pcm";

/** The first track of each kind; null when there is none. At least one is there. */
export type Contents = Readonly<{ container: Container; video: ProbedVideo | null; audio: ProbedAudio | null }>;

/** One announced track; `codec` undefined when `name`, as the container says it, is none that is taken. */
export type ProbedTrack =
  | Readonly<{ kind: "video"; codec: ProbedVideo | undefined; name: string }>
  | Readonly<{ kind: "audio"; codec: ProbedAudio | undefined; name: string }>;

/** Within so many bytes the tracks must have been announced. */
export const MAX_PROBE_BYTES = 1024 * 1024;

const ACCEPTED =
  "WebM or Matroska, MP4 or MPEG-TS with H.264, HEVC, VP8, VP9 or AV1 video and AAC, Opus, MP3, MP2, AC-3, Vorbis, FLAC or PCM audio are accepted";

/**
 * The contents of a stream that begins with `bytes`, or undefined when more bytes are needed to tell.
 * @throws {UnsupportedError} another container, a codec that is not taken, no track at all, or nothing within 1 MiB
 * @throws {MalformedError} the container is broken
 */
export function probeContainer(bytes: Uint8Array): Contents | undefined {
  const container = containerOf(bytes);
  if (container === undefined) return undefined;
  const tracks = tracksOf(container, bytes.subarray(0, MAX_PROBE_BYTES));
  if (tracks !== undefined) return { container, ...chosen(tracks) };
  if (bytes.length < MAX_PROBE_BYTES) return undefined;
  throw new UnsupportedError(`no tracks announced within ${MAX_PROBE_BYTES} bytes; ${ACCEPTED}`);
}

function tracksOf(container: Container, bytes: Uint8Array): readonly ProbedTrack[] | undefined {
  switch (container) {
    case "matroska":
      return probeMatroska(bytes);
    case "mp4":
      return probeMp4(bytes);
    case "mpegts":
      return probeMpegTs(bytes)?.tracks;
    default:
      return container satisfies never;
  }
}

function containerOf(bytes: Uint8Array): Container | undefined {
  if (bytes.length < 8) return undefined;
  const [a, b, c, d, ...type] = bytes.subarray(0, 8);
  if (a === 0x1a && b === 0x45 && c === 0xdf && d === 0xa3) return "matroska";
  if (["ftyp", "styp", "moov"].includes(String.fromCharCode(...type))) return "mp4";
  // One sync byte is a letter like others: two at the right distance are not.
  if (a === TS_SYNC && bytes.length <= TS_PACKET_BYTES) return undefined;
  if (a === TS_SYNC && bytes[TS_PACKET_BYTES] === TS_SYNC) return "mpegts";
  throw new UnsupportedError(`neither WebM, MP4 nor MPEG-TS; ${ACCEPTED}`);
}

function chosen(tracks: readonly ProbedTrack[]): Pick<Contents, "video" | "audio"> {
  const video = tracks.find((track) => track.kind === "video");
  const audio = tracks.find((track) => track.kind === "audio");
  if (video === undefined && audio === undefined) throw new UnsupportedError(`no video and no audio; ${ACCEPTED}`);
  for (const track of [video, audio]) {
    if (track !== undefined && track.codec === undefined) {
      throw new UnsupportedError(`${track.kind} codec ${JSON.stringify(track.name)} is not taken; ${ACCEPTED}`);
    }
  }
  return { video: video?.codec ?? null, audio: audio?.codec ?? null };
}
