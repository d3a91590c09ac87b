import { expect, test } from "vitest";
import {
  countdownParts,
  formatBitrate,
  formatClock,
  formatCount,
  formatInstant,
  formatRelative,
  formatSeconds,
  fromLocalInput,
  languageName,
  toLocalInput,
} from "./format.ts";

test("what is unknown is a dash, never zero", () => {
  expect([formatBitrate(null, "en"), formatSeconds(null, "en"), formatCount(null, "en")]).toEqual(["–", "–", "–"]);
});

test.each([
  [0, "0 kbps"],
  [640_400, "640 kbps"],
  [4_250_000, "4.3 Mbps"],
])("%i bit/s reads %s", (bps, text) => {
  expect(formatBitrate(bps, "en")).toBe(text);
});

test.each([
  [9_999, "9,999"],
  [12_345, "12.3K"],
  [1_200_000, "1.2M"],
])("a count of %i reads %s", (count, text) => {
  expect(formatCount(count, "en")).toBe(text);
});

test.each([
  [-5_000, "0:00"],
  [7_900, "0:07"],
  [727_000, "12:07"],
  [3_727_000, "1:02:07"],
])("%i ms on the clock is %s", (ms, text) => {
  expect(formatClock(ms)).toBe(text);
});

test("a countdown rounds up and stops at zero", () => {
  expect(countdownParts(90_061_001)).toEqual({ days: 1, hours: 1, minutes: 1, seconds: 2 });
  expect(countdownParts(1)).toEqual({ days: 0, hours: 0, minutes: 0, seconds: 1 });
  expect(countdownParts(-1)).toEqual({ days: 0, hours: 0, minutes: 0, seconds: 0 });
});

test.each([
  [0, "now"],
  [-59_000, "now"],
  [-7_200_000, "2 hours ago"],
  [86_400_000, "tomorrow"],
  [5 * 86_400_000, "in 5 days"],
])("%i ms from now reads %s", (offset, text) => {
  const now = Date.parse("2026-11-20T12:00:00.000Z");
  expect(formatRelative(now + offset, now, "en")).toBe(text);
});

test("a schedule names its zone", () => {
  const at = Date.parse("2026-11-20T18:30:00.000Z");
  expect(formatInstant(at, "schedule", "en-GB", "Europe/Berlin")).toBe("Fri 20 Nov, 19:30 CET");
});

test("a datetime-local value is the wall clock of the zone", () => {
  expect(toLocalInput(Date.parse("2026-11-20T18:30:00.000Z"), "Asia/Tokyo")).toBe("2026-11-21T03:30");
});

test("an empty or broken datetime-local value is no instant", () => {
  expect([fromLocalInput(""), fromLocalInput("soon")]).toEqual([null, null]);
  expect(fromLocalInput("2026-11-20T19:30:00Z")).toBe("2026-11-20T19:30:00.000Z");
});

test("an unknown language tag is shown as it is", () => {
  expect([languageName("de", "en"), languageName("not a tag", "en")]).toEqual(["German", "not a tag"]);
});
