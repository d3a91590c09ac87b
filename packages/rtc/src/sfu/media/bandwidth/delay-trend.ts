/**
 * Whether a queue grows on the way: the slope of one-way delay over send time. draft-ietf-rmcat-gcc-02 §4–5 (arrival groups, adaptive
 * threshold), with a least-squares line in place of the draft's Kalman filter. Beyond the draft the queue has to stand: delay that comes
 * and goes is the peer's machine, not the link.
 */
import { QueueDelay } from "./queue-delay.ts";

export type DelayState = "normal" | "overuse" | "underuse";

/** Packets sent within this belong to one group: what is sent as a burst arrives as one. */
const BURST_MS = 5;
/** A group that lasts longer is cut, whatever the arrivals say. */
const MAX_BURST_MS = 100;
const WINDOW = 20;
const SMOOTHING = 0.9;
const GAIN = 4;
const MAX_DELTAS = 60;
const THRESHOLD_MS = { first: 12.5, least: 6, most: 600 } as const;
const THRESHOLD_UP = 0.0087;
const THRESHOLD_DOWN = 0.039;
/** A peak this far above the threshold does not move it. */
const OUTLIER_MS = 15;
const OVERUSE_MS = 10;
/** A gap in the arrivals after which the history means nothing. */
const RESET_MS = 3_000;

type Group = { firstSendMs: number; lastSendMs: number; firstArrivalMs: number; lastArrivalMs: number };

export class DelayTrend {
  #group: Group | undefined;
  #before: Group | undefined;
  readonly #times = new Float64Array(WINDOW);
  readonly #delays = new Float64Array(WINDOW);
  #deltas = 0;
  #firstArrivalMs = 0;
  #accumulatedMs = 0;
  #smoothedMs = 0;
  #thresholdMs: number = THRESHOLD_MS.first;
  #thresholdAtMs = Number.NaN;
  #overusingMs = 0;
  #overusingGroups = 0;
  #lastTrend = 0;
  #queue = new QueueDelay();
  #queueMs = 0;
  #state: DelayState = "normal";

  /** By the slope alone: it may be the peer's machine that is late. */
  get state(): DelayState {
    return this.#state;
  }

  /** What each packet waited lately at least, in ms. */
  get queueMs(): number {
    return this.#queueMs;
  }

