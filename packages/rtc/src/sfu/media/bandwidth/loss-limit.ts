/** A ceiling from packet loss: for links that drop instead of queueing. draft-ietf-rmcat-gcc-02 §6, with slow recovery under mild loss. */

/** A verdict needs this many packets and this much time. */
const WINDOW_MS = 1_000;
const WINDOW_PACKETS = 50;
/** Judged anyway when fewer packets came for so long. */
const PATIENCE_MS = 3_000;
const HEAVY = 0.1;
/** In a small window a few unlucky packets are a large share. */
const HEAVY_PACKETS = 4;
const MILD = 0.02;
const RECOVERY = 1.15;
/** So much is no bad luck, even in less time. */
const OBVIOUS = 0.2;
const OBVIOUS_PACKETS = 8;
const OBVIOUS_MS = 400;
/** Below `HEAVY` it may be the radio and not a queue: the ceiling still rises, so that steady loss is no prison. */
const SLOW_RECOVERY = 1.08;

export class LossLimit {
  readonly #leastBps: number;
  #limitBps = Infinity;
  #arrived = 0;
  #lost = 0;
  #sinceMs = Number.NaN;
  #ratio = 0;

  /** @param leastBps it goes no lower, so that the way up again is not endless */
  constructor(leastBps: number) {
    this.#leastBps = leastBps;
  }

  /** Infinity while no heavy loss was met. */
  get limitBps(): number {
    return this.#limitBps;
  }

  /** Share lost in the last finished window, 0 to 1. */
  get lossRatio(): number {
    return this.#ratio;
  }

  /** Raises the ceiling to at least `bps`: an attempt to send more than before. */
  raise(bps: number): void {
    this.#limitBps = Math.max(this.#limitBps, bps);
  }

  /** What was told so far says nothing of now. The ceiling stays. */
  forgetLoss(): void {
    this.#arrived = 0;
    this.#lost = 0;
    this.#sinceMs = Number.NaN;
    this.#ratio = 0;
  }

  /**
   * Counts what a feedback or receiver report told.
   * @param allowedBps what could have been sent: a ceiling above it would not be felt
   */
  update(arrived: number, lost: number, allowedBps: number, nowMs: number): void {
    if (Number.isNaN(this.#sinceMs)) this.#sinceMs = nowMs;
    this.#arrived += arrived;
    this.#lost += lost;
    const elapsedMs = nowMs - this.#sinceMs;
    const packets = this.#arrived + this.#lost;
    const isRipe = elapsedMs >= WINDOW_MS && packets >= WINDOW_PACKETS;
    const isObvious = elapsedMs >= OBVIOUS_MS && this.#lost >= OBVIOUS_PACKETS && this.#lost > packets * OBVIOUS;
    if (!isRipe && !isObvious && (elapsedMs < PATIENCE_MS || packets === 0)) return;
    this.#ratio = this.#lost / packets;
    this.#judge(allowedBps, this.#lost >= HEAVY_PACKETS);
    this.#arrived = 0;
    this.#lost = 0;
    this.#sinceMs = nowMs;
  }

  #judge(allowedBps: number, isSure: boolean): void {
    if (this.#ratio > HEAVY && isSure) {
      const loweredBps = Math.min(this.#limitBps, allowedBps) * (1 - 0.5 * this.#ratio);
      this.#limitBps = Math.max(this.#leastBps, loweredBps);
    } else this.#limitBps *= this.#ratio < MILD ? RECOVERY : SLOW_RECOVERY;
  }
}
