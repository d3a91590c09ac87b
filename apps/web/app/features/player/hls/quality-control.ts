/** Decides the quality: the viewer's choice, or what line, decoder and screen allow. */
import { Throughput, chooseLevel } from "./abr.ts";
import type { Level } from "./levels.ts";

export type FrameCount = Readonly<{ shown: number; dropped: number }>;

const WINDOW_MS = 5000;
const LEAST_FRAMES = 60;
const DROPPED_SHARE = 0.2;
/** After this a level that was too heavy is tried again. */
const HEAVY_FOR_MS = 120_000;

export class QualityControl {
  readonly #throughput = new Throughput();
  readonly #video: HTMLVideoElement;
  readonly #smallest: boolean;
  /** Height of the chosen level; null is automatic. */
  #chosen: Level | null = null;
  #troubleAtMs = Number.NEGATIVE_INFINITY;
  #heavy: Readonly<{ level: Level; untilMs: number }> | undefined;
  #counted: (FrameCount & { atMs: number; url: string }) | undefined;

  /** @param smallest never more than the smallest level */
  constructor(video: HTMLVideoElement, smallest: boolean) {
    this.#video = video;
    this.#smallest = smallest;
  }

  get throughputBps(): number | undefined {
    return this.#throughput.bps;
  }

  transferred(bytes: number, ms: number): void {
    this.#throughput.add(bytes, ms / 1000);
  }

  /** null: automatic. */
  choose(level: Level | null): void {
    this.#chosen = level;
  }
  get chosen(): Level | null {
    return this.#chosen;
  }

  trouble(): void {
    this.#troubleAtMs = performance.now();
  }

  /** Index of the level to load. @param current undefined: nothing is loaded yet */
  decide(levels: readonly Level[], current: Level | undefined): number {
    if (this.#smallest) return 0;
    const wanted = this.#chosen && levels.findIndex(({ url }) => url === this.#chosen?.url);
    if (wanted !== null && wanted >= 0) return wanted;
    const sinceMs = performance.now() - this.#troubleAtMs;
    return chooseLevel({
      levels,
      current: current === undefined ? -1 : levels.findIndex(({ url }) => url === current.url),
      throughputBps: this.#throughput.bps,
      shownHeightPx: this.#video.clientHeight * devicePixelRatio,
      tooHeavyFrom: this.#heavyFrom(levels),
      calmMs: sinceMs,
      nowTrouble: sinceMs < 1000,
    });
  }

  /** Looks for dropped frames; called every second while playing. */
  countFrames(playing: Level | undefined): void {
    if (playing === undefined || document.hidden) return void (this.#counted = undefined);
    const { totalVideoFrames: shown, droppedVideoFrames: dropped } = this.#video.getVideoPlaybackQuality();
    const before = this.#counted;
    const now = { shown, dropped, atMs: performance.now(), url: playing.url };
    if (before === undefined || before.url !== playing.url) return void (this.#counted = now);
    if (now.atMs - before.atMs < WINDOW_MS) return;
    this.#counted = now;
    const frames = shown - before.shown;
    if (frames >= LEAST_FRAMES && dropped - before.dropped > frames * DROPPED_SHARE) {
      this.#heavy = { level: playing, untilMs: now.atMs + HEAVY_FOR_MS };
    }
  }

  #heavyFrom(levels: readonly Level[]): number {
    if (this.#heavy === undefined || performance.now() > this.#heavy.untilMs) return Number.POSITIVE_INFINITY;
    const at = levels.findIndex(({ url }) => url === this.#heavy?.level.url);
    return at <= 0 ? Number.POSITIVE_INFINITY : at;
  }
}
