/** FLV video tags become a track and samples. The configuration may come as a record or inside of key frames. */
import { findSequenceHeader } from "@rostrum/media/codec/av1";
import * as avc from "@rostrum/media/codec/avc";
import * as hevc from "@rostrum/media/codec/hevc";
import { parseVp9KeyframeSize } from "@rostrum/media/codec/vp9";
import { equalBytes } from "@rostrum/media/bytes";
import { parseVideoTag, type VideoTag } from "@rostrum/media/flv/video-tag";
import type { VideoTrack } from "@rostrum/media/sample";
import { videoTrack } from "@rostrum/media/track-from-config";
import type { SourceSample } from "../source-event.ts";

type Frame = Extract<VideoTag, { kind: "frame" }>;
type NalCodec = "avc" | "hevc";

/** `changed`: the track is another one from this tag on. `dropped` says why a frame could not be used. */
export type Mapped = { changed?: boolean; sample?: SourceSample; dropped?: string };

const TIMESCALE = 90_000;
const AV1_TEMPORAL_DELIMITER = Uint8Array.of(0x12, 0x00);

export class VideoMapper {
  #track: VideoTrack | undefined;
  /** As the encoder sent it: repeated records are no change. */
  #record: { codec: VideoTrack["codec"]; bytes: Uint8Array } | undefined;
  #nalLengthBytes = 4;

  get track(): VideoTrack | undefined {
    return this.#track;
  }

  /** @throws {MalformedError} the tag or the record is broken @throws {UnsupportedError} a codec that is not taken */
  map(timestampMs: number, payload: Uint8Array): Mapped {
    const tag = parseVideoTag(payload);
    if (tag.kind === "config") return { changed: this.#configure(tag.codec, tag.record) };
    if (tag.kind !== "frame") return {};
    const record = this.#record;
    if (record === undefined) return { dropped: "video before its configuration" };
    if (record.codec !== tag.codec)
      return { dropped: `${tag.codec} video, but the configuration is of ${record.codec}` };
    return this.#frame(timestampMs, tag);
  }

  #configure(codec: VideoTrack["codec"], bytes: Uint8Array): boolean {
    if (this.#record?.codec === codec && equalBytes(this.#record.bytes, bytes)) return false;
    if (codec === "vp9") {
      // Its record has no picture size: the track is known with the next key frame.
      this.#record = { codec, bytes: bytes.slice() };
      this.#track = undefined;
      return false;
    }
    const track = videoTrack(codec, bytes, TIMESCALE);
    this.#nalLengthBytes = nalLengthOf(codec, bytes);
    this.#record = { codec, bytes: bytes.slice() };
    this.#track = track;
    return true;
  }

  #frame(timestampMs: number, frame: Frame): Mapped {
    const { codec } = frame;
    if (codec === "avc" || codec === "hevc") return this.#nalFrame(timestampMs, frame, codec);
    if (codec === "vp9") return this.#vp9Frame(timestampMs, frame);
    const data = withoutTemporalDelimiter(frame.data);
    if (data.byteLength === 0) return {};
    // Throws when the sizes of units do not fit: such a frame must not reach players.
    findSequenceHeader(data);
    return { sample: sample(timestampMs, frame, frame.keyframe, data) };
  }

  #nalFrame(timestampMs: number, frame: Frame, codec: NalCodec): Mapped {
    const prefix = this.#nalLengthBytes;
    const nals = avc.splitNals(frame.data, prefix);
    if (nals.length === 0) return {};
    const keyframe = frame.keyframe || (codec === "avc" ? avc.hasIdr : hevc.hasRandomAccessPoint)(frame.data, prefix);
    const changed = keyframe && this.#adoptParameterSets(codec, frame.data);
    // Records that we build have lengths of 4 bytes.
    const data = prefix === 4 || !this.#isRebuilt() ? frame.data : avc.joinNals(nals, 4);
    return { changed, sample: sample(timestampMs, frame, keyframe, data) };
  }

  #isRebuilt(): boolean {
    return (
      this.#track !== undefined && nalLengthOf(this.#track.codec, this.#track.description) !== this.#nalLengthBytes
    );
  }

  /** Encoders that change picture size without a new record put the new parameter sets into the key frame. */
  #adoptParameterSets(codec: NalCodec, data: Uint8Array): boolean {
    const known = this.#track?.description;
    if (known === undefined) return false;
    const rebuilt =
      codec === "avc" ? rebuildAvc(known, data, this.#nalLengthBytes) : rebuildHevc(known, data, this.#nalLengthBytes);
    if (rebuilt === undefined) return false;
    this.#track = videoTrack(codec, rebuilt, TIMESCALE);
    return true;
  }

  #vp9Frame(timestampMs: number, frame: Frame): Mapped {
    const size = frame.keyframe ? parseVp9KeyframeSize(frame.data) : undefined;
    const track = this.#track;
    const changed = size !== undefined && (track?.widthPx !== size.widthPx || track.heightPx !== size.heightPx);
    if (changed && this.#record !== undefined) this.#track = videoTrack("vp9", this.#record.bytes, TIMESCALE, size);
    if (this.#track === undefined) return { dropped: "video before its first key frame" };
    return { changed, sample: sample(timestampMs, frame, frame.keyframe, frame.data) };
  }
}

/** A record with the parameter sets inside `data`, or undefined when they are those of `known` or there are none. */
function rebuildAvc(known: Uint8Array, data: Uint8Array, nalLengthBytes: number): Uint8Array | undefined {
  const found = avc.findParameterSets(data, nalLengthBytes);
  const config = avc.parseAvcConfig(known);
  if (includesAll(config.sps, found.sps) && includesAll(config.pps, found.pps)) return undefined;
  return avc.buildAvcConfig(orKnown(found.sps, config.sps), orKnown(found.pps, config.pps));
}

function rebuildHevc(known: Uint8Array, data: Uint8Array, nalLengthBytes: number): Uint8Array | undefined {
  const found = hevc.findParameterSets(data, nalLengthBytes);
  const config = hevc.parseHevcConfig(known);
  const same = (["vps", "sps", "pps"] as const).every((kind) => includesAll(config[kind], found[kind]));
  if (same) return undefined;
  return hevc.buildHevcConfig(
    orKnown(found.vps, config.vps),
    orKnown(found.sps, config.sps),
    orKnown(found.pps, config.pps),
  );
}

function includesAll(known: readonly Uint8Array[], sets: readonly Uint8Array[]): boolean {
  return sets.every((set) => known.some((other) => equalBytes(other, set)));
}

function orKnown(found: readonly Uint8Array[], known: readonly Uint8Array[]): readonly Uint8Array[] {
  return found.length > 0 ? found : known;
}

function nalLengthOf(codec: VideoTrack["codec"], record: Uint8Array): number {
  if (codec === "avc") return avc.parseAvcConfig(record).nalLengthBytes;
  return codec === "hevc" ? hevc.parseHevcConfig(record).nalLengthBytes : 4;
}

/** MP4 samples carry no temporal delimiter (AV1 in ISOBMFF §2.4). */
function withoutTemporalDelimiter(data: Uint8Array): Uint8Array {
  const starts = AV1_TEMPORAL_DELIMITER.every((byte, i) => data[i] === byte);
  return starts ? data.subarray(AV1_TEMPORAL_DELIMITER.byteLength) : data;
}

function sample(timestampMs: number, frame: Frame, keyframe: boolean, data: Uint8Array): SourceSample {
  return { kind: "video", timestampMs, compositionMs: frame.compositionMs, keyframe, data, durationTicks: 0 };
}
