/** How one source is received: loss, jitter, and the report block that says so. RFC 3550 §6.4.1, A.1, A.3, A.8. */
import { type NtpTime, ntpMiddle, ntpShort } from "./ntp.ts";
import type { ReportBlock } from "./rtcp-reports.ts";
import { sequenceDelta } from "./sequence.ts";

/** RFC 3550 A.1. Backwards much more than there: a packet may be delayed by a second. */
const MAX_DROPOUT = 3_000;
const MAX_MISORDER = 1_000;
/** Transit times that differ by more are a clock that was set, not a network. */
const MAX_TRANSIT_SEC = 5;

/**
 * - `fresh`: newer than all before it
 * - `late`: reordered, retransmitted or a duplicate
 * - `stray`: far from the others; leave it out
 * - `restarted`: the second one in a row that was: the source began anew, everything that knows its numbers must too
 */
export type Arrival = "fresh" | "late" | "stray" | "restarted";

/** Statistics of one ssrc. Give it packets as they came from the network, not the ones unwrapped from RTX: the sender wants the real loss. */
export class ReceiveStats {
  readonly #clockRateHz: number;
  #started = false;
  #base = 0;
  /** Counts cycles too, so it is the extended highest sequence number. */
  #highest = 0;
  #expectedAnew = -1;
  #received = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #transit: number | undefined;
  #jitter = 0;
  #lastReport = 0;
  #lastReportAtMs = 0;

  constructor(clockRateHz: number) {
    this.#clockRateHz = clockRateHz;
  }

  /** Packets received, duplicates included. */
  get received(): number {
    return this.#received;
  }

  /** Packets that should have come by now. */
  get expected(): number {
    return this.#started ? this.#highest - this.#base + 1 : 0;
  }

  /** Interarrival jitter in ms. */
  get jitterMs(): number {
    return (this.#jitter * 1000) / this.#clockRateHz;
  }

  /** @param arrivalMs on a steady clock */
  update(sequence: number, timestamp: number, arrivalMs: number): Arrival {
    if (!this.#started) this.#begin(sequence);
    const ahead = sequenceDelta(sequence, this.#highest & 0xffff);
    if (ahead > MAX_DROPOUT || ahead < -MAX_MISORDER) return this.#stray(sequence, timestamp, arrivalMs);
    this.#received += 1;
    if (ahead <= 0) return "late";
    this.#highest += ahead;
    this.#updateJitter(timestamp, arrivalMs);
    return "fresh";
  }

  /** A sender report of this source came at `nowMs` of the clock of `update`. */
  senderReport(ntp: NtpTime, nowMs: number): void {
    this.#lastReport = ntpMiddle(ntp);
    this.#lastReportAtMs = nowMs;
  }

  /** The block for the next report; its fraction lost is of the time since the last call. */
  takeReport(ssrc: number, nowMs: number): ReportBlock {
    const expected = this.expected - this.#expectedBefore;
    const lost = expected - (this.#received - this.#receivedBefore);
    this.#expectedBefore = this.expected;
    this.#receivedBefore = this.#received;
    return {
      ssrc,
      fractionLost: expected <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected)),
      cumulativeLost: Math.max(-0x80_0000, Math.min(0x7f_ffff, this.expected - this.#received)),
      extendedHighest: this.#highest >>> 0,
      jitter: Math.floor(this.#jitter),
      lastReport: this.#lastReport,
      delaySinceLastReport: this.#lastReport === 0 ? 0 : ntpShort(nowMs - this.#lastReportAtMs),
    };
  }

  #begin(sequence: number): void {
    this.#started = true;
    this.#base = sequence;
    // One less, so that the packet itself is the first fresh one.
    this.#highest = sequence - 1;
    this.#received = 0;
    this.#expectedBefore = 0;
    this.#receivedBefore = 0;
    this.#transit = undefined;
    this.#expectedAnew = -1;
  }

  #stray(sequence: number, timestamp: number, arrivalMs: number): Arrival {
    const isSecond = sequence === this.#expectedAnew;
    this.#expectedAnew = (sequence + 1) & 0xffff;
    if (!isSecond) return "stray";
    this.#begin(sequence);
    this.update(sequence, timestamp, arrivalMs);
    return "restarted";
  }

  /** RFC 3550 A.8. The difference is taken mod 2^32, so timestamps may wrap. */
  #updateJitter(timestamp: number, arrivalMs: number): void {
    const transit = Math.round((arrivalMs * this.#clockRateHz) / 1000) - timestamp;
    const apart = this.#transit === undefined ? 0 : Math.abs((transit - this.#transit) | 0);
    this.#transit = transit;
    if (apart < MAX_TRANSIT_SEC * this.#clockRateHz) this.#jitter += (apart - this.#jitter) / 16;
  }
}
