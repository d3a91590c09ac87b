/** How much one connection carries towards the peer: from TWCC feedback, else from REMB, and in both cases from loss. */
import { RateMeter } from "../rate-meter.ts";
import { type DelayState, DelayTrend } from "./delay-trend.ts";
import { LossLimit } from "./loss-limit.ts";
import { ProbeMeasure } from "./probe-measure.ts";
import { RateControl } from "./rate-control.ts";
import { SentLog } from "./sent-log.ts";

export type EstimatorOptions = Readonly<{
  /** Assumed before the first feedback, in bits per second. */
  startBps: number;
  minBps: number;
  maxBps: number;
}>;

/** Starts where a usual home link begins to be narrow: the first pictures are not small, and probes find the rest. */
export const DEFAULT_ESTIMATOR: EstimatorOptions = { startBps: 2_000_000, minBps: 60_000, maxBps: 100_000_000 };

/** TWCC outweighs REMB while it is not older than this. */
const FEEDBACK_FRESH_MS = 5_000;
/** So long after a train its queue is not taken for a narrow link. */
const DRAIN_MS = 300;
/** A queue counts when even the soonest packet waits so long in it; less is enough where packets are lost, too, as by short queues. */
const STANDING_QUEUE_MS = { usual: 10, lossy: 5 } as const;
const LOSSY = 0.02;
/** A short train passes a little faster than a long one. */
const PROBE_TRUST = 0.95;

export class BandwidthEstimator {
  readonly #log = new SentLog();
  readonly #trend = new DelayTrend();
  readonly #loss: LossLimit;
  readonly #rate: RateControl;
  readonly #options: EstimatorOptions;
  readonly #sent = new RateMeter();
  /** On the peer's clock. */
  readonly #arrived = new RateMeter(500);
  /** While a queue is full even a short time shows what the link carries; a longer one may reach back to when less was sent. */
  readonly #arrivedNow = new RateMeter(200);
  readonly #probe = new ProbeMeasure();
  #probeOverMs = -Infinity;
  #rembBps = 0;
  #known = false;
  #isProven = false;
  #feedbackAtMs = -Infinity;
  #roundTripMs = 100;
  // One feedback message, while it is read.
  #hasArrivals = false;
  #messageArrived = 0;
  #messageLost = 0;
  #messageArrivalMs = 0;

  constructor(options: EstimatorOptions = DEFAULT_ESTIMATOR) {
    this.#options = options;
    this.#loss = new LossLimit(options.minBps);
    this.#rate = new RateControl(options.startBps, options.minBps, options.maxBps);
  }

