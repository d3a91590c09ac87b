/** One clock for the tracks of a sender, whose RTP clocks begin anywhere and drift apart. RFC 3550 §5.1, §6.4.1. */
import { type SenderClock, unixMsFromNtp } from "./ntp.ts";
import { timestampDelta } from "./sequence.ts";

/** Corrections are spread: this share of the time that goes by. */
const MAX_SLEW = 0.02;
/** What is further off is no drift but another clock: taken over at once. */
const MAX_SLEWED_MS = 1_000;

/**
 * Times of all tracks of one peer, in ms, close to when their packets come. Before sender reports tell better, tracks are laid side by side by
 * the packets that came soonest; each report then moves its track to where it belongs, slowly.
 */
export class SharedClock {
  /** From the sender's wall clock to ours, in ms; decided by the first report. */
  #fromNtpMs: number | undefined;

  /** A track whose RTP clock has this rate. One that began anew is another track. */
  addTrack(clockRateHz: number): TrackClock {
    return new TrackClock(clockRateHz, (ntpMs, localMs) => ntpMs + (this.#fromNtpMs ??= localMs - ntpMs));
  }
}

/** The clock of one track; made by SharedClock. */
export class TrackClock {
  readonly #clockRateHz: number;
  readonly #toShared: (ntpMs: number, localMs: number) => number;
  /** What is added to the track's own time. */
  #offsetMs: number | undefined;
  #wantedMs: number | undefined;
  #latestTicks = 0;

  /** @param toShared the shared time of a moment on the sender's wall clock, and by our reckoning so far */
  constructor(clockRateHz: number, toShared: (ntpMs: number, localMs: number) => number) {
    this.#clockRateHz = clockRateHz;
    this.#toShared = toShared;
  }

  /**
   * The time of a frame on the shared clock, in ms, with fractions. Call for each frame, in order.
   * @param ticks its RTP time without wrapping @param nowMs when it was complete, on any steady clock, the same for all tracks
   */
  place(ticks: number, nowMs: number): number {
    const ownMs = (ticks * 1000) / this.#clockRateHz;
    const elapsedMs = this.#offsetMs === undefined ? 0 : ((ticks - this.#latestTicks) * 1000) / this.#clockRateHz;
    this.#latestTicks = ticks;
    const leadMs = nowMs - ownMs;
    // The one that came soonest waited least on its way.
    if (this.#wantedMs === undefined) this.#offsetMs = Math.min(this.#offsetMs ?? leadMs, leadMs);
    else this.#slew(this.#wantedMs, elapsedMs);
    return ownMs + (this.#offsetMs ?? leadMs);
  }

  /** A sender report of the track came. Before its first frame it tells nothing. */
  report({ ntp, rtpTimestamp }: SenderClock): void {
    if (this.#offsetMs === undefined) return;
    const ticks = this.#latestTicks + timestampDelta(rtpTimestamp, this.#latestTicks % 2 ** 32);
    const ownMs = (ticks * 1000) / this.#clockRateHz;
    this.#wantedMs = this.#toShared(unixMsFromNtp(ntp), ownMs + this.#offsetMs) - ownMs;
  }

  #slew(wantedMs: number, elapsedMs: number): void {
    const apartMs = wantedMs - (this.#offsetMs ?? wantedMs);
    const mostMs = Math.max(0, elapsedMs) * MAX_SLEW;
    const stepMs = Math.abs(apartMs) > MAX_SLEWED_MS ? apartMs : Math.max(-mostMs, Math.min(mostMs, apartMs));
    this.#offsetMs = (this.#offsetMs ?? wantedMs) + stepMs;
  }
}
