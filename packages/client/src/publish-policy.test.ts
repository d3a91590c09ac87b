import { expect, test } from "vitest";
import { pressureOf, recordingFormat, retryDelayMs } from "./publish-policy.ts";

test("H.264 is recorded where it can be, then what can", () => {
  expect(recordingFormat(() => true)).toBe("video/x-matroska;codecs=avc1,opus");
  expect(recordingFormat((type) => type.startsWith("video/webm") && !type.includes("h264"))).toContain("vp8");
  expect(recordingFormat((type) => type === "video/mp4")).toBe("video/mp4");
  expect(recordingFormat(() => false)).toBeUndefined();
});

test.each([
  ["a lost connection", 1006, false, 0, 500],
  ["again", 1006, true, 3, 4000],
  ["at most", 1006, true, 30, 10_000],
  ["a server that restarts", 1012, true, 0, 500],
  ["the place is still taken by the connection that was lost", 4409, true, 2, 2000],
  ["somebody else has the place", 4409, false, 0, null],
  ["and keeps it", 4409, true, 6, null],
  ["an unknown key", 4401, false, 0, null],
  ["ended by somebody", 4000, true, 0, null],
  ["media that cannot be taken", 1003, true, 0, null],
])("%s", (_, code, wasLive, failures, expected) => {
  expect(retryDelayMs({ code, wasLive, failures, random: 0.5 })).toBe(expected);
});

test("the pause is spread by a quarter both ways", () => {
  const delay = (random: number) => retryDelayMs({ code: 1006, wasLive: true, failures: 1, random });
  expect([delay(0), delay(1)]).toEqual([750, 1250]);
});

test("the queue counts in seconds of media", () => {
  expect([pressureOf(0, 1e6), pressureOf(200_000, 1e6), pressureOf(1_100_000, 1e6)]).toEqual(["fine", "slow", "lost"]);
});
