/** The ladder of one program: which rungs run, and the FFmpeg child that makes them. The source rendition never waits for it. */
import type { LadderHealth } from "@rostrum/contract/health";
import type { VideoTrack } from "@rostrum/media/sample";
import type { Clock } from "../../lib/clock.ts";
import type { Ffmpeg, FfmpegExit } from "../../lib/ffmpeg.ts";
import type { Logger } from "../../lib/log.ts";
import type { ProgramEvent } from "../hub/program-event.ts";
import type { Subscription } from "../hub/program-hub.ts";
import type { Admission } from "./admission.ts";
import { ChildChain } from "./child-chain.ts";
import type { SourceRate } from "./cpu-headroom.ts";
import type { EncoderChoice } from "./encoders.ts";
import { ladderArgs } from "./ffmpeg-args.ts";
import { FrameRate } from "./frame-rate.ts";
import { LadderChild } from "./ladder-child.ts";
import { type LadderWish, type Rung, rungsFor, sameRungs } from "./ladder.ts";
import { Restarts } from "./restarts.ts";
import type { RungOutput } from "./rung-output.ts";
import { Shedding } from "./shedding.ts";

export type SessionOptions = Readonly<{
  ffmpeg: Ffmpeg;
  choice: EncoderChoice;
  clock: Clock;
  log: Logger;
  output: RungOutput;
  /** Of the machine. */
  cores: number;
  /** What the channel wants; undefined: nobody knows any more, everything stays as it is. */
  wish: () => Promise<LadderWish | undefined>;
  /** Which of these rungs the machine can carry beside everything else. @param running names of those that run already */
  admit: (rungs: readonly Rung[], source: SourceRate, running: readonly string[]) => Admission;
  /** Told of pictures that were not transcoded because the child is behind. */
  onDrop: (samples: number) => void;
  /** Told how long a child took from its first picture to the first one of every rung. */
  onBegin: (afterMs: number) => void;
}>;

const WISH_EVERY_MS = 5000;
const WATCH_EVERY_MS = 500;
/** Rungs that do not run are thought of again this often. */
const RECONSIDER_MS = 15_000;
/** A child that owes pictures and has written nothing for this long hangs; one that has only begun gets more time. */
const HANG_MS = 4000;
const START_MS = 8000;
/** So many children in a row that hang or break off: the machine cannot carry what they have to do. */
const TOO_MANY_IN_A_ROW = 3;
const DEFAULT_FPS = 30;

type SampleEvent = Extract<ProgramEvent, { type: "sample" }>;
type TracksEvent = Extract<ProgramEvent, { type: "tracks" }>;
type RungState = Pick<LadderHealth["rungs"][number], "state" | "reason">;

