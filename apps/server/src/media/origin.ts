/** The origin of this node: packages programs, keeps their windows in memory and on disk, answers players. */
import { mkdir, readdir, rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { Gauge } from "prom-client";
import { type Cancel, type Clock, systemClock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import type { Metrics } from "../lib/metrics.ts";
import { HlsHandler } from "./deliver/hls/handler.ts";
import { createHlsMetrics } from "./deliver/hls/metrics.ts";
import type { BeginLine } from "./dvr/journal.ts";
import { type StoredWindow, recoverWindow } from "./dvr/recover.ts";
import { holdMedia, reaches } from "./dvr/hold.ts";
import { currentRenditions, restoreRendition } from "./dvr/restore.ts";
import { Retention } from "./dvr/retention.ts";
import { WindowStore } from "./dvr/window-store.ts";
import type { ProgramHub, Subscription } from "./hub/program-hub.ts";
import { LiveWindow, type WindowPosition, isSource, sourceOf } from "./package/live-window.ts";
import { Packager } from "./package/packager.ts";
import { PlaylistWriter } from "./package/playlist-text.ts";
import type { LiveSegment, RenditionWindow } from "./package/rendition-window.ts";
import type { HoldAnswer, MediaDoors, ShowStart } from "./plane.ts";
import type { RungOutput } from "./transcode/rung-output.ts";
import type { RecorderInput } from "./record/recorder.ts";

export type { WindowPosition };

export type OriginOptions = Readonly<{
  /** Windows lie in here, one folder a broadcast. Made when it is missing. */
  dir: string;
  partTargetMs: number;
  segmentTargetMs: number;
  log: Logger;
  metrics: Metrics;
  policy: MediaDoors["playbackPolicy"];
  verifyToken: MediaDoors["verifyPlaybackToken"];
  clock?: Clock;
  /** Requests that may wait for media at a time; 20,000 unless told. */
  maxWaiters?: number;
  /** The peer is a proxy that says in X-Forwarded-For whom it asks for; false unless told. */
  trustProxy?: boolean;
  /** What may still be written below a folder; asked of the file system unless told. */
  freeBytes?: (dir: string) => Promise<number>;
  /**
   * Transcodes what a hub publishes until `end` or until the signal aborts. Resolves in a few seconds after that, when what
   * the encoder still had is pushed; never rejects.
   */
  startLadder?: (broadcastId: string, hub: ProgramHub, output: RungOutput, signal: AbortSignal) => Promise<void>;
  /** Is told what of the shows is on disk. */
  recorder?: RecorderInput | undefined;
}>;

export interface Origin {
  /** Reads the windows that are on disk. Removes those that cannot be read (with a warning) or were last written 24 hours ago. */
  recover(): Promise<void>;
  /** Where the program must go on from; null: nothing was ever shown of this broadcast. */
  position(broadcastId: string): WindowPosition | null;
  /** The tracks that were shown last; undefined: nothing was ever shown of this broadcast. */
  shownTracks(broadcastId: string): ReturnType<LiveWindow["sourceTracks"]> | undefined;
  /**
   * Packages what the hub publishes until `end` or until the hub closes; one hub at a time for each broadcast.
   * An ended broadcast is not gone on with.
   * @param options `dvrWindowSec` is at least 0; six target durations can always be gone back
   * @throws {RangeError} the id has other characters than letters, digits, - and _
   */
  attach(broadcastId: string, hub: ProgramHub, options: { dvrWindowSec: number }): void;
  /** Changes what viewers may go back, from the next segment on. What has left the window does not come back. */
  setDvrWindow(broadcastId: string, dvrWindowSec: number): void;
  /**
   * The show begins: from now on nothing of before can be listed or fetched. Media times and numbers go on. Does nothing
   * when it has begun.
   */
  beginShow(broadcastId: string, from: ShowStart): void;
  /** False: what is in the window may be from before the show. */
  showHasBegun(broadcastId: string): boolean;
  /** As `holdMedia` of the media plane. Nothing is held of a show that has not begun. */
  hold(broadcastId: string, span: { fromSec: number; toSec: number }, folder: string): Promise<HoldAnswer>;
  /** Packages what is still queued and writes ENDLIST. The window stays readable. */
  end(broadcastId: string): Promise<void>;
  /** Forgets the window and deletes its files. */
  remove(broadcastId: string): Promise<void>;
  /** Answers everything under /live/ and /livestream/. */
  handleHttp(req: IncomingMessage, res: ServerResponse): void;
  /** Closes open segments, writes what is waiting, answers those who wait. */
  close(): Promise<void>;
}

/** Does nothing before `recover` or `attach`. The caller closes it. */
export function createOrigin(options: OriginOptions): Origin {
  return new DiskOrigin(options);
}

type Run = Readonly<{ stop: AbortController; done: Promise<void> }>;
type Entry = {
  readonly id: string;
  window: LiveWindow | undefined;
  store: WindowStore | undefined;
  retention: Retention | undefined;
  run: Run | undefined;
  packager: Packager | undefined;
  dvrWindowSec: number;
  showHasBegun: boolean;
  /** Unix ms since when nothing is packaged; undefined while a program is. */
  idleSinceMs: number | undefined;
  /** Unix ms. */
  endedAtMs: number | undefined;
  /** Nothing new may begin before this, since viewers may have seen media up to here. */
  resumeFrom: WindowPosition | null;
};

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const KEEP_MS = 24 * 3_600_000;
const HOLD_WAIT_MS = 2_000;
const SWEEP_MS = 60_000;
const QUEUE = { maxBytes: 64 * 1024 * 1024, maxMs: 10_000 };
const MAX_WAITERS = 20_000;
/** What a segment may last beyond the target duration. */
const SLACK_SEC = 0.5;

class DiskOrigin implements Origin {
  readonly #options: OriginOptions;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #writers = new WeakMap<RenditionWindow, PlaylistWriter>();
  readonly #hls: HlsHandler;
  readonly #failing = new Set<string>();
  #sweep: Cancel | undefined;
  #lastRun = 0;

  constructor(options: OriginOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { log, metrics, policy, verifyToken, maxWaiters = MAX_WAITERS, trustProxy = false } = options;
    this.#hls = new HlsHandler({
      log,
      clock: this.#clock,
      metrics: createHlsMetrics(metrics, () => this.#hls.waiting),
      doors: { playbackPolicy: policy, verifyPlaybackToken: verifyToken },
      windowOf: (id) => this.#entries.get(id)?.window,
      isPackaged: (id) => this.#entries.get(id)?.run !== undefined,
      write: (window, rendition) => this.#writer(rendition).write(window.others(rendition.name)),
      fileOf: (id, rendition, segment) => WindowStore.segmentPath(this.#dir(id), rendition.name, segment.name),
      maxWaiters,
      trustProxy,
    });
    const gauge: Gauge = new Gauge({
      name: "rostrum_windows_not_on_disk",
      help: "Broadcasts whose window cannot be written to disk at the moment",
      registers: [metrics],
      collect: () => gauge.set(this.#failing.size),
    });
  }

  async recover(): Promise<void> {
    const { dir, log } = this.#options;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    for (const found of await readdir(dir, { withFileTypes: true })) {
      if (!found.isDirectory() || !ID.test(found.name) || this.#entries.has(found.name)) continue;
      try {
        await this.#recoverOne(found.name);
      } catch (error) {
        log.error({ err: error, broadcastId: found.name }, "a window could not be read back; it is left as it is");
      }
    }
    this.#startSweep();
  }

  position(broadcastId: string): WindowPosition | null {
    const entry = this.#entries.get(broadcastId);
    const shown = entry?.window?.position() ?? null;
    const resume = entry?.resumeFrom ?? null;
    if (shown === null || resume === null) return shown ?? resume;
    return {
      videoTicks90k: Math.max(shown.videoTicks90k, resume.videoTicks90k),
      audioSec: Math.max(shown.audioSec, resume.audioSec),
    };
  }

  shownTracks(broadcastId: string): ReturnType<LiveWindow["sourceTracks"]> | undefined {
    return this.#entries.get(broadcastId)?.window?.sourceTracks();
  }

  attach(broadcastId: string, hub: ProgramHub, { dvrWindowSec }: { dvrWindowSec: number }): void {
    if (!ID.test(broadcastId)) throw new RangeError(`broadcast id ${JSON.stringify(broadcastId.slice(0, 64))}`);
    const entry = this.#entries.get(broadcastId) ?? newEntry(broadcastId);
    const log = this.#options.log.child({ broadcastId });
    if (entry.window?.ended === true) return log.warn("an ended broadcast is not packaged any more");
    this.#entries.set(broadcastId, entry);
    this.#startSweep();
    entry.dvrWindowSec = dvrWindowSec;
    entry.run?.stop.abort();
    const before = entry.run?.done ?? Promise.resolve();
    const stop = new AbortController();
    const subscription = hub.subscribe({ ...QUEUE, name: "package", signal: stop.signal });
    const ladder = (output: RungOutput): Promise<void> =>
      this.#options.startLadder?.(broadcastId, hub, output, stop.signal) ?? Promise.resolve();
    const done = before.then(() => this.#run(entry, subscription, ladder, log));
    const run: Run = { stop, done: done.finally(() => entry.run === run && this.#rest(entry)) };
    entry.run = run;
    entry.idleSinceMs = undefined;
  }

  setDvrWindow(broadcastId: string, dvrWindowSec: number): void {
    const entry = this.#entries.get(broadcastId);
    if (entry === undefined) return;
    entry.dvrWindowSec = dvrWindowSec;
    if (entry.retention !== undefined) entry.retention.dvrWindowSec = dvrWindowSec;
  }

  beginShow(broadcastId: string, from: ShowStart): void {
    const entry = this.#entries.get(broadcastId);
    if (entry === undefined || entry.showHasBegun) return;
    entry.showHasBegun = true;
    const firstOf = from instanceof Date ? firstSince(from, entry.window) : this.#showStart(entry, from);
    const gone = entry.window?.begin(firstOf) ?? [];
    this.#noteBegin(entry);
    for (const { rendition, segment } of gone) entry.store?.removeSegment(rendition, segment);
    this.#options.recorder?.begun(broadcastId);
    this.#recordAll(entry);
  }

  /** Tells the recorder what is on disk of the show already. */
  #recordAll(entry: Entry): void {
    for (const rendition of entry.window?.renditions() ?? []) {
      for (const segment of rendition.closed()) if (segment.stored) this.#record(entry, rendition, segment);
    }
  }

  /** Nothing of before the show is recorded. */
  #record({ id, showHasBegun }: Entry, rendition: RenditionWindow, segment: LiveSegment): void {
    const isOfShow = showHasBegun && rendition.segment(segment.msn) === segment;
    if (!isOfShow || segment.gap) return;
    const dir = this.#dir(id);
    const { name } = rendition;
    const files = {
      segment: WindowStore.segmentPath(dir, name, segment.name),
      init: WindowStore.initPath(dir, name, segment.init.name),
    };
    const told = { rendition: name, segment, init: segment.init, files };
    if (segment.stored) this.#options.recorder?.segmentStored(id, told);
    else this.#options.recorder?.segmentLost(id, told);
  }

  /** Media that cannot be packaged must not leave the preview in the open. */
  #showStart({ id, packager }: Entry, from: "source" | "next_keyframe"): (rendition: RenditionWindow) => number {
    try {
      return packager?.beginShow(from) ?? nextOf;
    } catch (error) {
      this.#options.log.error({ err: error, broadcastId: id }, "media could not be packaged as the show began");
      packager?.drop();
      return nextOf;
    }
  }

  showHasBegun(broadcastId: string): boolean {
    return this.#entries.get(broadcastId)?.showHasBegun ?? true;
  }

  async hold(...[broadcastId, span, folder]: Parameters<Origin["hold"]>): Promise<HoldAnswer> {
    const entry = this.#entries.get(broadcastId);
    if (entry?.window === undefined || !entry.showHasBegun) return { ok: false, reason: "nothing" };
    await reaches(entry.window, span.toSec, HOLD_WAIT_MS);
    return holdMedia(entry.window, this.#dir(broadcastId), span, folder);
  }

  async end(broadcastId: string): Promise<void> {
    const entry = this.#entries.get(broadcastId);
    if (entry !== undefined) {
      await this.#stop(entry);
      entry.window?.rest("ended");
      await this.#finishStore(entry);
    }
    this.#options.recorder?.ended(broadcastId);
  }

  async remove(broadcastId: string): Promise<void> {
    const entry = this.#entries.get(broadcastId);
    if (entry !== undefined) {
      await this.#stop(entry);
      this.#entries.delete(broadcastId);
      this.#failing.delete(broadcastId);
      if (entry.window !== undefined) this.#hls.release(entry.window);
      await entry.store?.close();
    }
    if (ID.test(broadcastId)) await rm(this.#dir(broadcastId), { recursive: true, force: true });
    this.#options.recorder?.removed(broadcastId);
  }

  handleHttp(req: IncomingMessage, res: ServerResponse): void {
    this.#hls.handle(req, res);
  }

  async close(): Promise<void> {
    this.#sweep?.();
    this.#sweep = undefined;
    await Promise.all(
      [...this.#entries.values()].map(async (entry) => {
        await this.#stop(entry);
        if (entry.window !== undefined && !entry.window.ended) entry.store?.note({ type: "rest" });
        await entry.store?.close();
      }),
    );
    this.#hls.close();
  }

  async #run(
    entry: Entry,
    subscription: Subscription,
    startLadder: (output: RungOutput) => Promise<void>,
    log: Logger,
  ): Promise<void> {
    const { partTargetMs, segmentTargetMs } = this.#options;
    if (entry.window !== undefined) this.#keep(entry, entry.window);
    const packager = new Packager({
      wishes: { partTargetMs, segmentTargetMs },
      run: this.#nextRun(),
      window: entry.window,
      onWindow: (window) => this.#keep(entry, window),
      onSegment: (rendition, segment) => {
        entry.retention?.add(rendition, segment);
        this.#hls.segmentClosed(entry.id);
      },
    });
    entry.packager = packager;
    const attempt = (step: () => void): void => {
      try {
        step();
      } catch (error) {
        log.error({ err: error }, "media could not be packaged; the playlists go on behind a discontinuity");
        packager.drop();
      }
    };
    const ladder = startLadder(this.#rungOutput(entry.id, packager.ladder, log));
    for await (const batch of subscription) for (const event of batch) attempt(() => packager.push(event));
    attempt(() => packager.finish("paused"));
    await ladder;
    attempt(() => packager.ladder.finish(entry.window?.ended === true ? "ended" : "paused"));
    entry.packager = undefined;
    if (entry.window?.ended === true) await this.#finishStore(entry);
  }

  /** A rung that cannot be packaged harms nobody but itself. */
  #rungOutput(broadcastId: string, ladder: RungOutput, log: Logger): RungOutput {
    const attempt = (name: string, step: () => void): void => {
      try {
        step();
      } catch (error) {
        log.error({ err: error, rung: name }, "a transcoded rendition could not be packaged");
        ladder.stop(name);
      }
    };
    return {
      plan: (names) => {
        ladder.plan(names);
        this.#hls.segmentClosed(broadcastId);
      },
      planAudio: (names) => {
        ladder.planAudio(names);
        this.#hls.segmentClosed(broadcastId);
      },
      begin: (name, track) => attempt(name, () => ladder.begin(name, track)),
      push: (name, sample) => attempt(name, () => ladder.push(name, sample)),
      stop: (name) => attempt(name, () => ladder.stop(name)),
    };
  }

  /** Lets the packager take what the hub has handed out, then ends it. */
  async #stop(entry: Entry): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    entry.run?.stop.abort();
    await entry.run?.done;
  }

  #rest(entry: Entry): void {
    entry.run = undefined;
    entry.idleSinceMs = this.#clock.wallMs();
  }

  #keep(entry: Entry, window: LiveWindow): void {
    entry.window = window;
    if (entry.store === undefined) {
      entry.store = this.#openStore(entry.id, window, { journalBytes: 0, inits: [] });
      if (entry.showHasBegun) this.#noteBegin(entry);
    }
    entry.retention ??= new Retention({
      clock: this.#clock,
      store: entry.store,
      onWritten: (rendition, segment) => this.#record(entry, rendition, segment),
    });
    entry.retention.dvrWindowSec = entry.dvrWindowSec;
  }

  #noteBegin({ window, store }: Entry): void {
    if (window === undefined) return;
    const heads: BeginLine["heads"] = window.renditions().map(({ name, head, lastDiscontinuity: discontinuity }) => ({
      rendition: name,
      msn: head,
      ...(discontinuity !== undefined && { discontinuity }),
    }));
    store?.begin({ type: "begin", heads, ...(window.position() ?? { videoTicks90k: 0, audioSec: 0 }) });
  }

  #openStore(id: string, window: LiveWindow, known: { journalBytes: number; inits: readonly string[] }): WindowStore {
    return new WindowStore({
      dir: this.#dir(id),
      promises: window.promises,
      freeBytes: this.#options.freeBytes,
      log: this.#options.log.child({ broadcastId: id }),
      onDisk: (ok) => void (ok ? this.#failing.delete(id) : this.#failing.add(id)),
      known,
    });
  }

  /** Notes the end and lets go of the journal. */
  async #finishStore(entry: Entry): Promise<void> {
    if (entry.endedAtMs === undefined && entry.window !== undefined) {
      entry.endedAtMs = this.#clock.wallMs();
      entry.store?.note({ type: "end", atMs: entry.endedAtMs });
    }
    await entry.store?.close();
  }

  async #recoverOne(id: string): Promise<void> {
    const log = this.#options.log.child({ broadcastId: id });
    const stored = await recoverWindow(this.#dir(id));
    const lastMs = stored === null ? 0 : (stored.endedAtMs ?? stored.touchedAtMs);
    if (stored === null || lastMs < this.#clock.wallMs() - KEEP_MS) {
      if (stored === null) log.warn("a window without any complete segment is removed");
      return rm(this.#dir(id), { recursive: true, force: true });
    }
    const entry = newEntry(id);
    const window = restoreWindow(stored);
    entry.window = window;
    entry.endedAtMs = stored.endedAtMs;
    entry.idleSinceMs = stored.touchedAtMs;
    entry.showHasBegun = stored.begin !== undefined;
    entry.resumeFrom = resumePosition(window, stored);
    const inits = stored.renditions.flatMap((one) => one.inits.map((init) => `${one.name}-${init.name}`));
    entry.store = this.#openStore(id, window, { journalBytes: stored.journalBytes, inits });
    this.#entries.set(id, entry);
    this.#recordRecovered(entry);
    log.info({ ended: stored.endedAtMs !== undefined, killed: !stored.rested }, "a window was read back from disk");
  }

  /** What the server had on disk when it was killed, and the recorder may have missed. A window that ended was recorded long ago. */
  #recordRecovered(entry: Entry): void {
    const { recorder } = this.#options;
    const isOver = entry.endedAtMs !== undefined;
    if (recorder === undefined || !entry.showHasBegun || (isOver && !recorder.has(entry.id))) return;
    this.#recordAll(entry);
    if (isOver) recorder.ended(entry.id);
  }

  #startSweep(): void {
    this.#sweep ??= this.#clock.every(SWEEP_MS, () => {
      for (const entry of this.#entries.values()) {
        entry.retention?.removeExpired();
        const sinceMs = entry.endedAtMs ?? entry.idleSinceMs;
        if (sinceMs === undefined) continue;
        if (sinceMs < this.#clock.wallMs() - KEEP_MS) this.#removeOld(entry.id);
        else if (sinceMs < this.#clock.wallMs() - SWEEP_MS) entry.window?.releaseStored();
      }
    });
  }

  #removeOld(id: string): void {
    this.remove(id).catch((error: unknown) => {
      this.#options.log.error({ err: error, broadcastId: id }, "an old window could not be removed");
    });
  }

  #writer(rendition: RenditionWindow): PlaylistWriter {
    const writer = this.#writers.get(rendition) ?? new PlaylistWriter(rendition);
    this.#writers.set(rendition, writer);
    return writer;
  }

  /** Names of files of one run: never those of another one, so that no cache mixes them. */
  #nextRun(): string {
    this.#lastRun = Math.max(this.#lastRun + 1, this.#clock.wallMs());
    return this.#lastRun.toString(36);
  }

  #dir(id: string): string {
    return path.join(this.#options.dir, id);
  }
}

