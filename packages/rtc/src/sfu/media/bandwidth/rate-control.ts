/** The rate that delay allows: down to 85 % of what arrives when a queue grows, up again in small steps. draft-ietf-rmcat-gcc-02 §5.5. */
import type { DelayState } from "./delay-trend.ts";

const DECREASE = 0.85;
const INCREASE_PER_SEC = 1.08;
/** Near the rate at which the link was last full: about one packet per response time. */
const PACKET_BITS = 9_600;
const RESPONSE_MS = 100;
/** How far from the known capacity still counts as near. */
const NEAR = 0.3;
/** Nothing is proven beyond what was sent: the estimate stays within this of what arrives. */
const HEADROOM = 1.5;
const HEADROOM_BPS = 20_000;
const MIN_DECREASE_GAP_MS = 200;

export class RateControl {
  #bps: number;
  readonly #minBps: number;
  readonly #maxBps: number;
  /** Mean of what arrived when the link was full; 0 when unknown. */
  #capacityBps = 0;
  #increasedAtMs = Number.NaN;
  #decreasedAtMs = -Infinity;

  constructor(startBps: number, minBps: number, maxBps: number) {
    this.#bps = startBps;
    this.#minBps = minBps;
    this.#maxBps = maxBps;
  }

  get bps(): number {
    return this.#bps;
  }

  /** When it last had to go down; -Infinity before that. */
  get decreasedAtMs(): number {
    return this.#decreasedAtMs;
  }

  /** At least `bps`: a probe has shown that so much passes, or it is tried with media. */
  raise(bps: number): void {
    this.#bps = Math.min(this.#maxBps, Math.max(this.#bps, bps));
    if (bps > this.#capacityBps * (1 + NEAR)) this.#capacityBps = 0;
  }

  /** The peer has made the estimate itself (REMB). */
  follow(bps: number, nowMs: number): void {
    if (bps < this.#bps * 0.95) this.#decreasedAtMs = nowMs;
    this.#bps = bps;
  }

  /** @param arrivedBps what the peer received lately; 0 when not known yet */
  update(state: DelayState, arrivedBps: number, roundTripMs: number, nowMs: number): void {
    if (state === "overuse") this.#decrease(arrivedBps, roundTripMs, nowMs);
    else if (state === "normal") this.#increase(arrivedBps, roundTripMs, nowMs);
    // "underuse": the queue drains; wait until it has.
    else this.#increasedAtMs = nowMs;
  }

  #decrease(arrivedBps: number, roundTripMs: number, nowMs: number): void {
    this.#increasedAtMs = nowMs;
    if (nowMs - this.#decreasedAtMs < Math.max(MIN_DECREASE_GAP_MS, roundTripMs)) return;
    this.#decreasedAtMs = nowMs;
    const from = arrivedBps > 0 ? arrivedBps : this.#bps;
    if (arrivedBps > 0) this.#learnCapacity(arrivedBps);
    this.#bps = Math.max(this.#minBps, Math.min(this.#bps, from * DECREASE));
  }

  #increase(arrivedBps: number, roundTripMs: number, nowMs: number): void {
    const elapsedMs = Number.isNaN(this.#increasedAtMs) ? 0 : Math.min(1_000, nowMs - this.#increasedAtMs);
    this.#increasedAtMs = nowMs;
    if (arrivedBps > this.#capacityBps * (1 + NEAR)) this.#capacityBps = 0;
    const near = this.#capacityBps > 0 && this.#bps > this.#capacityBps * (1 - NEAR);
    const additive = (PACKET_BITS * elapsedMs) / (roundTripMs + RESPONSE_MS);
    const grown = near ? this.#bps + additive : this.#bps * INCREASE_PER_SEC ** (elapsedMs / 1_000);
    const proven = HEADROOM * arrivedBps + HEADROOM_BPS;
    this.#bps = Math.min(this.#maxBps, Math.max(this.#bps, Math.min(grown, proven)));
  }

  #learnCapacity(arrivedBps: number): void {
    const far = Math.abs(arrivedBps - this.#capacityBps) > this.#capacityBps * NEAR;
    this.#capacityBps = far ? arrivedBps : this.#capacityBps * 0.95 + arrivedBps * 0.05;
  }
}
