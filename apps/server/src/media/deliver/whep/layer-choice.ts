/** Which of a show's qualities a viewer is sent, by what its browser reports. Pure; monotonic ms. */
import type { LineReport } from "./line-watch.ts";

/** `bps` is what it takes. */
export type Layer = Readonly<{ name: string; bps: number }>;

/** Of the source's own pictures. */
export const SOURCE = "";

/** Retransmission hides less than this. */
const BAD_LOSS = 0.12;
const BAD_SHARE = 0.8;
/** A line that is bad for so long needs a smaller picture. */
const DOWN_AFTER_MS = 2000;
/** A browser's estimate is at most 1.5 times what it gets, so that only a try tells whether more goes through. */
const UP_AFTER_MS = 10_000;
const MOST_PATIENCE_MS = 160_000;
/** Trouble so soon after a climb says that the climb was too early. */
const TOO_EARLY_MS = 10_000;
/** The first estimates of a browser are guesses. */
const JOIN_MS = 3000;

export class LayerChoice {
  readonly #beganMs: number;
  #name = SOURCE;
  #changedAtMs: number;
  #climbedAtMs = Number.NEGATIVE_INFINITY;
  #badSinceMs: number | undefined;
  #patienceMs = UP_AFTER_MS;

  constructor(nowMs: number) {
    this.#beganMs = nowMs;
    this.#changedAtMs = nowMs;
  }

  /** @param layers the best first, the source at the head @returns the name of the one to send. Ask every second. */
  next(report: LineReport, layers: readonly Layer[], nowMs: number): string {
    const at = Math.max(
      0,
      layers.findIndex(({ name }) => name === this.#name),
    );
    const current = layers[at];
    if (current === undefined || nowMs - this.#beganMs < JOIN_MS) return this.#name;
    this.#name = current.name;
    const isBad = this.#isBad(report, current.bps);
    if (!isBad) this.#badSinceMs = undefined;
    else this.#badSinceMs ??= nowMs;
    if (this.#badSinceMs !== undefined && nowMs - this.#badSinceMs >= DOWN_AFTER_MS) this.#down(layers, at, nowMs);
    else if (!isBad && at > 0 && nowMs - this.#changedAtMs >= this.#patienceMs) this.#up(layers[at - 1], nowMs);
    return this.#name;
  }

  #isBad({ lossFraction, estimateBps }: LineReport, bps: number): boolean {
    return lossFraction > BAD_LOSS || (estimateBps !== undefined && estimateBps < BAD_SHARE * bps);
  }

  #down(layers: readonly Layer[], at: number, nowMs: number): void {
    const below = layers[at + 1];
    if (below === undefined) return;
    const isTooEarly = nowMs - this.#climbedAtMs < TOO_EARLY_MS;
    this.#patienceMs = isTooEarly ? Math.min(MOST_PATIENCE_MS, this.#patienceMs * 2) : this.#patienceMs;
    this.#change(below, nowMs);
  }

  #up(above: Layer | undefined, nowMs: number): void {
    if (above === undefined) return;
    this.#climbedAtMs = nowMs;
    this.#change(above, nowMs);
  }

  #change({ name }: Layer, nowMs: number): void {
    this.#name = name;
    this.#changedAtMs = nowMs;
    this.#badSinceMs = undefined;
  }
}
