/** One clock for the tracks of a sender, whose RTP clocks begin anywhere and drift apart. RFC 3550 §5.1, §6.4.1. */
import { type SenderClock, unixMsFromNtp } from "./ntp.ts";
import { RecentLeast } from "./recent-least.ts";
import { timestampDelta } from "./sequence.ts";

/** Corrections are spread: this share of the time that goes by. */
const MAX_SLEW = 0.02;
/** What is further off is no drift but another clock: taken over at once. */
const MAX_SLEWED_MS = 1_000;

/** Short enough for clocks that drift. */
const RECENT_FRAMES_MS = 5_000;
/** Not shorter than twice that: a network that becomes slower must be forgotten of frames first. */
const RECENT_REPORTS_MS = 10_000;

/**
 * Times of all tracks of one peer, in ms, close to when their packets come. Before sender reports tell better, tracks are laid side by side by
 * the packets that came soonest; each report then moves its track to where it belongs, slowly.
 *
 * Browsers do not know when their sound was heard: their reports say that a packet began when it was sent, which is 20 ms and whatever it
 * waited too late: 300 ms where the machine is busy, another time in each report. But nothing is sent before its end was heard. So reports
 * also tell what our clock shows for the sender's when something is sent, and the packet that came soonest tells how late a track can be at
 * most.
 */
export class SharedClock {
  /** From the sender's wall clock to ours, in ms; decided by the first report. */
  #fromNtpMs: number | undefined;
  /** How long after its place on the shared clock a report comes; the least of any track's. */
  readonly #onTheWayMs = new RecentLeast(RECENT_REPORTS_MS);

  /** A track whose RTP clock has this rate. One that began anew is another track. */
  addTrack(clockRateHz: number): TrackClock {
    return new TrackClock(clockRateHz, (ntpMs, localMs, nowMs) => {
      const sharedMs = ntpMs + (this.#fromNtpMs ??= localMs - ntpMs);
      return { sharedMs, onTheWayMs: this.#onTheWayMs.push(nowMs - sharedMs, nowMs) };
    });
  }
}

/**
 * @param ntpMs a moment on the sender's wall clock @param localMs the same by our reckoning so far @param nowMs when it was told
 * @returns its shared time, and by how much what is sent comes later than its shared time
 */
type ToShared = (ntpMs: number, localMs: number, nowMs: number) => Readonly<{ sharedMs: number; onTheWayMs: number }>;

/** The clock of one track; made by SharedClock. */
export class TrackClock {
  readonly #clockRateHz: number;
  readonly #toShared: ToShared;
  /** How long after the end of a frame, by the track's own time, it comes. */
  readonly #soonestMs = new RecentLeast(RECENT_FRAMES_MS);
  /** What is added to the track's own time. */
  #offsetMs: number | undefined;
  #wantedMs: number | undefined;
  #latestTicks = 0;

  constructor(clockRateHz: number, toShared: ToShared) {
    this.#clockRateHz = clockRateHz;
    this.#toShared = toShared;
  }

  /**
   * The time of a frame on the shared clock, in ms, with fractions. Call for each frame, in order.
   * @param ticks its RTP time without wrapping @param nowMs when it was complete, on any steady clock, the same for all tracks
   * @param spanMs how much of the sender's time is in it: none of it was sent before that had passed
   */
  place(ticks: number, nowMs: number, spanMs = 0): number {
    const ownMs = (ticks * 1000) / this.#clockRateHz;
    const elapsedMs = this.#offsetMs === undefined ? 0 : ((ticks - this.#latestTicks) * 1000) / this.#clockRateHz;
    this.#latestTicks = ticks;
    const leadMs = nowMs - spanMs - ownMs;
    this.#soonestMs.push(leadMs, nowMs);
    // The one that came soonest waited least on its way.
    if (this.#wantedMs === undefined) this.#offsetMs = Math.min(this.#offsetMs ?? leadMs, leadMs);
    else this.#slew(this.#wantedMs, elapsedMs);
    return ownMs + (this.#offsetMs ?? leadMs);
  }

  /** A sender report of the track came at `nowMs` of the clock of `place`. Before its first frame it tells nothing. */
  report({ ntp, rtpTimestamp }: SenderClock, nowMs: number): void {
    if (this.#offsetMs === undefined) return;
    const ticks = this.#latestTicks + timestampDelta(rtpTimestamp, this.#latestTicks % 2 ** 32);
    const ownMs = (ticks * 1000) / this.#clockRateHz;
    const { sharedMs, onTheWayMs } = this.#toShared(unixMsFromNtp(ntp), ownMs + this.#offsetMs, nowMs);
    const toldMs = sharedMs - ownMs;
    const latestMs = (this.#soonestMs.value ?? Number.POSITIVE_INFINITY) - onTheWayMs;
    this.#wantedMs = Math.min(toldMs, latestMs);
  }

  #slew(wantedMs: number, elapsedMs: number): void {
    const apartMs = wantedMs - (this.#offsetMs ?? wantedMs);
    const mostMs = Math.max(0, elapsedMs) * MAX_SLEW;
    const stepMs = Math.abs(apartMs) > MAX_SLEWED_MS ? apartMs : Math.max(-mostMs, Math.min(mostMs, apartMs));
    this.#offsetMs = (this.#offsetMs ?? wantedMs) + stepMs;
  }
}
