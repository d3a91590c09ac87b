/** Pictures and sounds as payloads of RTP, made once for all viewers. No I/O. */
import * as avc from "@rostrum/media/codec/avc";
import { MalformedError } from "@rostrum/media/errors";
import type { AudioTrack, Sample, VideoTrack } from "@rostrum/media/sample";
import { packetizeAvcSample } from "@rostrum/rtc/rtp/h264-samples";
import { opusDuration } from "@rostrum/rtc/rtp/opus";
import { SoundStamps } from "./sound-stamps.ts";

/** One picture or one packet of sound. `ticks` is its media time, of 90 kHz or 48 kHz. */
export type Frame = Readonly<{
  kind: "video" | "audio";
  /** Which quality it is of; SOURCE for sound, too. */
  layer: string;
  /** How much later than the source's it usually is here. */
  lagMs: number;
  payloads: readonly Uint8Array[];
  bytes: number;
  ticks: number;
  /** Of sound: its time in RTP. Each viewer's pictures are given theirs when they are sent. */
  rtpTicks: number;
  keyframe: boolean;
}>;

/** With headers, DTLS and UDP it fits into 1,280 bytes, the least that IPv6 lets through. */
export const MAX_PAYLOAD_BYTES = 1_150;

export class Frames {
  readonly #layer: string;
  readonly #sound = new SoundStamps();
  #config: avc.AvcConfig | undefined;
  #hasAudio = false;
  #codecs: string | undefined;

  /** @param layer all frames are of it */
  constructor(layer: string) {
    this.#layer = layer;
  }

  /** Samples that follow are of these tracks: AVC and Opus. @throws {MalformedError} the video's description is broken */
  tracks(video: VideoTrack | undefined, audio: AudioTrack | undefined): void {
    this.#config = video === undefined ? undefined : avc.parseAvcConfig(video.description);
    this.#codecs = video?.codecs;
    this.#hasAudio = audio !== undefined;
  }

  /** RFC 6381 string of the video; undefined when there is none, or it is not known yet. */
  get codecs(): string | undefined {
    return this.#codecs;
  }

  /** By how much RTP time of the sound is ahead of media time by now; ticks of 48 kHz. */
  get soundShiftTicks(): number {
    return this.#sound.shiftTicks;
  }

  /** Undefined: a broken picture, or a sample of a track that there is not. */
  frame(sample: Sample, lagMs: number): Frame | undefined {
    const payloads = sample.kind === "video" ? this.#picture(sample) : this.#hasAudio ? [sample.data] : [];
    if (payloads.length === 0) return undefined;
    const bytes = payloads.reduce((sum, { length }) => sum + length, 0);
    const { kind, keyframe, pts: ticks, duration } = sample;
    const rtpTicks = kind === "video" ? ticks : this.#sound.stamp(ticks, opusDuration(sample.data) ?? duration);
    return { kind, layer: this.#layer, lagMs, payloads, bytes, ticks, rtpTicks, keyframe };
  }

  #picture(sample: Sample): readonly Uint8Array[] {
    if (this.#config === undefined) return [];
    try {
      return packetizeAvcSample(sample, this.#config, MAX_PAYLOAD_BYTES);
    } catch (error) {
      if (error instanceof MalformedError) return [];
      throw error;
    }
  }
}
