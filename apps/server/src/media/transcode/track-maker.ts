/** Makes one track of a program anew for as long as it runs: a chain of FFmpeg children, started again when one breaks off. */
import type { Sample, Track } from "@rostrum/media/sample";
import type { Clock } from "../../lib/clock.ts";
import type { Ffmpeg, FfmpegExit } from "../../lib/ffmpeg.ts";
import type { Logger } from "../../lib/log.ts";
import { ChildChain } from "./child-chain.ts";
import { LadderChild } from "./ladder-child.ts";
import { Restarts } from "./restarts.ts";

export type TrackMakerOptions = Readonly<{
  ffmpeg: Ffmpeg;
  clock: Clock;
  log: Logger;
  /** For the log: `H.264 for WebRTC`. */
  what: string;
  /** It is fed with times so much later: some encoders begin before the first sample, and no time may be negative. */
  leadSec: number;
  /** Samples that follow belong to this track. */
  onTrack: (track: Track) => void;
  /** Times are those of what it was made of. */
  onSample: (sample: Sample) => void;
}>;

/** What the next child is fed, and how it is started. */
export type Recipe = Readonly<{ track: Track; args: readonly string[] }>;

const NAME = "rtc";
const WATCH_EVERY_MS = 500;
/** A child that owes samples and has written nothing for this long hangs. */
const HANG_MS = 6000;

export class TrackMaker {
  readonly #options: TrackMakerOptions;
  readonly #chain: ChildChain;
  readonly #restarts = new Restarts();
  readonly #cancelWatch: () => void;

  /** Does nothing before the first sample. The caller closes it. */
  constructor(options: TrackMakerOptions) {
    this.#options = options;
    this.#chain = new ChildChain({ stop: () => {} }, (exit) => this.#brokeOff(exit));
    this.#cancelWatch = options.clock.every(WATCH_EVERY_MS, () => this.#watch());
  }

  get isRunning(): boolean {
    return this.#chain.current !== undefined;
  }

  /** The next sample, with which a child may begin when `begins`; `recipe` is only asked for then. */
  feed(sample: Sample, begins: boolean, recipe: () => Recipe): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (begins && !this.isRunning && this.#restarts.mayStart(nowMs)) this.#start(recipe(), nowMs);
    const child = this.#chain.current;
    if (child === undefined) return;
    const lead = this.#options.leadSec * child.track.timescale;
    child.feed(lead === 0 ? sample : { ...sample, dts: sample.dts + lead, pts: sample.pts + lead });
  }

  /** Other samples follow: the child writes what it has, and the next one begins with them. */
  endCurrent(): void {
    this.#chain.endCurrent();
  }

  /** Nothing follows for now. */
  stop(): void {
    this.#chain.replaceBy(undefined);
  }

  /** Resolves when no child is left. */
  async close(): Promise<void> {
    this.#cancelWatch();
    await this.#chain.close();
  }

  #start({ track, args }: Recipe, nowMs: number): void {
    const { ffmpeg, log, what, leadSec, onTrack, onSample } = this.#options;
    let timescale = 1;
    const child = new LadderChild({
      ffmpeg,
      args,
      track,
      names: [NAME],
      output: {
        begin: (_, made) => {
          ({ timescale } = made);
          onTrack(made);
        },
        push: (_, made) => {
          const lead = leadSec * timescale;
          onSample(lead === 0 ? made : { ...made, dts: made.dts - lead, pts: made.pts - lead });
        },
      },
      onDrop: () => {},
      onBegin: (afterMs) => log.debug({ what, afterMs: Math.round(afterMs) }, "what WebRTC needs is there"),
    });
    log.info({ what, pid: child.pid, from: track.codecs }, "making a track for WebRTC begins");
    this.#restarts.started(nowMs);
    this.#chain.replaceBy(child);
  }

  #watch(): void {
    const child = this.#chain.current;
    const nowMs = this.#options.clock.monotonicMs();
    if (child === undefined) return;
    this.#restarts.isWell(nowMs);
    if (child.silentMs(nowMs) <= HANG_MS) return;
    child.kill();
    this.#fail("FFmpeg stopped answering.");
  }

  #brokeOff({ code, signal, stderr }: FfmpegExit): void {
    this.#options.log.warn({ what: this.#options.what, code, signal, stderr }, "making a track for WebRTC broke off");
    this.#fail("FFmpeg broke off.");
  }

  #fail(reason: string): void {
    const delayMs = this.#restarts.failed(reason, this.#options.clock.monotonicMs());
    this.#options.log.info({ what: this.#options.what, reason, delayMs }, "making a track for WebRTC starts again");
    this.#chain.replaceBy(undefined);
  }
}
