/** The programs that run on this node, their test signals, and what they tell. */
import { Counter, Gauge } from "prom-client";
import type { Clock } from "../lib/clock.ts";
import type { Ffmpeg } from "../lib/ffmpeg.ts";
import type { Logger } from "../lib/log.ts";
import type { Metrics } from "../lib/metrics.ts";
import type { ProgramHub } from "./hub/program-hub.ts";
import type { SourceSink } from "./ingest/publisher.ts";
import type { MediaDoors, PlaybackPolicy, ProgramStateEvent, ShowStart, SlateLook } from "./plane.ts";
import { canDrawText, startTestSignal } from "./ingest/test-signal/test-signal.ts";
import { Program, type ShownTracks, type SlateShape } from "./program/program.ts";
import type { SlatePicture } from "./program/slate-player.ts";
import type { TimelineStart } from "./program/timeline.ts";

/** What packages a program for viewers, as far as a program needs it. */
export interface ProgramOutput {
  /** Where an earlier program of this broadcast ended. */
  position(broadcastId: string): TimelineStart | null;
  /** What it showed last. */
  shownTracks(broadcastId: string): ShownTracks | undefined;
  attach(broadcastId: string, hub: ProgramHub, options: { dvrWindowSec: number }): void;
  setDvrWindow(broadcastId: string, dvrWindowSec: number): void;
  beginShow(broadcastId: string, from: ShowStart): void;
  end(broadcastId: string): Promise<void>;
  remove(broadcastId: string): Promise<void>;
}

export type ProgramsOptions = Readonly<{
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  ffmpeg: Ffmpeg;
  output: ProgramOutput;
  onProgramState: MediaDoors["onProgramState"];
  /** What holds for a broadcast now; asked with every health reading. Null: there is no such broadcast. */
  policy: (broadcastId: string) => Promise<PlaybackPolicy>;
  /** The slate of this look and shape, undefined while there is none. */
  slate: (look: SlateLook, shape: SlateShape) => SlatePicture | undefined;
  /** Called with a broadcast whose program is gone. */
  onGone: (broadcastId: string) => void;
}>;

type Entry = {
  readonly program: Program;
  look: SlateLook | undefined;
  test: { stop: AbortController; closed: Promise<string> } | undefined;
  /** State events are told one after the other. */
  told: Promise<void>;
  healthIsTold: boolean;
};

/** A program without any source is given up after this; the next source begins a new one where it ended. */
const IDLE_MS = 300_000;
const HEALTH_EVERY_MS = 5000;
/** How many ended broadcasts are remembered, for encoders that were let in just before the end. */
const MAX_ENDED = 1000;
const ENCODER_IS_LIVE = "An encoder is connected to this broadcast: stop it first, then start the test signal.";
const HAS_ENDED = "This broadcast has ended.";

export class Programs {
  readonly #options: ProgramsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #ended = new Set<string>();
  readonly #stop = new AbortController();
  readonly #drops: Counter<"subscriber">;
  readonly #cancelHealth: () => void;
  #clockText: Promise<boolean> | undefined;

