/** Dynacast: what a publisher is told about the best quality that anyone wants. Raised at once, lowered after a delay. */
import type { WantedQuality } from "./types.ts";

/** Long enough that a scroll or a change of layout does not stop and start an encoder. */
const LOWER_DELAY_MS = 5_000;

/**
 * With the first wish the publisher is told to send everything, although it begins so: after a full reconnect its encodings may
 * still be switched off from before, and nothing else would switch them on again. Only then comes the delay down to the wish,
 * because a player that has just been attached often asks for a small picture first.
 */
export class WantedQualityGate {
  readonly #onChange: (wanted: WantedQuality) => void;
  readonly #lowerDelayMs: number;
  #told: WantedQuality | undefined;
  #wanted: WantedQuality = "off";
  /** Since when less is wanted than was told; NaN when it is not so. */
  #lowerSinceMs: number;

  /** @param nowMs when the publication began: without any subscriber it is told "off" one delay later */
  constructor(onChange: (wanted: WantedQuality) => void, nowMs: number, lowerDelayMs = LOWER_DELAY_MS) {
    this.#onChange = onChange;
    this.#lowerDelayMs = lowerDelayMs;
    this.#lowerSinceMs = nowMs;
  }

  /** What the publisher was told last; undefined before the first time. */
  get told(): WantedQuality | undefined {
    return this.#told;
  }

  /** The highest of all subscribers' wishes. */
  set(wanted: WantedQuality, nowMs: number): void {
    this.#wanted = wanted;
    if (this.#told === undefined) {
      if (wanted === "off") return;
      this.#tell(2);
    }
    const difference = rank(wanted) - rank(this.#told ?? "off");
    if (difference > 0) this.#tell(wanted);
    else if (difference === 0) this.#lowerSinceMs = Number.NaN;
    else if (Number.isNaN(this.#lowerSinceMs)) this.#lowerSinceMs = nowMs;
  }

  /** Tells what is due; call it a few times per second. */
  tick(nowMs: number): void {
    if (nowMs - this.#lowerSinceMs >= this.#lowerDelayMs) this.#tell(this.#wanted);
  }

  #tell(wanted: WantedQuality): void {
    this.#told = wanted;
    this.#lowerSinceMs = Number.NaN;
    this.#onChange(wanted);
  }
}

/** -1 for "off", else the quality; to compare wishes. */
export function rank(wanted: WantedQuality): number {
  return wanted === "off" ? -1 : wanted;
}
