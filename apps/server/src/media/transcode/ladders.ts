/** The ladders of this node: one encoder choice and one budget of processor time for all of them. */
import os from "node:os";
import type { LadderHealth } from "@rostrum/contract/health";
import { Counter, Gauge, Histogram } from "prom-client";
import type { Clock } from "../../lib/clock.ts";
import type { Ffmpeg } from "../../lib/ffmpeg.ts";
import type { Logger } from "../../lib/log.ts";
import type { Metrics } from "../../lib/metrics.ts";
import type { ProgramHub } from "../hub/program-hub.ts";
import { type Admission, admit } from "./admission.ts";
import { AacSession } from "./aac-session.ts";
import { CpuHeadroom, type SourceRate } from "./cpu-headroom.ts";
import type { EncoderChoice } from "./encoders.ts";
import type { LadderWish, Rung } from "./ladder.ts";
import { LadderSession } from "./ladder-session.ts";
import type { RungOutput } from "./rung-output.ts";

export type LaddersOptions = Readonly<{
  ffmpeg: Ffmpeg;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  /** What the broadcast's channel wants; undefined: there is no such broadcast. Cheap when called often. */
  wish: (broadcastId: string) => Promise<LadderWish | undefined>;
  /** Which encoder to use; sessions begin when it is known. */
  choice: Promise<EncoderChoice>;
  /** Cores that all ladders together may use; undefined: what is free is measured. */
  maxCores: number | undefined;
}>;

/** What a subscriber may lag before it goes on with a later key frame. */
const QUEUE = { maxBytes: 32 * 1024 * 1024, maxMs: 8000 };
/** What was admitted shows in the measured load after this. */
const SHOWS_AFTER_MS = 8000;

export class Ladders {
  readonly #options: LaddersOptions;
  readonly #headroom: CpuHeadroom;
  readonly #sessions = new Map<string, LadderSession>();
  readonly #drops: Counter;
  readonly #begins: Histogram;
  #isHardware = false;
  #promised: { untilMs: number; cores: number }[] = [];

  constructor(options: LaddersOptions) {
    const { clock, log, metrics } = options;
    this.#options = options;
    this.#headroom = new CpuHeadroom(clock);
    void options.choice.then((choice) => {
      this.#isHardware = choice.encoder?.hardware === true;
      log.info({ encoder: choice.encoder?.name ?? null, reason: choice.reason }, "encoder for transcoding");
    });
    this.#drops = new Counter({
      name: "rostrum_ladder_dropped_pictures_total",
      help: "Pictures of sources that were not transcoded because the encoder was behind.",
      registers: [metrics],
    });
    this.#begins = new Histogram({
      name: "rostrum_ladder_begin_seconds",
      help: "From the first picture that an encoder was given to the first one that it gave of every rendition.",
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [metrics],
    });
    const cores = () => [...this.#sessions.values()].reduce((total, session) => total + session.cores, 0);
    void new Gauge({
      name: "rostrum_ladder_expected_cores",
      help: "Processor cores that the running ladders are expected to use.",
      registers: [metrics],
      collect() {
        this.set(cores());
      },
    });
  }

  /** Transcodes what the hub publishes until it ends or the signal aborts. Resolves when everything was pushed; never rejects. */
  async run(broadcastId: string, hub: ProgramHub, output: RungOutput, signal: AbortSignal): Promise<void> {
    const { clock, ffmpeg, log, wish } = this.#options;
    const subscription = hub.subscribe({ ...QUEUE, name: "transcode", signal });
    // It uses next to nothing of a core, so nobody is asked.
    const aac = new AacSession({ ffmpeg, clock, output, log: log.child({ broadcastId }) });
    const sound = aac.run(hub.subscribe({ ...QUEUE, name: "transcode audio", signal }));
    const session = new LadderSession({
      ffmpeg,
      clock,
      output,
      choice: await this.#options.choice,
      log: log.child({ broadcastId }),
      cores: os.availableParallelism(),
      wish: () => wish(broadcastId),
      admit: (rungs, source, running) => this.#admit(session, rungs, source, running),
      onBegin: (afterMs) => this.#begins.observe(afterMs / 1000),
      onDrop: (samples) => this.#drops.inc(samples),
    });
    this.#sessions.set(broadcastId, session);
    await Promise.all([session.run(subscription), sound]);
    if (this.#sessions.get(broadcastId) === session) this.#sessions.delete(broadcastId);
  }

  /** null: only the source is shown, or nothing of this broadcast is here. */
  health(broadcastId: string): LadderHealth | null {
    return this.#sessions.get(broadcastId)?.health() ?? null;
  }

  /** Stops measuring; the sessions end with their signals. */
  close(): void {
    this.#headroom.close();
  }

  #admit(session: LadderSession, rungs: readonly Rung[], source: SourceRate, running: readonly string[]): Admission {
    const nowMs = this.#options.clock.monotonicMs();
    const freeCores = this.#freeCores(nowMs);
    const admission = admit(rungs, { source, running, freeCores, hardware: this.#isHardware });
    const more = admission.cores - (running.length > 0 ? session.cores : 0);
    if (more > 0) this.#promised.push({ untilMs: nowMs + SHOWS_AFTER_MS, cores: more });
    return admission;
  }

  #freeCores(nowMs: number): number {
    const { maxCores } = this.#options;
    if (maxCores !== undefined) {
      return [...this.#sessions.values()].reduce((free, session) => free - session.cores, maxCores);
    }
    this.#promised = this.#promised.filter(({ untilMs }) => untilMs > nowMs);
    return this.#promised.reduce((free, { cores }) => free - cores, this.#headroom.freeCores());
  }
}
