/** Transport-wide feedback as news for the estimator, on one unwrapped clock. draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1. */
import {
  NOT_RECEIVED,
  TICKS_PER_MS,
  TICKS_PER_REFERENCE,
  type TransportFeedback,
} from "../../../rtp/transport-feedback.ts";
import type { BandwidthEstimator } from "./estimator.ts";

const REFERENCE_MS = TICKS_PER_REFERENCE / TICKS_PER_MS;
/** The 24-bit clock starts anywhere; from here it can go back a while without a negative time. */
const FIRST_REFERENCE = 2 ** 24;

export class FeedbackReader {
  readonly #estimator: BandwidthEstimator;
  #reference = FIRST_REFERENCE;
  #before: number | undefined;

  constructor(estimator: BandwidthEstimator) {
    this.#estimator = estimator;
  }

  read({ baseSequence, referenceTime, arrivals }: TransportFeedback, nowMs: number): void {
    // The difference of two 24-bit numbers, as a signed one.
    if (this.#before !== undefined) this.#reference += ((referenceTime - this.#before) << 8) >> 8;
    this.#before = referenceTime;
    if (this.#reference < 0) this.#reference = FIRST_REFERENCE;
    const referenceMs = this.#reference * REFERENCE_MS;
    for (let i = 0; i < arrivals.length; i++) {
      const ticks = arrivals[i] ?? NOT_RECEIVED;
      const sequence = (baseSequence + i) & 0xffff;
      if (ticks === NOT_RECEIVED) this.#estimator.lost(sequence);
      else this.#estimator.arrived(sequence, referenceMs + ticks / TICKS_PER_MS);
    }
    this.#estimator.endFeedback(nowMs);
  }
}
