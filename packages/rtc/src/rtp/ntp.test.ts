/** NTP as RTCP writes it, and clocks laid over each other. */
import { expect, test } from "vitest";
import {
  absSendTime,
  absSendTimeDeltaMs,
  ntpFromUnixMs,
  ntpMiddle,
  ntpShort,
  projectTimestamp,
  roundTripMs,
  timestampAt,
  unixMsFromNtp,
} from "./ntp.ts";

test.each([
  [0, 2_208_988_800, 0],
  [1_500, 2_208_988_801, 0x8000_0000],
  // The first second of the next era.
  [2_085_978_496_000, 0, 0],
])("%i ms since 1970", (unixMs, seconds, fraction) => {
  expect(ntpFromUnixMs(unixMs)).toEqual({ seconds, fraction });
  expect(unixMsFromNtp({ seconds, fraction })).toBe(unixMs);
});

test("the middle bits, and durations in the same unit", () => {
  expect(ntpMiddle({ seconds: 0xb44d_b705, fraction: 0x2000_0000 })).toBe(0xb705_2000);
  expect(ntpShort(5_250)).toBe(0x0005_4000);
});

// RFC 3550 figure 2.
test("round trip of a report", () => {
  expect(roundTripMs(0xb710_8000, 0xb705_2000, 0x0005_4000)).toBeCloseTo(6_125, 0);
  expect(roundTripMs(0xb710_8000, 0, 0)).toBeUndefined();
  expect(roundTripMs(100, 100, 30)).toBe(0);
  expect(roundTripMs(100, 0xffff_0000, 0x0001_0000)).toBeCloseTo(100 / 65.536);
  expect(roundTripMs(0, 65_536, 65_536)).toBeUndefined();
});

test("a moment on the clock of one layer is found on the clock of another", () => {
  const small = { ntp: ntpFromUnixMs(1_000_000), rtpTimestamp: 5_000 };
  const large = { ntp: ntpFromUnixMs(1_000_500), rtpTimestamp: 0xffff_ffff };
  // 1 s after the small layer's report is 0.5 s after the large one's.
  expect(projectTimestamp(95_000, small, large, 90_000)).toBe(44_999);
  expect(projectTimestamp(44_999, large, small, 90_000)).toBe(95_000);
});

test("a clock goes on from its last report", () => {
  const clock = { ntp: ntpFromUnixMs(10_000), rtpTimestamp: 48_000 };
  expect(timestampAt(10_020, clock, 48_000)).toBe(48_960);
  expect(timestampAt(8_000, clock, 48_000)).toBe(2 ** 32 - 48_000);
});

test("abs-send-time wraps each 64 s", () => {
  expect(absSendTime(1_000)).toBe(1 << 18);
  expect(absSendTime(65_500)).toBe(3 << 17);
  expect(absSendTimeDeltaMs(absSendTime(64_010), absSendTime(63_990))).toBeCloseTo(20, 1);
  expect(absSendTimeDeltaMs(absSendTime(63_990), absSendTime(64_010))).toBeCloseTo(-20, 1);
});
