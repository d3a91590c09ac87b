/** The rate at which a train of packets, sent within a known time, got through. */

/** Fewer packets than this say nothing. */
const MIN_PACKETS = 8;
/** With more loss than this the link is full, whatever the rate; less may be bad luck of a short train. */
const MAX_LOSS = 0.2;

export class ProbeMeasure {
  #fromMs = Infinity;
  #untilMs = -Infinity;
  #bytes = 0;
  #packets = 0;
  #lost = 0;
  #first = { sentMs: 0, arrivalMs: 0, bytes: 0 };
  #lastSentMs = 0;
  #lastArrivalMs = 0;

  /** Measures what is sent from `fromMs` to `untilMs`, both inclusive. */
  begin(fromMs: number, untilMs: number): void {
    this.#fromMs = fromMs;
    this.#untilMs = untilMs;
    this.#bytes = 0;
    this.#packets = 0;
    this.#lost = 0;
  }

  /** Nothing sent later belongs to the train: it was cut short. */
  cut(nowMs: number): void {
    this.#untilMs = Math.min(this.#untilMs, nowMs);
  }

  /** Whether a packet sent then is of the train. */
  covers(sentMs: number): boolean {
    return sentMs >= this.#fromMs && sentMs <= this.#untilMs;
  }

  arrived(bytes: number, sentMs: number, arrivalMs: number): void {
    if (!this.covers(sentMs)) return;
    if (this.#packets === 0) this.#start(bytes, sentMs, arrivalMs);
    this.#packets += 1;
    this.#bytes += bytes;
    this.#lastSentMs = Math.max(this.#lastSentMs, sentMs);
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, arrivalMs);
  }

  lost(sentMs: number): void {
    if (this.covers(sentMs)) this.#lost += 1;
  }

  /** Ends the train. @returns bits per second, the lower of what was sent and what arrived; 0 when it cannot be trusted */
  end(): number {
    const { sentMs, arrivalMs, bytes } = this.#first;
    const spanMs = Math.max(this.#lastSentMs - sentMs, this.#lastArrivalMs - arrivalMs);
    const lossRatio = this.#lost / Math.max(1, this.#lost + this.#packets);
    const trusted = this.#packets >= MIN_PACKETS && lossRatio <= MAX_LOSS && spanMs > 0;
    this.#fromMs = Infinity;
    this.#untilMs = -Infinity;
    // The first packet opens the span, so its own bytes do not belong to it.
    return trusted ? ((this.#bytes - bytes) * 8_000) / spanMs : 0;
  }

  #start(bytes: number, sentMs: number, arrivalMs: number): void {
    this.#first.bytes = bytes;
    this.#first.sentMs = sentMs;
    this.#first.arrivalMs = arrivalMs;
    this.#lastSentMs = sentMs;
    this.#lastArrivalMs = arrivalMs;
  }
}
