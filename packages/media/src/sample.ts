/** The currency of the media plane: a track's description and its samples. All protocols map to this, all outputs start from it. */

/**
 * What a decoder must know before the first sample of a video track.
 * `description` is the codec's configuration record (avcC, hvcC, av1C, vpcC payload) and samples are in the matching
 * MP4 form (AVC/HEVC: length-prefixed NAL units, `nalLengthBytes` given inside the record).
 * `codecs` is the RFC 6381 string. `frameRate` is what the bitstream promises (VUI), not what was measured.
 */
export type VideoTrack = Readonly<{
  kind: "video";
  codec: "avc" | "hevc" | "av1" | "vp9";
  codecs: string;
  timescale: number;
  description: Uint8Array;
  widthPx: number;
  heightPx: number;
  frameRate: number | undefined;
}>;

/**
 * What a decoder must know before the first sample of an audio track.
 * `description` is the AudioSpecificConfig (AAC) or the OpusSpecificBox payload (dOps).
 * `frameTicks` is the usual duration of one sample in ticks of `timescale`, which equals `sampleRateHz` for AAC and 48000 for Opus.
 */
export type AudioTrack = Readonly<{
  kind: "audio";
  codec: "aac" | "opus";
  codecs: string;
  timescale: number;
  description: Uint8Array;
  sampleRateHz: number;
  channels: number;
  frameTicks: number;
}>;

export type Track = VideoTrack | AudioTrack;

/** One video access unit or one audio frame. `pts`, `dts`, `duration` are integer ticks of its track's timescale; audio has pts = dts. */
export type Sample = Readonly<{
  kind: "video" | "audio";
  pts: number;
  dts: number;
  duration: number;
  keyframe: boolean;
  data: Uint8Array;
}>;