function newEntry(id: string): Entry {
  return {
    id,
    window: undefined,
    store: undefined,
    retention: undefined,
    run: undefined,
    packager: undefined,
    dvrWindowSec: 0,
    showHasBegun: false,
    idleSinceMs: undefined,
    endedAtMs: undefined,
    resumeFrom: null,
  };
}

function restoreWindow(stored: StoredWindow): LiveWindow {
  const window = new LiveWindow(stored.promises);
  for (const one of stored.renditions) {
    const begin = { msn: one.segments[0]?.msn ?? 0 };
    restoreRendition(window.openRendition(one.name, one.segments.length > 0 ? begin : one.begin), one);
  }
  const current = currentRenditions(stored);
  window.setCurrent(current.filter(isSource));
  window.setLadder(current.filter((name) => !isSource(name)));
  window.rest(stored.endedAtMs === undefined ? "paused" : "ended");
  return window;
}

const nextOf = (rendition: RenditionWindow): number => rendition.nextMsn;

/** The first segment that begins at `at` or later by the wall clock. */
function firstSince(at: Date, window: LiveWindow | undefined): (rendition: RenditionWindow) => number {
  return (one) => {
    // Transcoded renditions have the source's numbers.
    const rendition = window?.rendition(sourceOf(one.name)) ?? one;
    const isSince = (segment: { wallMs: number } | undefined) =>
      segment !== undefined && segment.wallMs >= at.getTime();
    const open = isSince(rendition.open) || !rendition.isOpen ? rendition.nextMsn : rendition.nextMsn + 1;
    return rendition.closed().find(isSince)?.msn ?? open;
  };
}

/** A killed server had shown parts of a segment that is lost now; its times are not used again. */
function resumePosition(window: LiveWindow, stored: StoredWindow): WindowPosition | null {
  const shown = window.position() ?? stored.begin ?? null;
  if (shown === null || stored.rested) return shown;
  const slackSec = stored.promises.targetDurationSec + SLACK_SEC;
  return { videoTicks90k: shown.videoTicks90k + slackSec * 90_000, audioSec: shown.audioSec + slackSec };
}