export class LadderSession {
  readonly #options: SessionOptions;
  readonly #chain: ChildChain;
  readonly #fps = new FrameRate();
  readonly #restarts = new Restarts();
  readonly #shedding = new Shedding();
  #wish: LadderWish = { ladder: "passthrough", ladderRungs: [] };
  #video: VideoTrack | undefined;
  /** Every rung below the source that the channel wants, and those of them that run or are about to. */
  #wanted: readonly Rung[] = [];
  #chosen: Admission = { rungs: [], cores: 0 };
  /** What runs is not what was chosen: it is replaced at the next key frame. */
  #isOutdated = false;
  #reconsiderAtMs = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#chain = new ChildChain(options.output, (exit) => this.#brokeOff(exit));
  }

  /** What it is expected to use. */
  get cores(): number {
    return this.#chosen.cores;
  }

  /** Transcodes until the subscription ends. Resolves when everything was pushed and no child is left; never rejects. */
  async run(subscription: Subscription): Promise<void> {
    const { clock, log } = this.#options;
    const cancels = [
      clock.every(WISH_EVERY_MS, () => void this.#followWish()),
      clock.every(WATCH_EVERY_MS, () => this.#watch()),
    ];
    try {
      await this.#followWish();
      for await (const batch of subscription) for (const event of batch) this.#push(event);
    } catch (error) {
      log.error({ err: error }, "transcoding ended by an error; the source goes on");
    }
    for (const cancel of cancels) cancel();
    this.#chosen = { rungs: [], cores: 0 };
    await this.#chain.close();
  }

  /** null: the channel wants nothing but the source. */
  health(): LadderHealth | null {
    const { encoder, reason: encoderReason } = this.#options.choice;
    if (this.#wish.ladder === "passthrough") return null;
    const rungs = this.#wanted.map(({ name, heightPx, videoBitrateBps }) => {
      return { name, heightPx, videoBitrateBps, ...this.#stateOf(name) };
    });
    const mode = this.#wish.ladder;
    return { mode, encoder: encoder?.name ?? null, encoderReason, rungs, restarts: this.#restarts.count };
  }

  #stateOf(name: string): RungState {
    const { choice, clock } = this.#options;
    if (choice.encoder === undefined) return { state: "off", reason: choice.reason };
    if (this.#chosen.rungs.some((rung) => rung.name === name)) {
      if (this.#chain.current?.hasBegun(name) === true) return { state: "running", reason: null };
      return { state: "starting", reason: this.#restarts.reason ?? "It begins with the source's next key frame." };
    }
    const reason = this.#shedding.isShed(name, clock.monotonicMs())
      ? "Transcoding fell behind real time, so this rendition was given up. It is tried again later."
      : "The machine has too little processor time left for this rendition.";
    return { state: "shed", reason };
  }

  async #followWish(): Promise<void> {
    try {
      const wish = await this.#options.wish();
      if (wish === undefined || JSON.stringify(wish) === JSON.stringify(this.#wish)) return;
      this.#wish = wish;
      this.#choose();
    } catch (err) {
      this.#options.log.error({ err }, "the ladder's settings could not be asked for");
    }
  }

  #push(event: ProgramEvent): void {
    if (event.type === "sample") this.#sample(event);
    else if (event.type === "tracks") this.#tracks(event);
    else this.#chain.replaceBy(undefined);
  }

  #tracks({ video, discontinuity }: TracksEvent): void {
    if (!discontinuity && video !== undefined && this.#video !== undefined && sameTrack(video, this.#video)) return;
    this.#video = video;
    this.#fps.begin(video?.frameRate);
    this.#choose();
    // Another encoder's pictures need another child.
    if (this.#chosen.rungs.length > 0) this.#chain.endCurrent();
    else this.#chain.replaceBy(undefined);
  }

  #sample({ sample }: SampleEvent): void {
    if (sample.kind !== "video") return;
    this.#fps.add(sample.duration);
    if (sample.keyframe) this.#keyframe();
    this.#chain.current?.feed(sample);
  }

  #keyframe(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const isDue = this.#chain.current === undefined ? this.#restarts.mayStart(nowMs) : this.#isOutdated;
    if (isDue) this.#start(nowMs);
  }

  #start(nowMs: number): void {
    const { choice, ffmpeg, output, cores, onDrop, onBegin, log } = this.#options;
    const { rungs } = this.#chosen;
    this.#isOutdated = false;
    if (this.#video === undefined || choice.encoder === undefined || rungs.length === 0)
      return this.#chain.replaceBy(undefined);
    const names = rungs.map((rung) => rung.name);
    const args = ladderArgs({ encoder: choice.encoder, rungs, fps: this.#fps.value ?? DEFAULT_FPS, cores });
    const child = new LadderChild({ ffmpeg, args, track: this.#video, names, output, onDrop, onBegin });
    log.info({ rungs: rungs.map((rung) => `${rung.heightPx}p`), pid: child.pid }, "transcoding begins");
    this.#restarts.started(nowMs);
    this.#shedding.started(nowMs);
    this.#chain.replaceBy(child);
    output.plan(names);
  }

  /** What runs from the next key frame on. */
  #choose(): void {
    const { choice, output, admit, clock, log } = this.#options;
    const before = this.#chosen.rungs;
    const nowMs = clock.monotonicMs();
    const source = this.#video && { ...this.#video, fps: this.#fps.value };
    this.#reconsiderAtMs = nowMs + RECONSIDER_MS;
    this.#wanted = source === undefined ? [] : rungsFor(this.#wish, source, source.fps);
    const allowed = choice.encoder === undefined ? [] : this.#shedding.allowed(this.#wanted, nowMs);
    const running = this.#chain.current === undefined ? [] : before.map((rung) => rung.name);
    this.#chosen = source === undefined ? { rungs: [], cores: 0 } : admit(allowed, source, running);
    if (sameRungs(before, this.#chosen.rungs)) return;
    this.#isOutdated = true;
    const words = (rungs: readonly Rung[]): string[] => rungs.map((rung) => `${rung.heightPx}p`);
    log.info({ wanted: words(this.#wanted), chosen: words(this.#chosen.rungs) }, "the ladder changes");
    output.plan(this.#chosen.rungs.map((rung) => rung.name));
  }

  #watch(): void {
    const child = this.#chain.current;
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#chosen.rungs.length < this.#wanted.length && nowMs >= this.#reconsiderAtMs) this.#choose();
    if (child === undefined) return;
    this.#restarts.isWell(nowMs);
    const limitMs = child.names.every((name) => child.hasBegun(name)) ? HANG_MS : START_MS;
    if (child.silentMs(nowMs) > limitMs) {
      child.kill();
      return this.#fail("FFmpeg stopped answering, so it was started again.");
    }
    if (!this.#isOutdated && this.#shedding.isTooSlow(child.behindSec, nowMs)) this.#shedHighest(nowMs);
  }

  #shedHighest(nowMs: number): void {
    const [highest] = this.#chosen.rungs;
    if (highest === undefined) return;
    this.#options.log.warn({ rung: `${highest.heightPx}p` }, "transcoding is behind real time: a rung is given up");
    this.#shedding.shed(highest.name, nowMs);
    this.#choose();
  }

  #brokeOff({ code, signal, stderr }: FfmpegExit): void {
    this.#options.log.warn({ code, signal, stderr }, "transcoding broke off");
    this.#fail("FFmpeg broke off, so it was started again.");
  }

  /** Players go on with the source until the next child is there. */
  #fail(reason: string): void {
    const nowMs = this.#options.clock.monotonicMs();
    const delayMs = this.#restarts.failed(reason, nowMs);
    this.#options.log.info({ delayMs }, "transcoding starts again with a key frame");
    this.#chain.replaceBy(undefined);
    if (this.#restarts.inARow >= TOO_MANY_IN_A_ROW) this.#shedHighest(nowMs);
    this.#options.output.plan([]);
  }
}

function sameTrack(one: VideoTrack, other: VideoTrack): boolean {
  return one.codecs === other.codecs && Buffer.compare(one.description, other.description) === 0;
}
