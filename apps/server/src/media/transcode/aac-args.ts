/** Arguments of the FFmpeg child that makes AAC, and what it is fed. Pure. */
import type { AudioTrack } from "@rostrum/media/sample";
import { pipeInput } from "../../lib/ffmpeg.ts";

/** It is fed with times so much later, because its encoder begins before the first sound and no time may be negative. */
export const LEAD_SEC = 1;
/** Of an OpusSpecificBox: where the pre-skip stands. RFC 7845 §5.1. */
const PRE_SKIP_AT = 2;

/** Fragmented MP4 of one sound track on stdin; AAC-LC of 48 kHz and at most two channels on stdout, one fragment a frame. */
export function aacArgs({ channels }: AudioTrack): string[] {
  return [
    "-copyts",
    ...["-probesize", "1024", "-analyzeduration", "0"],
    ...["-threads", "1"],
    ...pipeInput("mp4"),
    ...["-map", "0:a:0", "-c:a", "aac", "-profile:a", "aac_low", "-b:a", "128k"],
    ...["-ar", "48000", "-ac", String(Math.min(2, channels))],
    ...["-avoid_negative_ts", "disabled"],
    ...["-movflags", "+frag_every_frame+empty_moov+default_base_moof+skip_trailer+frag_discont"],
    ...["-flush_packets", "1", "-f", "mp4", "pipe:1"],
  ];
}

/** Without a pre-skip: the times of the program say where sound belongs, and none of it is left out. */
export function fedTrack(track: AudioTrack): AudioTrack {
  if (track.codec !== "opus") return track;
  const description = Uint8Array.from(track.description);
  description.fill(0, PRE_SKIP_AT, PRE_SKIP_AT + 2);
  return { ...track, description };
}
