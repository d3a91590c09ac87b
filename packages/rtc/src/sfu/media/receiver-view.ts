/** How one outgoing stream fares at its receiver, from receiver reports. RFC 3550 §6.4.1. */
import type { ReportBlock } from "../../rtp/rtcp-reports.ts";

/** Before a report tells it. */
const DEFAULT_ROUND_TRIP_MS = 100;

export class ReceiverView {
  /** Smoothed, in ms. */
  roundTripMs = DEFAULT_ROUND_TRIP_MS;
  /** Share of packets lost in the last interval, 0 to 1, before retransmission. */
  lossRatio = 0;
  /** Whether any report came. */
  known = false;
  #reportMiddle = 0;
  #reportAtMs = 0;
  #highest = -1;
  #lost = 0;

  /** Our sender report went out, with these middle 32 bits of NTP time. */
  reported(ntpMiddle: number, nowMs: number): void {
    this.#reportMiddle = ntpMiddle;
    this.#reportAtMs = nowMs;
  }

  /** One report block on this stream. @returns packets that arrived and were lost since the one before */
  report(block: ReportBlock, nowMs: number): Readonly<{ arrived: number; lost: number }> {
    this.lossRatio = block.fractionLost / 256;
    if (block.lastReport !== 0 && block.lastReport === this.#reportMiddle) this.#measure(block, nowMs);
    const expected = this.#highest < 0 ? 0 : Math.max(0, (block.extendedHighest - this.#highest) | 0);
    const lost = this.#highest < 0 ? 0 : Math.min(expected, Math.max(0, block.cumulativeLost - this.#lost));
    this.#highest = block.extendedHighest;
    this.#lost = block.cumulativeLost;
    this.known = true;
    return { arrived: expected - lost, lost };
  }

  #measure({ delaySinceLastReport }: ReportBlock, nowMs: number): void {
    const roundTripMs = nowMs - this.#reportAtMs - delaySinceLastReport / 65.536;
    if (roundTripMs < 0 || roundTripMs > 10_000) return;
    this.roundTripMs = this.known ? this.roundTripMs * 0.8 + roundTripMs * 0.2 : roundTripMs;
  }
}
