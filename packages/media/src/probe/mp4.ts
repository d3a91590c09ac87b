/** The tracks that an MP4 stream announces. ISO/IEC 14496-12. Only a header before the media can be taken from a live stream. */
import { MalformedError, UnsupportedError } from "../errors.ts";
import { type Box, iterateBoxes, needBox, openFullBox, peekBoxSize } from "../fmp4/boxes.ts";
import type { ProbedAudio, ProbedTrack, ProbedVideo } from "./container.ts";

const SPEC = "ISO/IEC 14496-12 §8.2";
const MAX_TRACKS = 64;
const VIDEO_ENTRIES: Readonly<Record<string, ProbedVideo>> = {
  avc1: "avc",
  avc3: "avc",
  hvc1: "hevc",
  hev1: "hevc",
  vp08: "vp8",
  vp09: "vp9",
  av01: "av1",
};
const AUDIO_ENTRIES: Readonly<Record<string, ProbedAudio>> = {
  mp4a: "aac",
  Opus: "opus",
  fLaC: "flac",
  ".mp3": "mp3",
  "ac-3": "ac3",
  "ec-3": "eac3",
};

/**
 * The tracks, or undefined when their box is not complete in `bytes`.
 * @throws {MalformedError} broken boxes, or more than 64 tracks
 * @throws {UnsupportedError} media before the header, as in a file that was not written for streaming
 */
export function probeMp4(bytes: Uint8Array): readonly ProbedTrack[] | undefined {
  let at = 0;
  while (at < bytes.length) {
    const left = bytes.subarray(at);
    const sizeBytes = peekBoxSize(left);
    if (sizeBytes === undefined) return undefined;
    const type = String.fromCharCode(...left.subarray(4, 8));
    if (type === "mdat" || type === "moof") {
      throw new UnsupportedError("MP4 with media before its header; a fragmented MP4 (or WebM) is accepted");
    }
    if (sizeBytes === 0) throw new MalformedError("box of unknown length", at, SPEC);
    if (type === "moov") return sizeBytes > left.length ? undefined : readMovie(left.subarray(0, sizeBytes));
    at += sizeBytes;
  }
  return undefined;
}

function readMovie(bytes: Uint8Array): ProbedTrack[] {
  const traks = [...iterateBoxes(needBox(bytes, "moov").payload)].filter((box) => box.type === "trak");
  if (traks.length > MAX_TRACKS) throw new MalformedError(`${traks.length} tracks`, 0, SPEC);
  return traks.flatMap((trak) => readTrack(trak) ?? []);
}

function readTrack(trak: Box): ProbedTrack | undefined {
  const { reader } = openFullBox(needBox(trak.payload, "mdia", "hdlr"));
  reader.skip(4);
  const handler = reader.fourCc();
  if (handler !== "vide" && handler !== "soun") return undefined;
  const stsd = openFullBox(needBox(trak.payload, "mdia", "minf", "stbl", "stsd")).reader;
  stsd.skip(4); // entry count
  const name = firstType(stsd.rest());
  if (handler === "vide") return { kind: "video", codec: own(VIDEO_ENTRIES, name), name };
  return { kind: "audio", codec: own(AUDIO_ENTRIES, name), name };
}

function firstType(entries: Uint8Array): string {
  const [entry] = iterateBoxes(entries);
  if (entry === undefined) throw new MalformedError("no sample description", 0, "ISO/IEC 14496-12 §8.5.2");
  return entry.type;
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
