/** Counts how watching went: join, stalls, time watched. Monotonic ms. */

/** Old stalls teach nothing new. */
const MAX_SCARES = 100;

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

  scare(): void {
    this.scaresAtMs = [...this.scaresAtMs, performance.now()].slice(-MAX_SCARES);
  }

  stallBegan(): void {
    this.stalls += 1;
    this.scare();
    this.stallsAtMs = [...this.stallsAtMs, performance.now()].slice(-MAX_SCARES);
    this.#stallBeganMs ??= performance.now();
  }

  /** True: there was one. */
  stallEnded(): boolean {
    if (this.#stallBeganMs === null) return false;
    this.#stalledMs += performance.now() - this.#stallBeganMs;
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
}
