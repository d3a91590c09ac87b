/** Counts how watching went: join, stalls, time watched. Monotonic ms. */

/** Old stalls teach nothing new. */
const MAX_SCARES = 100;
/** Pages in the background are asked less often; after so long without a word the machine may have slept. */
const ASLEEP_MS = 5000;
/** So long after the page came back what was open may still be found to have ended meanwhile. */
const JUST_BACK_MS = 5000;
/** So long after its end a browser has counted a stall by itself, and was asked: it is asked twice a second. */
const COUNTED_WITHIN_MS = 1000;

export class WatchLog {
  joinMs: number | null = null;
  stalls = 0;
  watchedMs = 0;
  lastError: string | null = null;
  /** Stalls, and moments that were close to one, oldest first. */
  scaresAtMs: readonly number[] = [];
  /** Stalls alone, oldest first. */
  stallsAtMs: readonly number[] = [];
  #playAskedAtMs = 0;
  #stalledMs = 0;
  #stallBeganMs: number | null = null;
  #lastStall: Readonly<{ forMs: number; endedAtMs: number }> | undefined;
  #tickedAtMs: number | undefined;
  #backAtMs = Number.NEGATIVE_INFINITY;
  #tickedSec = 0;

  /** The viewer, or the page, wants to see something. */
  playAsked(): void {
    this.#playAskedAtMs = performance.now();
    performance.mark("rostrum:play");
  }

  /** True: this was the first frame. */
  frameShown(): boolean {
    if (this.joinMs !== null) return false;
    this.joinMs = Math.round(performance.now() - this.#playAskedAtMs);
    performance.mark("rostrum:first-frame");
    return true;
  }

  /** Since the first frame; 0 before it. */
  sinceJoinMs(): number {
    return this.joinMs === null ? 0 : performance.now() - this.#playAskedAtMs - this.joinMs;
  }

  /** Call often, first when nothing plays yet. Who sleeps has seen no more than what was played, and waits for nothing. */
  tick(nowMs: number, isPlaying: boolean, currentSec: number): void {
    const passedMs = nowMs - (this.#tickedAtMs ?? nowMs);
    const playedMs = (currentSec - this.#tickedSec) * 1000;
    this.#tickedAtMs = nowMs;
    this.#tickedSec = currentSec;
    const slept = passedMs > ASLEEP_MS;
    if (slept) this.#backAtMs = nowMs;
    if (slept && this.#stallBeganMs !== null) this.#stallBeganMs = Math.min(nowMs, this.#stallBeganMs + passedMs);
    if (isPlaying) this.watchedMs += slept ? Math.min(passedMs, Math.max(0, playedMs)) : passedMs;
  }

  /** The browser had kept the page, and shows it again. */
  cameBack(): void {
    this.#backAtMs = performance.now();
  }

  /** The page was kept, frozen or asleep until now: what broke off meanwhile is nobody's fault, and nobody saw it stand. */
  get isJustBack(): boolean {
    const nowMs = performance.now();
    return nowMs - this.#backAtMs < JUST_BACK_MS || nowMs - (this.#tickedAtMs ?? nowMs) > ASLEEP_MS;
  }

  scare(): void {
    this.scaresAtMs = [...this.scaresAtMs, performance.now()].slice(-MAX_SCARES);
  }

  /** False: it is the one that goes on already, as when what comes late has to be waited for once more; or the page is just back. */
  stallBegan(): boolean {
    if (this.#stallBeganMs !== null || this.isJustBack) return false;
    this.stalls += 1;
    this.scare();
    this.stallsAtMs = [...this.stallsAtMs, performance.now()].slice(-MAX_SCARES);
    this.#stallBeganMs = performance.now();
    return true;
  }

  /** The picture stands because another source is not there in time: that one has no fault yet. */
  handoverStalled(): void {
    if (this.#stallBeganMs !== null || this.isJustBack) return;
    this.stalls += 1;
    this.#stallBeganMs = performance.now();
  }

  /** Stalls that the browser counted by itself, after they were over. One of them may be known: it was awaited here, too. */
  froze(count: number, forMs: number): void {
    if (this.isJustBack) return;
    const knownMs = this.#knownMs();
    this.#lastStall = undefined;
    this.stalls += knownMs === undefined ? count : Math.max(0, count - 1);
    this.#stalledMs += Math.max(0, forMs - (knownMs ?? 0));
  }

  /** The browser counts for another source from now on: what was over by then it has not seen. */
  anotherSource(): void {
    this.#lastStall = undefined;
  }

  /** True: there was one. */
  stallEnded(): boolean {
    if (this.#stallBeganMs === null) return false;
    this.#lastStall = { forMs: this.stalledForMs, endedAtMs: performance.now() };
    this.#stalledMs += this.stalledForMs;
    this.#stallBeganMs = null;
    return true;
  }

  /** How long the present stall has lasted; 0 when there is none. */
  get stalledForMs(): number {
    return this.#stallBeganMs === null ? 0 : performance.now() - this.#stallBeganMs;
  }

  get stalledMs(): number {
    return this.#stalledMs + this.stalledForMs;
  }

  /** How long the stall was, or is, that the browser may count by itself as well; undefined: there was none. */
  #knownMs(): number | undefined {
    if (this.#stallBeganMs !== null) return this.stalledForMs;
    if (this.#lastStall === undefined) return undefined;
    const { forMs, endedAtMs } = this.#lastStall;
    return performance.now() - endedAtMs < COUNTED_WITHIN_MS ? forMs : undefined;
  }
}