  constructor(options: ProgramsOptions) {
    this.#options = options;
    const registers = [options.metrics];
    this.#drops = new Counter({
      name: "rostrum_hub_dropped_samples_total",
      help: "Samples that a step lost because it was too slow.",
      labelNames: ["subscriber"],
      registers,
    });
    const count = () => this.#entries.size;
    void new Gauge({
      name: "rostrum_programs",
      help: "Programs on this node.",
      registers,
      collect() {
        this.set(count());
      },
    });
    this.#cancelHealth = options.clock.every(HEALTH_EVERY_MS, () => this.#tick());
  }

  /** The program of this broadcast, started when there is none; undefined when the broadcast has ended. */
  open(broadcastId: string, dvrWindowSec: number): Program | undefined {
    if (this.#ended.has(broadcastId) || this.#stop.signal.aborted) return undefined;
    const known = this.#entries.get(broadcastId);
    if (known !== undefined) return known.program;
    const { clock, output } = this.#options;
    const program: Program = new Program({
      broadcastId,
      start: output.position(broadcastId),
      clock,
      onState: (event) => this.#onState(event),
      slate: (shape) => this.#slate(broadcastId, shape),
      hub: { onDrop: (subscriber, samples) => this.#drops.inc({ subscriber }, samples) },
    });
    const none = { look: undefined, test: undefined, healthIsTold: false };
    const entry: Entry = { program, ...none, told: Promise.resolve() };
    this.#entries.set(broadcastId, entry);
    output.attach(broadcastId, program.hub, { dvrWindowSec });
    void this.#follow(entry);
    return program;
  }

  get(broadcastId: string): Program | undefined {
    return this.#entries.get(broadcastId)?.program;
  }

  /** Whether `end` was called for this broadcast, as far as that is remembered. */
  hasEnded(broadcastId: string): boolean {
    return this.#ended.has(broadcastId);
  }

  /** Nothing of before the show can be seen from now on. */
  beginShow(broadcastId: string, from: ShowStart): void {
    if (from === "next_keyframe") this.get(broadcastId)?.forgetKeyframe();
    if (from !== "source") this.get(broadcastId)?.hub.forgetGop();
    this.#options.output.beginShow(broadcastId, from);
    this.get(broadcastId)?.goOnAir();
  }

  /** After a restart in mid-show: viewers see the slate until a source is back. Does nothing where nothing was ever shown. */
  resume(broadcastId: string, dvrWindowSec: number): void {
    const shown = this.#options.output.shownTracks(broadcastId);
    if (shown !== undefined) this.open(broadcastId, dvrWindowSec)?.goOnAir(shown);
  }

  /** Another node has this broadcast: its program here is closed, and the broadcast goes on there. */
  yield(broadcastId: string): Promise<void> {
    return this.#forget(broadcastId);
  }

  /** Ends the program and its outputs; also that of a broadcast that has none here, whose window may still be open. */
  async end(broadcastId: string): Promise<void> {
    this.#remember(broadcastId);
    const entry = this.#entries.get(broadcastId);
    entry?.program.end();
    await this.#forget(broadcastId);
    await this.#options.output.end(broadcastId);
  }

  /** Also removes what viewers could still read. */
  async remove(broadcastId: string): Promise<void> {
    await this.end(broadcastId);
    await this.#options.output.remove(broadcastId);
  }

  /** Starts the test signal unless an encoder feeds the broadcast; starting it twice is no error. */
  async startTest(
    broadcastId: string,
    dvrWindowSec: number,
    hasEncoder: () => boolean,
  ): Promise<{ ok: true } | { ok: false; message: string }> {
    const clockText = await (this.#clockText ??= canDrawText(this.#options.ffmpeg, this.#stop.signal));
    if (hasEncoder()) return { ok: false, message: ENCODER_IS_LIVE };
    const program = this.open(broadcastId, dvrWindowSec);
    const entry = this.#entries.get(broadcastId);
    if (program === undefined || entry === undefined) return { ok: false, message: HAS_ENDED };
    if (entry.test !== undefined) return { ok: true };
    const stop = new AbortController();
    const connectedAt = new Date(this.#options.clock.wallMs());
    const sink = program.attach({ kind: "test", protocol: "internal", encoder: "Test signal", connectedAt });
    const signal = startTestSignal(this.#options.ffmpeg, sink, { clockText, signal: stop.signal });
    const test = { stop, closed: signal.closed };
    entry.test = test;
    void signal.closed.then((reason) => {
      if (entry.test === test) entry.test = undefined;
      this.#options.log[stop.signal.aborted ? "info" : "warn"]({ broadcastId, reason }, "test signal ended");
    });
    if (await signal.started) return { ok: true };
    return { ok: false, message: await signal.closed };
  }

  /**
   * Connects a source that runs in this process: it feeds the program by its rank (studio before file before test signal), from
   * its next key frame on. Whoever attaches it closes the sink. Undefined when the broadcast has ended.
   */
  attachInternal(
    broadcastId: string,
    dvrWindowSec: number,
    source: { kind: "studio" | "file"; name: string },
  ): SourceSink | undefined {
    const connectedAt = new Date(this.#options.clock.wallMs());
    const { kind, name: encoder } = source;
    return this.open(broadcastId, dvrWindowSec)?.attach({ kind, protocol: "internal", encoder, connectedAt });
  }

  /** Resolves when the test signal, if there is one, is gone. */
  async stopTest(broadcastId: string): Promise<void> {
    const test = this.#entries.get(broadcastId)?.test;
    test?.stop.abort();
    await test?.closed;
  }

  /** Broadcasts stay open. Resolves when everything that was told has been heard. */
  async close(): Promise<void> {
    this.#cancelHealth();
    this.#stop.abort();
    await Promise.all([...this.#entries.keys()].map((broadcastId) => this.#forget(broadcastId)));
  }

  async #forget(broadcastId: string): Promise<void> {
    const entry = this.#entries.get(broadcastId);
    if (entry === undefined) return;
    this.#entries.delete(broadcastId);
    entry.program.close();
    entry.test?.stop.abort();
    await entry.test?.closed;
    await entry.told;
    this.#options.onGone(broadcastId);
  }

  #slate(broadcastId: string, shape: SlateShape): SlatePicture | undefined {
    const look = this.#entries.get(broadcastId)?.look;
    return look && this.#options.slate(look, shape);
  }

  #remember(broadcastId: string): void {
    this.#ended.add(broadcastId);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= MAX_ENDED) break;
      this.#ended.delete(oldest);
    }
  }

  #onState(event: ProgramStateEvent): void {
    const { broadcastId } = event;
    const entry = this.#entries.get(broadcastId);
    if (entry === undefined) return;
    if (event.type === "source_connected") {
      this.#options.log.info({ broadcastId, slot: event.slot }, "source connected");
      if (event.slot !== "test") entry.test?.stop.abort();
    } else if (event.type === "source_lost") {
      this.#options.log.info({ broadcastId, reason: event.reason }, "source lost");
    }
    entry.told = entry.told.then(() => this.#tell(event));
  }

  async #tell(event: ProgramStateEvent): Promise<void> {
    try {
      await this.#options.onProgramState(event);
    } catch (err) {
      this.#options.log.error({ err, broadcastId: event.broadcastId, type: event.type }, "program state was not taken");
    }
  }

  #tick(): void {
    for (const [broadcastId, entry] of this.#entries) {
      if (entry.program.idleMs > IDLE_MS) void this.#forget(broadcastId);
      else if (!entry.healthIsTold) this.#tellHealth(entry);
    }
  }

  /** A reading that cannot be told in time is left out, not queued. */
  #tellHealth(entry: Entry): void {
    const health = entry.program.health();
    entry.healthIsTold = true;
    entry.told = entry.told.then(async () => {
      await this.#tell(health);
      await this.#follow(entry);
      entry.healthIsTold = false;
    });
  }

  /** A command may have been lost: what the broadcast is and wants is asked for again and again. */
  async #follow(entry: Entry): Promise<void> {
    const { broadcastId } = entry.program;
    try {
      const policy = await this.#options.policy(broadcastId);
      if (policy === null) return;
      entry.look = policy.slate;
      this.#options.output.setDvrWindow(broadcastId, policy.dvrWindowSec);
      if (policy.state === "live" || policy.state === "interrupted") entry.program.goOnAir();
    } catch (err) {
      this.#options.log.error({ err, broadcastId }, "what holds for a broadcast could not be asked for");
    }
  }
}
