/** Whether a viewer's line carries the show, by what its browser reports. Pure; monotonic ms. */

/** What a viewer's reports said last. */
export type LineReport = Readonly<{
  /** 0 to 1, of the packets since the report before. */
  lossFraction: number;
  /** What the viewer believes to get through; undefined: it has not said. */
  estimateBps: number | undefined;
}>;

/** Retransmission hides less than this. */
const BAD_LOSS = 0.2;
/** Estimates waver; half of what is needed is no wavering. */
const BAD_SHARE = 0.6;
/** A line that is bad for so long is bad. */
const HOPELESS_MS = 5000;
/** The first estimates of a browser are guesses. */
const JOIN_MS = 4000;

export class LineWatch {
  readonly #sinceMs: number;
  #badSinceMs: number | undefined;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** True: a delivery that waits for the line serves this viewer better. Ask every second. */
  isHopeless({ lossFraction, estimateBps }: LineReport, mediaBps: number, nowMs: number): boolean {
    const isNarrow = estimateBps !== undefined && estimateBps < BAD_SHARE * mediaBps;
    const isBad = nowMs - this.#sinceMs > JOIN_MS && (lossFraction > BAD_LOSS || isNarrow);
    if (!isBad) this.#badSinceMs = undefined;
    else this.#badSinceMs ??= nowMs;
    return this.#badSinceMs !== undefined && nowMs - this.#badSinceMs >= HOPELESS_MS;
  }
}