  /** Bits per second that may be sent in all. */
  get estimateBps(): number {
    return Math.max(this.#options.minBps, Math.min(this.#rate.bps, this.#loss.limitBps));
  }

  /** Whether the peer ever told anything; before that the estimate is the start value. */
  get known(): boolean {
    return this.#known;
  }

  /** Share of packets lost lately, 0 to 1. */
  get lossRatio(): number {
    return this.#loss.lossRatio;
  }

  /** Whether the link is too narrow right now: a queue grows and stands. */
  get overusing(): boolean {
    return this.#trend.state === "overuse" && this.#isQueueStanding;
  }

  /** Whether a queue may begin to grow: sooner than `overusing`, and more often wrong. */
  get straining(): boolean {
    return this.#trend.state === "overuse";
  }

  /** When the rate last went down for delay, -Infinity before that. */
  get decreasedAtMs(): number {
    return this.#rate.decreasedAtMs;
  }

  /** Whether the link has shown that it is narrow: by a queue, by heavy loss, or in the peer's word. Until then the estimate is a guess. */
  get isProven(): boolean {
    return this.#isProven || this.#loss.limitBps < Infinity;
  }

  /** Bits per second sent lately, media and padding. */
  sendingBps(nowMs: number): number {
    return this.#sent.bps(nowMs);
  }

  /** Counts a packet about to be sent. @returns its transport-wide sequence number, 16 bits */
  sending(bytes: number, nowMs: number): number {
    this.#sent.add(bytes, nowMs);
    return this.#log.add(bytes, nowMs);
  }

  /** Counts a packet that carries no transport-wide sequence number: no feedback will tell of it. */
  sendingUncounted(bytes: number, nowMs: number): void {
    this.#sent.add(bytes, nowMs);
  }

  /** Nothing was sent for a while, so no news came: the queue and the loss that were told last are over. The estimate stays. */
  rested(): void {
    this.#trend.reset();
    this.#loss.forgetLoss();
  }

  /** Round trip in ms, as receiver reports tell it. */
  setRoundTrip(roundTripMs: number): void {
    this.#roundTripMs = Math.min(2_000, Math.max(1, roundTripMs));
  }

  /** A packet that TWCC feedback reports as received. `arrivalMs` on the peer's clock, unwrapped. */
  arrived(sequence: number, arrivalMs: number): void {
    const slot = this.#log.slotOf(sequence);
    if (slot < 0 || !this.#log.markArrived(slot)) return;
    const sentAtMs = this.#log.sentAtMs(slot);
    const bytes = this.#log.bytes(slot);
    this.#hasArrivals = true;
    // What a train loses is its own fault, and no sign of what media would lose.
    if (!this.#probe.covers(sentAtMs)) this.#messageArrived += 1;
    this.#messageArrivalMs = Math.max(this.#messageArrivalMs, arrivalMs);
    this.#arrived.add(bytes, arrivalMs);
    this.#arrivedNow.add(bytes, arrivalMs);
    this.#trend.packet(sentAtMs, arrivalMs);
    this.#probe.arrived(bytes, sentAtMs, arrivalMs);
  }

  /** A packet that TWCC feedback reports as not received. */
  lost(sequence: number): void {
    const slot = this.#log.slotOf(sequence);
    if (slot < 0 || !this.#log.markLost(slot)) return;
    const sentAtMs = this.#log.sentAtMs(slot);
    if (!this.#probe.covers(sentAtMs)) this.#messageLost += 1;
    this.#probe.lost(sentAtMs);
  }

  /** Ends one feedback message, after its packets: now the estimate moves. */
  endFeedback(nowMs: number): void {
    this.#feedbackAtMs = nowMs;
    this.#known = true;
    this.#loss.update(this.#messageArrived, this.#messageLost, this.#triedBps(nowMs), nowMs);
    if (this.#hasArrivals) {
      const state = this.#stateForRate(nowMs);
      if (!this.#isProven && (state === "overuse" || this.#loss.limitBps < Infinity)) {
        this.#isProven = true;
        // From here on it is no guess any more, and so much was just seen to pass.
        this.#rate.raise(this.#arrivedBps("overuse"));
      }
      this.#rate.update(state, this.#arrivedBps(state), this.#roundTripMs, nowMs);
    }
    this.#hasArrivals = false;
    this.#messageArrived = 0;
    this.#messageLost = 0;
  }

  /** Loss as receiver reports tell it; used while no TWCC feedback comes. */
  reportedLoss(arrived: number, lost: number, nowMs: number): void {
    if (this.#hasFeedback(nowMs)) return;
    this.#known = true;
    this.#loss.update(arrived, lost, this.#triedBps(nowMs), nowMs);
  }

  /** Receiver estimated maximum bitrate; used while no TWCC feedback comes. */
  remb(bps: number, nowMs: number): void {
    if (this.#hasFeedback(nowMs)) return;
    this.#known = true;
    this.#rembBps = bps;
    // A peer that gets little can only tell of little.
    this.#isProven ||= bps < this.#sent.bps(nowMs);
    this.#rate.follow(Math.min(this.#options.maxBps, Math.max(this.#options.minBps, bps)), nowMs);
  }

  /** What the peer named last by REMB, 0 when never. */
  get rembBps(): number {
    return this.#rembBps;
  }

  /** Everything sent from now on until `untilMs` is measured as one train. */
  beginProbe(nowMs: number, untilMs: number): void {
    this.#probe.begin(nowMs, untilMs);
    this.#probeOverMs = untilMs + DRAIN_MS;
  }

  /** Nothing of the train is sent any more. */
  cutProbe(nowMs: number): void {
    this.#probe.cut(nowMs);
    this.#probeOverMs = Math.min(this.#probeOverMs, nowMs + DRAIN_MS);
  }

  /** Takes what the train has shown into the estimate. @returns bits per second that passed, 0 when it showed nothing */
  endProbe(): number {
    const passedBps = this.#probe.end();
    if (passedBps > 0 && !this.overusing) {
      this.#rate.raise(passedBps * PROBE_TRUST);
      this.#loss.raise(passedBps * PROBE_TRUST);
    }
    return passedBps;
  }

  /** Tries with media what could not be probed with padding: the estimate is `bps` until something speaks against it. */
  attempt(bps: number): void {
    this.#rate.raise(bps);
    this.#loss.raise(bps);
  }

  /** What the link was given at most: more than the estimate while that is a guess. */
  #triedBps(nowMs: number): number {
    return this.isProven ? this.estimateBps : Math.max(this.estimateBps, this.#sent.bps(nowMs));
  }

  /** The queue that a train made drains by itself: the rate only waits. */
  #stateForRate(nowMs: number): DelayState {
    const { state } = this.#trend;
    if (state !== "overuse") return state;
    if (!this.#isQueueStanding) return "normal";
    return nowMs < this.#probeOverMs ? "underuse" : state;
  }

  get #isQueueStanding(): boolean {
    const neededMs = this.#loss.lossRatio > LOSSY ? STANDING_QUEUE_MS.lossy : STANDING_QUEUE_MS.usual;
    return this.#trend.queueMs >= neededMs;
  }

  #arrivedBps(state: DelayState): number {
    const steadyBps = this.#arrived.bps(this.#messageArrivalMs);
    return state === "overuse" ? Math.max(steadyBps, this.#arrivedNow.bps(this.#messageArrivalMs)) : steadyBps;
  }

  #hasFeedback(nowMs: number): boolean {
    return nowMs - this.#feedbackAtMs < FEEDBACK_FRESH_MS;
  }
}
