/** Wall clock as RTCP writes it, and how the RTP clocks of several sources of one sender are laid over each other. RFC 3550 §4, §6.4.1. */
import { timestampDelta } from "./sequence.ts";

/** Seconds from 1900 to 1970. */
const UNIX_EPOCH_SECONDS = 2_208_988_800;
const U32 = 2 ** 32;
/** Ticks of abs-send-time a second: 6 bits of seconds, 18 of fraction. */
const ABS_SEND_TICKS = 2 ** 18;

/** A 64-bit NTP timestamp: seconds since 1900 (mod 2^32) and units of 2^-32 s. */
export type NtpTime = Readonly<{ seconds: number; fraction: number }>;

/** One moment on two clocks of a source, from its sender report. */
export type SenderClock = Readonly<{ ntp: NtpTime; rtpTimestamp: number }>;

/** @param unixMs milliseconds since 1970, fractions allowed */
export function ntpFromUnixMs(unixMs: number): NtpTime {
  const whole = Math.floor(unixMs / 1000);
  const fraction = Math.floor(((unixMs - whole * 1000) / 1000) * U32);
  return { seconds: (whole + UNIX_EPOCH_SECONDS) % U32, fraction };
}

/** Milliseconds since 1970, to about a microsecond. Seconds below 1970 are of the era that begins in 2036. */
export function unixMsFromNtp({ seconds, fraction }: NtpTime): number {
  const sinceUnix = seconds - UNIX_EPOCH_SECONDS;
  return (sinceUnix < 0 ? sinceUnix + U32 : sinceUnix) * 1000 + (fraction / U32) * 1000;
}

/** The middle 32 bits, as LSR of a report block holds them: units of 2^-16 s. */
export function ntpMiddle({ seconds, fraction }: NtpTime): number {
  return ((seconds << 16) | (fraction >>> 16)) >>> 0;
}

/** A duration in units of 2^-16 s, as DLSR holds it. */
export function ntpShort(durationMs: number): number {
  return Math.round(durationMs * 65.536) >>> 0;
}

/**
 * Round trip from a report block, in ms, or undefined when it does not answer a sender report of ours or cannot be.
 * @param nowMiddle `ntpMiddle` of the moment the report arrived, on the clock that wrote our sender reports
 */
export function roundTripMs(nowMiddle: number, lastReport: number, delaySinceLastReport: number): number | undefined {
  if (lastReport === 0) return undefined;
  const units = (nowMiddle - lastReport - delaySinceLastReport) | 0;
  // Clocks with a coarse tick make it slightly negative on a fast link.
  return units < -65 ? undefined : Math.max(0, units / 65.536);
}

/**
 * What `timestamp` of source `from` would be on the RTP clock of source `to` of the same sender: both captured at one moment.
 * @returns an unsigned 32-bit timestamp
 */
export function projectTimestamp(timestamp: number, from: SenderClock, to: SenderClock, clockRateHz: number): number {
  const seconds = (from.ntp.seconds - to.ntp.seconds) | 0;
  const apart = seconds + (from.ntp.fraction - to.ntp.fraction) / U32;
  return (to.rtpTimestamp + timestampDelta(timestamp, from.rtpTimestamp) + Math.round(apart * clockRateHz)) >>> 0;
}

/** The RTP timestamp that a source has at `unixMs`, going on from one known moment. For sender reports of our own. */
export function timestampAt(unixMs: number, clock: SenderClock, clockRateHz: number): number {
  const apartMs = unixMs - unixMsFromNtp(clock.ntp);
  return (clock.rtpTimestamp + Math.round((apartMs * clockRateHz) / 1000)) >>> 0;
}

/** The 24 bits of abs-send-time at `nowMs` of any steady clock. */
export function absSendTime(nowMs: number): number {
  return Math.floor(((nowMs / 1000) % 64) * ABS_SEND_TICKS) & 0xff_ffff;
}

/** a − b of two abs-send-times in ms: −32,000 to 32,000. */
export function absSendTimeDeltaMs(a: number, b: number): number {
  return ((((a - b) << 8) >> 8) * 1000) / ABS_SEND_TICKS;
}
