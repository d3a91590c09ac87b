/** The one place where a codec's configuration record becomes a Track. */
import { aacCodecString, parseAudioSpecificConfig } from "./codec/aac.ts";
import { av1CodecString, parseAv1Config } from "./codec/av1.ts";
import * as avc from "./codec/avc.ts";
import * as hevc from "./codec/hevc.ts";
import { OPUS_RATE_HZ, opusCodecString, parseOpusConfig, serializeDops } from "./codec/opus.ts";
import { vp9CodecString, vp9Record } from "./codec/vp9.ts";
import { UnsupportedError } from "./errors.ts";
import type { AudioTrack, VideoTrack } from "./sample.ts";

/** Encoders with a variable rate write their clock where the frame rate stands; nothing above this is a camera's rate. */
const MAX_PLAUSIBLE_FPS = 300;
/** Opus packets of live encoders last 20 ms. */
const OPUS_FRAME_TICKS = 960;

type Size = Readonly<{ widthPx: number; heightPx: number }>;
type Picture = Size & Readonly<{ codecs: string; description: Uint8Array; frameRate?: number | undefined }>;

/**
 * Describes a video track from its configuration record (payload of avcC, hvcC, av1C or vpcC). `description` is copied.
 * @param timescale ticks a second of the samples to come
 * @param size picture size for records that do not say it: always VP9, seldom AV1. Ignored otherwise.
 * @throws {MalformedError} the record is broken
 * @throws {UnsupportedError} the record does not say the size and `size` is not given
 */
export function videoTrack(
  codec: VideoTrack["codec"],
  description: Uint8Array,
  timescale: number,
  size?: Size,
): VideoTrack {
  const picture = describePicture(codec, copy(description), size);
  const { widthPx, heightPx, codecs } = picture;
  const rate = picture.frameRate;
  const frameRate = rate !== undefined && rate <= MAX_PLAUSIBLE_FPS ? rate : undefined;
  return { kind: "video", codec, codecs, timescale, description: picture.description, widthPx, heightPx, frameRate };
}

/**
 * Describes an audio track from its AudioSpecificConfig (AAC), or dOps payload or OpusHead (Opus). `description` is copied.
 * With signalled HE-AAC `sampleRateHz` and `timescale` are the rate that is heard and a frame has 2048 ticks.
 * @throws {MalformedError} the configuration is broken
 * @throws {UnsupportedError} not AAC with 960 or 1024 samples a frame
 */
export function audioTrack(codec: AudioTrack["codec"], description: Uint8Array): AudioTrack {
  return codec === "aac" ? aacTrack(copy(description)) : opusTrack(description);
}

/** Not `slice`: on a Buffer that is a view, and the track would hold on to the whole received block. */
function copy(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function describePicture(codec: VideoTrack["codec"], description: Uint8Array, size: Size | undefined): Picture {
  switch (codec) {
    case "avc": {
      const { widthPx, heightPx, frameRate } = firstSps(avc.parseAvcConfig(description).sps, avc.parseSps);
      return { widthPx, heightPx, frameRate, codecs: avc.avcCodecString(description), description };
    }
    case "hevc": {
      const { widthPx, heightPx, frameRate } = firstSps(hevc.parseHevcConfig(description).sps, hevc.parseSps);
      return { widthPx, heightPx, frameRate, codecs: hevc.hevcCodecString(description), description };
    }
    case "av1": {
      const known = parseAv1Config(description).size ?? size;
      return { ...needSize(codec, known), codecs: av1CodecString(description), description };
    }
    case "vp9":
      return { ...needSize(codec, size), codecs: vp9CodecString(description), description: vp9Record(description) };
    default:
      return codec satisfies never;
  }
}

function firstSps<T>(sets: readonly Uint8Array[], parse: (nal: Uint8Array) => T): T {
  // Both record parsers refuse a record without SPS; an empty array is refused by the SPS parsers.
  return parse(sets[0] ?? new Uint8Array());
}

function needSize(codec: string, size: Size | undefined): Size {
  if (size === undefined)
    throw new UnsupportedError(`${codec} configuration without picture size; give the size of a keyframe`);
  return { widthPx: size.widthPx, heightPx: size.heightPx };
}

function aacTrack(description: Uint8Array): AudioTrack {
  const { outputSampleRateHz, sampleRateHz, channels, frameLength, ps } = parseAudioSpecificConfig(description);
  return {
    kind: "audio",
    codec: "aac",
    codecs: aacCodecString(description),
    timescale: outputSampleRateHz,
    description,
    sampleRateHz: outputSampleRateHz,
    channels: ps ? 2 : channels,
    frameTicks: Math.round((frameLength * outputSampleRateHz) / sampleRateHz),
  };
}

function opusTrack(description: Uint8Array): AudioTrack {
  const config = parseOpusConfig(description);
  return {
    kind: "audio",
    codec: "opus",
    codecs: opusCodecString(),
    timescale: OPUS_RATE_HZ,
    description: serializeDops(config),
    sampleRateHz: OPUS_RATE_HZ,
    channels: config.channels,
    frameTicks: OPUS_FRAME_TICKS,
  };
}
