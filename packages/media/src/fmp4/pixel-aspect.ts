/** Pixels that are not square: encoders that send 720x576 for a 16:9 picture. */
import * as avc from "../codec/avc.ts";
import * as hevc from "../codec/hevc.ts";
import type { VideoTrack } from "../sample.ts";

const MAX_TKHD_PX = 0xffff;

/** Sample aspect ratio from the track's parameter sets; 1:1 for codecs that do not carry one. */
export function pixelAspect(track: VideoTrack): { horizontal: number; vertical: number } {
  const sps = readSps(track);
  return sps === undefined ? { horizontal: 1, vertical: 1 } : { horizontal: sps.sarWidth, vertical: sps.sarHeight };
}

/** The size at which the picture is shown: its height, and the width that square pixels need. */
export function displaySize(track: VideoTrack): { widthPx: number; heightPx: number } {
  const { horizontal, vertical } = pixelAspect(track);
  const widthPx = Math.min(MAX_TKHD_PX, Math.round((track.widthPx * horizontal) / vertical));
  return { widthPx, heightPx: track.heightPx };
}

function readSps(track: VideoTrack): { sarWidth: number; sarHeight: number } | undefined {
  if (track.codec === "avc") return parseFirst(avc.parseAvcConfig(track.description).sps, avc.parseSps);
  if (track.codec === "hevc") return parseFirst(hevc.parseHevcConfig(track.description).sps, hevc.parseSps);
  return undefined;
}

function parseFirst<T>(sets: readonly Uint8Array[], parse: (nal: Uint8Array) => T): T | undefined {
  const [first] = sets;
  return first === undefined ? undefined : parse(first);
}
