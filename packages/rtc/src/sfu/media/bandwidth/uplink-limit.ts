/** What a peer that takes REMB is told: all that is allowed, less while packets are lost on the way to us. */
import type { ReportBlock } from "../../../rtp/rtcp-reports.ts";
import { RateMeter } from "../rate-meter.ts";
import { LossLimit } from "./loss-limit.ts";

/** A peer that sends less than it may is not held to what it happens to send. */
const HEADROOM = 1.5;
/** Enough for sound and the smallest picture. */
const LEAST_BPS = 100_000;

export class UplinkLimit {
  readonly #maxBps: number;
  readonly #received = new RateMeter();
  readonly #loss = new LossLimit(LEAST_BPS);
  /** Extended highest number and packets lost, at the last report, by SSRC. */
  #before: ReadonlyMap<number, ReportBlock> = new Map();

  constructor(maxBps: number) {
    this.#maxBps = maxBps;
  }

  /** For the next REMB, in bits per second. */
  get limitBps(): number {
    return Math.max(LEAST_BPS, Math.min(this.#maxBps, this.#loss.limitBps));
  }

  received(bytes: number, nowMs: number): void {
    this.#received.add(bytes, nowMs);
  }

  /** Takes the reports into account that are being sent to the peer. */
  update(blocks: readonly ReportBlock[], nowMs: number): void {
    let expected = 0;
    let lost = 0;
    for (const block of blocks) {
      const before = this.#before.get(block.ssrc);
      if (before === undefined) continue;
      expected += Math.max(0, (block.extendedHighest - before.extendedHighest) | 0);
      lost += Math.max(0, block.cumulativeLost - before.cumulativeLost);
    }
    lost = Math.min(lost, expected);
    this.#before = new Map(blocks.map((block) => [block.ssrc, block]));
    this.#loss.update(expected - lost, lost, HEADROOM * this.#received.bps(nowMs), nowMs);
  }
}
