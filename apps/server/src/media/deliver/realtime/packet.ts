/** Turns what a program publishes into packets that all viewers share: each sample is muxed and framed once. No I/O. */
import { writeFragment } from "@rostrum/media/fmp4/fragment";
import { writeInit } from "@rostrum/media/fmp4/init";
import type { AudioTrack, Sample, Track, VideoTrack } from "@rostrum/media/sample";
import { VIDEO_TIMESCALE, type ProgramEvent } from "../../hub/program-event.ts";
import { KEYFRAME_FLAG, KIND, mediaFrame, textFrame, tracksMessage } from "./wire.ts";

/** Whole WebSocket frames. `samples` is 0 for what describes the media; `begins`: a decoder can begin here. */
export type Packet = Readonly<{ bytes: Buffer; samples: number; begins: boolean }>;

type TracksEvent = Extract<ProgramEvent, { type: "tracks" }>;
type SampleEvent = Extract<ProgramEvent, { type: "sample" }>;

export class Packets {
  #tracks: TracksEvent | undefined;
  #isDescribed = false;
  readonly #sequence = { video: 0, audio: 0 };

  /** Whether a decoder must begin with a key frame. */
  get hasVideo(): boolean {
    return this.#tracks?.video !== undefined;
  }

  /** Takes the tracks of what follows. */
  begin(tracks: TracksEvent): void {
    const before = this.#tracks;
    const untold = before !== undefined && !this.#isDescribed && before.discontinuity;
    this.#tracks = { ...tracks, discontinuity: tracks.discontinuity || untold };
    this.#isDescribed = false;
  }

  /**
   * What describes the media, as soon as `first` has told the wall clock: once for all tracks, else undefined. `late` is for
   * viewers that come later: to them nothing is discontinuous.
   * @throws {UnsupportedError | MalformedError} a track that has no init segment
   */
  describe(first: SampleEvent): { now: Packet; late: Packet } | undefined {
    if (this.#tracks === undefined || this.#isDescribed) return undefined;
    this.#isDescribed = true;
    const { video, audio } = this.#tracks;
    const track = first.sample.kind === "video" ? video : audio;
    const wallZeroMs = first.wallMs - (first.sample.dts * 1000) / (track?.timescale ?? VIDEO_TIMESCALE);
    const inits = [...initFrame(KIND.videoInit, video), ...initFrame(KIND.audioInit, audio)];
    const packet = (tracks: TracksEvent): Packet => {
      const text = textFrame(tracksMessage(tracks, wallZeroMs));
      return { bytes: Buffer.concat([text, ...inits]), samples: 0, begins: false };
    };
    return { now: packet(this.#tracks), late: packet({ ...this.#tracks, discontinuity: false }) };
  }

  /** @throws {RangeError} the sample's times do not fit into a fragment */
  sample(sample: Sample): Packet {
    const { kind, keyframe } = sample;
    this.#sequence[kind] += 1;
    const isBegin = kind === "video" && keyframe;
    const media = writeFragment({ kind }, this.#sequence[kind], [sample]);
    const bytes = mediaFrame(KIND[kind] + (isBegin ? KEYFRAME_FLAG : 0), media);
    return { bytes, samples: 1, begins: isBegin || !this.hasVideo };
  }
}

/** Both in one write. */
export function joined(first: Packet, second: Packet): Packet {
  const bytes = Buffer.concat([first.bytes, second.bytes]);
  return { bytes, samples: first.samples + second.samples, begins: first.begins };
}

function initFrame(kind: number, track: VideoTrack | AudioTrack | undefined): Buffer[] {
  return track === undefined ? [] : [mediaFrame(kind, writeInit(track satisfies Track))];
}