  /** One packet that arrived. Send times on our clock, arrival times on the peer's; both in ms and without wrapping. */
  packet(sendMs: number, arrivalMs: number): void {
    this.#queueMs = this.#queue.packet(sendMs, arrivalMs);
    const group = this.#group;
    if (group === undefined) {
      this.#group = newGroup(sendMs, arrivalMs);
      return;
    }
    // Sent before the group began: it came late, and says nothing new.
    if (sendMs < group.firstSendMs) return;
    if (belongs(group, sendMs, arrivalMs)) {
      group.lastSendMs = Math.max(group.lastSendMs, sendMs);
      group.lastArrivalMs = Math.max(group.lastArrivalMs, arrivalMs);
      return;
    }
    if (this.#before !== undefined) this.#compare(this.#before, group);
    this.#before = group;
    this.#group = newGroup(sendMs, arrivalMs);
  }

  /** Forgets all but the threshold: the peer's clock may have jumped, what is usual on the path has not changed. */
  reset(): void {
    this.#queue = new QueueDelay();
    this.#queueMs = 0;
    this.#group = undefined;
    this.#before = undefined;
    this.#deltas = 0;
    this.#accumulatedMs = 0;
    this.#smoothedMs = 0;
    this.#overusingMs = 0;
    this.#overusingGroups = 0;
    this.#lastTrend = 0;
    this.#state = "normal";
  }

  #compare(before: Group, group: Group): void {
    const sendDeltaMs = group.lastSendMs - before.lastSendMs;
    const arrivalDeltaMs = group.lastArrivalMs - before.lastArrivalMs;
    if (arrivalDeltaMs > RESET_MS || arrivalDeltaMs < 0) {
      this.reset();
      return;
    }
    if (this.#deltas === 0) this.#firstArrivalMs = group.lastArrivalMs;
    this.#accumulatedMs += arrivalDeltaMs - sendDeltaMs;
    this.#smoothedMs = SMOOTHING * this.#smoothedMs + (1 - SMOOTHING) * this.#accumulatedMs;
    this.#times[this.#deltas % WINDOW] = group.lastArrivalMs - this.#firstArrivalMs;
    this.#delays[this.#deltas % WINDOW] = this.#smoothedMs;
    this.#deltas += 1;
    const trend = this.#deltas >= WINDOW ? this.#slope() : this.#lastTrend;
    this.#decide(trend, sendDeltaMs, group.lastArrivalMs);
    this.#lastTrend = trend;
  }

  /** Milliseconds of delay gained per millisecond, over the window. */
  #slope(): number {
    let meanTime = 0;
    let meanDelay = 0;
    for (let i = 0; i < WINDOW; i++) {
      meanTime += (this.#times[i] ?? 0) / WINDOW;
      meanDelay += (this.#delays[i] ?? 0) / WINDOW;
    }
    let covariance = 0;
    let variance = 0;
    for (let i = 0; i < WINDOW; i++) {
      const time = (this.#times[i] ?? 0) - meanTime;
      covariance += time * ((this.#delays[i] ?? 0) - meanDelay);
      variance += time * time;
    }
    return variance === 0 ? 0 : covariance / variance;
  }

  #decide(trend: number, sendDeltaMs: number, nowMs: number): void {
    const scaled = Math.min(this.#deltas, MAX_DELTAS) * trend * GAIN;
    if (scaled > this.#thresholdMs) {
      this.#overusingMs += sendDeltaMs;
      this.#overusingGroups += 1;
      // A queue that is already draining is not reported again.
      if (this.#overusingMs > OVERUSE_MS && this.#overusingGroups > 1 && trend >= this.#lastTrend)
        this.#state = "overuse";
    } else {
      this.#overusingMs = 0;
      this.#overusingGroups = 0;
      this.#state = scaled < -this.#thresholdMs ? "underuse" : "normal";
    }
    this.#adapt(Math.abs(scaled), nowMs);
  }

  /** Follows what is usual on this path, so that its noise is not taken for a queue, and a competing flow does not starve us. */
  #adapt(magnitude: number, nowMs: number): void {
    const elapsedMs = Number.isNaN(this.#thresholdAtMs) ? 0 : Math.min(100, Math.max(0, nowMs - this.#thresholdAtMs));
    this.#thresholdAtMs = nowMs;
    if (magnitude > this.#thresholdMs + OUTLIER_MS) return;
    const speed = magnitude < this.#thresholdMs ? THRESHOLD_DOWN : THRESHOLD_UP;
    const moved = this.#thresholdMs + speed * (magnitude - this.#thresholdMs) * elapsedMs;
    this.#thresholdMs = Math.min(THRESHOLD_MS.most, Math.max(THRESHOLD_MS.least, moved));
  }
}

function newGroup(sendMs: number, arrivalMs: number): Group {
  return { firstSendMs: sendMs, lastSendMs: sendMs, firstArrivalMs: arrivalMs, lastArrivalMs: arrivalMs };
}

function belongs(group: Group, sendMs: number, arrivalMs: number): boolean {
  if (sendMs - group.firstSendMs <= BURST_MS) return true;
  // Sent apart but arrived together: something on the way held them back and let them go at once.
  const arrivalDeltaMs = arrivalMs - group.lastArrivalMs;
  const propagationMs = arrivalDeltaMs - (sendMs - group.lastSendMs);
  if (propagationMs >= 0 || arrivalDeltaMs > BURST_MS) return false;
  // Long before the group is no burst either: the peer's clock went back.
  return Math.abs(arrivalMs - group.firstArrivalMs) < MAX_BURST_MS;
}
