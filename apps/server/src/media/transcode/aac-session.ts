/** AAC made of a program's Opus sound, for players that know no Opus: one small FFmpeg child beside the ladder's. */
import type { AudioTrack, Sample } from "@rostrum/media/sample";
import type { Clock } from "../../lib/clock.ts";
import type { Ffmpeg, FfmpegExit } from "../../lib/ffmpeg.ts";
import type { Logger } from "../../lib/log.ts";
import type { ProgramEvent } from "../hub/program-event.ts";
import type { Subscription } from "../hub/program-hub.ts";
import { ChildChain } from "./child-chain.ts";
import { LEAD_SEC, aacArgs, fedTrack } from "./aac-args.ts";
import { LadderChild } from "./ladder-child.ts";
import { Restarts } from "./restarts.ts";
import type { RungOutput } from "./rung-output.ts";

export type AacOptions = Readonly<{
  ffmpeg: Ffmpeg;
  clock: Clock;
  log: Logger;
  output: Pick<RungOutput, "planAudio" | "begin" | "push" | "stop">;
}>;

/** Of the rendition. */
const NAME = "a1";
const WATCH_EVERY_MS = 500;
/** A child that owes sound and has written nothing for this long hangs. */
const HANG_MS = 6000;
const TOO_MANY_IN_A_ROW = 3;
const OUTPUT_RATE_HZ = 48_000;

export class AacSession {
  readonly #options: AacOptions;
  readonly #chain: ChildChain;
  readonly #restarts = new Restarts();
  #track: AudioTrack | undefined;
  /** Players that have chosen it stay with it, also when another source sends AAC by itself. */
  #wasNeeded = false;

  constructor(options: AacOptions) {
    this.#options = options;
    this.#chain = new ChildChain(options.output, (exit) => this.#brokeOff(exit));
  }

  /** Transcodes until the subscription ends. Resolves when everything was pushed and no child is left; never rejects. */
  async run(subscription: Subscription): Promise<void> {
    const { clock, log } = this.#options;
    const cancel = clock.every(WATCH_EVERY_MS, () => this.#watch());
    try {
      for await (const batch of subscription) for (const event of batch) this.#push(event);
    } catch (error) {
      log.error({ err: error }, "making AAC ended by an error; the source's sound goes on");
    }
    cancel();
    await this.#chain.close();
  }

  #push(event: ProgramEvent): void {
    if (event.type === "tracks") this.#tracks(event.audio, event.discontinuity);
    else if (event.type !== "sample") this.#chain.replaceBy(undefined);
    else if (event.sample.kind === "audio") this.#sample(event.sample);
  }

  #tracks(audio: AudioTrack | undefined, discontinuity: boolean): void {
    const before = this.#track;
    this.#wasNeeded ||= audio?.codec === "opus";
    this.#track = this.#wasNeeded ? audio : undefined;
    this.#options.output.planAudio(this.#track === undefined ? [] : [NAME]);
    if (this.#track === undefined) this.#chain.replaceBy(undefined);
    else if (discontinuity || before === undefined || !sameTrack(before, this.#track)) this.#chain.endCurrent();
  }

  #sample(sample: Sample): void {
    const track = this.#track;
    if (track === undefined) return;
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#chain.current === undefined && this.#restarts.mayStart(nowMs)) this.#start(track, sample, nowMs);
    const lead = LEAD_SEC * track.timescale;
    this.#chain.current?.feed({ ...sample, dts: sample.dts + lead, pts: sample.pts + lead });
  }

  #start(track: AudioTrack, first: Sample, nowMs: number): void {
    const { ffmpeg, log, output } = this.#options;
    const child = new LadderChild({
      ffmpeg,
      args: aacArgs(track),
      track: fedTrack(track),
      names: [NAME],
      output: {
        begin: (name, made) => output.begin(name, made),
        push: (name, made) => pushFrom(output, first.dts / track.timescale, name, made),
      },
      onDrop: () => {},
      onBegin: () => {},
    });
    log.info({ pid: child.pid, from: track.codecs }, "making AAC begins");
    this.#restarts.started(nowMs);
    this.#chain.replaceBy(child);
    output.planAudio([NAME]);
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
    this.#options.log.warn({ code, signal, stderr }, "making AAC broke off");
    this.#fail("FFmpeg broke off.");
  }

  /** The source's sound goes on; this rendition has gaps until the next child is there. */
  #fail(reason: string): void {
    const delayMs = this.#restarts.failed(reason, this.#options.clock.monotonicMs());
    this.#options.log.info({ reason, delayMs }, "making AAC starts again");
    this.#chain.replaceBy(undefined);
    // Until then it stays listed: there are players for which there is no other sound.
    if (this.#restarts.inARow >= TOO_MANY_IN_A_ROW) this.#options.output.planAudio([]);
  }
}

/**
 * The encoder begins with a frame that stands before the first sound: it is left out. The times of the others are those at
 * which their sound is heard.
 */
function pushFrom(output: Pick<RungOutput, "push">, fromSec: number, name: string, sample: Sample): void {
  const dts = sample.dts - LEAD_SEC * OUTPUT_RATE_HZ;
  const isPriming = dts + sample.duration / 2 < fromSec * OUTPUT_RATE_HZ;
  if (!isPriming) output.push(name, { ...sample, dts, pts: dts });
}

function sameTrack(one: AudioTrack, other: AudioTrack): boolean {
  return one.codecs === other.codecs && Buffer.compare(one.description, other.description) === 0;
}
