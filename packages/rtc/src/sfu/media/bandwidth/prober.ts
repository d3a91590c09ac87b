/** When to find out whether the link carries more: short trains of padding, or a cautious attempt with media. Sans-I/O. */
import type { BandwidthEstimator } from "./estimator.ts";

/** How long padding is added; long enough for 8 packets at 200 kb/s, short enough not to fill a phone's queue. */
const TRAIN_MS = 400;
/** Until feedback of the last packet is surely there; REMB comes once a second. */
const SETTLE_MS = 1_000;
/** An attempt with media shows itself later: a queue has to fill first. */
const ATTEMPT_MS = 4_000;
/** What was won is used first: the new picture begins with a key frame. */
const AFTER_SUCCESS_MS = 2_000;
/** One train was not enough, but it got through: the next one follows. */
const NEXT_TRAIN_MS = 300;
/** The first feedback does not know yet what the first pictures do to the link. */
const FIRST_MS = 1_000;
/** While so much is lost the link is full already. */
const MAX_LOSS = 0.1;
const FIRST_BACKOFF_MS = 2_000;
const MAX_BACKOFF_MS = 8_000;
/** After the link was too narrow it is left alone for so long. */
const CALM_MS = 3_000;
/** More than this at once proves little and may hurt much. */
const MAX_FACTOR = 2;
const MARGIN = 1.12;
/** Never more of it in one go, so that the train stays a train. */
const MAX_BURST_MS = 50;

export type ProbeWish = Readonly<{
  /** Bits per second in all that would allow the next step up; 0 when nothing more is wanted. */
  neededBps: number;
  /** Whether there is a retransmission stream to pad with. */
  canPad: boolean;
}>;

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "train"; readonly padBps: number; readonly fromMs: number; readonly untilMs: number }
  | { readonly kind: "settle"; readonly neededBps: number; readonly untilMs: number; readonly measured: boolean };

export class Prober {
  readonly #estimator: BandwidthEstimator;
  #state: State = { kind: "idle" };
  #neededBps = 0;
  #beforeBps = 0;
  #paddedBytes = 0;
  #backoffMs = FIRST_BACKOFF_MS;
  #nextAtMs = -1;

  constructor(estimator: BandwidthEstimator) {
    this.#estimator = estimator;
  }

  /** Whether padding is being sent. */
  get active(): boolean {
    return this.#state.kind === "train";
  }

  /** Whether nothing is under way: it waits for a wish. */
  get idle(): boolean {
    return this.#state.kind === "idle";
  }

  /** Bytes of padding to send now: 0 most of the time. */
  dueBytes(nowMs: number): number {
    const state = this.#state;
    if (state.kind !== "train") return 0;
    const planned = (state.padBps * (Math.min(nowMs, state.untilMs) - state.fromMs)) / 8_000;
    return Math.min((state.padBps * MAX_BURST_MS) / 8_000, Math.max(0, planned - this.#paddedBytes));
  }

  /** Tells how much of it was sent. */
  padded(bytes: number): void {
    this.#paddedBytes += bytes;
  }

  /** Decides; call it at least each 100 ms. */
  tick({ neededBps, canPad }: ProbeWish, nowMs: number): void {
    const state = this.#state;
    switch (state.kind) {
      case "idle":
        if (neededBps > this.#estimator.estimateBps && this.#mayBegin(nowMs)) this.#begin(neededBps, canPad, nowMs);
        return;
      case "train":
        // A queue seems to grow already: more would only lengthen it, and another train comes.
        if (nowMs < state.untilMs && !this.#estimator.straining) return;
        this.#estimator.cutProbe(nowMs);
        this.#settle(SETTLE_MS, true, nowMs);
        return;
      case "settle":
        if (nowMs >= state.untilMs) this.#judge(state.neededBps, state.measured, nowMs);
        return;
      default:
        state satisfies never;
    }
  }

  #mayBegin(nowMs: number): boolean {
    const { known, decreasedAtMs } = this.#estimator;
    if (!known) return false;
    if (this.#nextAtMs < 0) this.#nextAtMs = nowMs + FIRST_MS;
    if (nowMs < this.#nextAtMs || nowMs - decreasedAtMs < CALM_MS) return false;
    // All is paused: without this what made it so would hold for ever.
    if (this.#estimator.sendingBps(nowMs) === 0) this.#estimator.rested();
    // A train that begins while a queue seems to grow would be cut at once, and count as vain.
    return !this.#estimator.straining && this.#estimator.lossRatio <= MAX_LOSS;
  }

  #begin(neededBps: number, canPad: boolean, nowMs: number): void {
    this.#neededBps = neededBps;
    this.#beforeBps = this.#estimator.estimateBps;
    if (!canPad) {
      this.#estimator.attempt(neededBps);
      this.#settle(ATTEMPT_MS, false, nowMs);
      return;
    }
    const sendingBps = this.#estimator.sendingBps(nowMs);
    const targetBps = Math.min(neededBps * MARGIN, MAX_FACTOR * Math.max(sendingBps, this.#estimator.estimateBps));
    this.#paddedBytes = 0;
    const untilMs = nowMs + TRAIN_MS;
    this.#estimator.beginProbe(nowMs, untilMs);
    this.#state = { kind: "train", padBps: Math.max(0, targetBps - sendingBps), fromMs: nowMs, untilMs };
  }

  #settle(lengthMs: number, measured: boolean, nowMs: number): void {
    this.#state = { kind: "settle", neededBps: this.#neededBps, untilMs: nowMs + lengthMs, measured };
  }

  #judge(neededBps: number, measured: boolean, nowMs: number): void {
    if (measured) this.#estimator.endProbe();
    const afterBps = this.#estimator.estimateBps;
    const isEnough = afterBps >= neededBps;
    // A link far from its limit is climbed in several trains, each of which succeeds.
    const isCloser = measured && afterBps > this.#beforeBps * 1.2;
    this.#backoffMs = isEnough || isCloser ? FIRST_BACKOFF_MS : Math.min(MAX_BACKOFF_MS, this.#backoffMs * 2);
    const pauseMs = isEnough ? AFTER_SUCCESS_MS : isCloser ? NEXT_TRAIN_MS : this.#backoffMs;
    this.#nextAtMs = nowMs + pauseMs;
    this.#state = { kind: "idle" };
  }
}
