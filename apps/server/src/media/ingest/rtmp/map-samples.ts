/** What an RTMP publisher sends becomes source events. Pure; one mapper per publisher. */
import type { AmfObject } from "@rostrum/media/amf0";
import { equalBytes } from "@rostrum/media/bytes";
import { opusPacketTicks } from "@rostrum/media/codec/opus";
import { MalformedError } from "@rostrum/media/errors";
import { parseAudioTag } from "@rostrum/media/flv/audio-tag";
import type { AudioTrack } from "@rostrum/media/sample";
import { audioTrack } from "@rostrum/media/track-from-config";
import type { SourceEvent } from "../source-event.ts";
import { type Mapped, VideoMapper } from "./map-video.ts";

/** One message of the server session. */
export type RtmpMedia = Readonly<{ kind: "video" | "audio"; timestampMs: number; data: Uint8Array }>;

const MAX_PLAUSIBLE_FPS = 300;
const VIDEO_KEYS = ["videocodecid", "videodatarate", "width"];
const AUDIO_KEYS = ["audiocodecid", "audiodatarate", "audiosamplerate"];

/** Tells tracks when a configuration comes or changes, and only then. */
export class SampleMapper {
  readonly #video = new VideoMapper();
  #audio: AudioTrack | undefined;
  #audioRecord: Uint8Array | undefined;
  #frameRateHint: number | undefined;
  #expects: { video: boolean; audio: boolean } | undefined;

  /** onMetaData: hints, which count from the next tracks on. Encoders may leave it out. */
  metadata(values: AmfObject): void {
    const rate = values["framerate"] ?? values["fps"];
    if (typeof rate === "number" && rate > 0 && rate <= MAX_PLAUSIBLE_FPS) this.#frameRateHint = rate;
    const names = (keys: readonly string[]): boolean =>
      keys.some((key) => values[key] !== undefined && values[key] !== null && values[key] !== 0);
    const video = names(VIDEO_KEYS);
    const audio = names(AUDIO_KEYS);
    if (video || audio) this.#expects = { video, audio };
  }

  /**
   * The events of one message; broken media becomes a `dropped` event.
   * @throws {UnsupportedError} a codec that is not taken: the publisher is to be told
   */
  media({ kind, timestampMs, data }: RtmpMedia): SourceEvent[] {
    let mapped: Mapped;
    try {
      mapped = kind === "video" ? this.#video.map(timestampMs, data) : this.#mapAudio(timestampMs, data);
    } catch (error) {
      // RangeError: parameter sets that no record can hold.
      if (!(error instanceof MalformedError || error instanceof RangeError)) throw error;
      mapped = { dropped: error.message };
    }
    const events: SourceEvent[] = [];
    if (mapped.changed === true) events.push(this.#tracks());
    if (mapped.sample !== undefined) events.push({ type: "sample", sample: mapped.sample });
    if (mapped.dropped !== undefined) events.push({ type: "dropped", samples: 1, reason: mapped.dropped });
    return events;
  }

  #tracks(): SourceEvent {
    return {
      type: "tracks",
      video: this.#video.track,
      audio: this.#audio,
      frameRateHint: this.#frameRateHint,
      ...(this.#expects === undefined ? {} : { expects: this.#expects }),
    };
  }

  #mapAudio(timestampMs: number, payload: Uint8Array): Mapped {
    const tag = parseAudioTag(payload);
    if (tag.kind === "config") return { changed: this.#configureAudio(tag.codec, tag.record) };
    if (tag.kind !== "frame" || tag.data.byteLength === 0) return {};
    const track = this.#audio;
    if (track === undefined) return { dropped: "audio before its configuration" };
    if (track.codec !== tag.codec) return { dropped: `${tag.codec} audio, but the configuration is of ${track.codec}` };
    const durationTicks = tag.codec === "opus" ? opusPacketTicks(tag.data) : track.frameTicks;
    const { data } = tag;
    return { sample: { kind: "audio", timestampMs, compositionMs: 0, keyframe: true, data, durationTicks } };
  }

  #configureAudio(codec: AudioTrack["codec"], record: Uint8Array): boolean {
    const known = this.#audioRecord;
    if (this.#audio?.codec === codec && known !== undefined && equalBytes(known, record)) return false;
    this.#audio = audioTrack(codec, record);
    this.#audioRecord = record.slice();
    return true;
  }
}
