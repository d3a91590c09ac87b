import { expect, test } from "vitest";
import { pictureClock, type PlayerPlace } from "./picture-clock.ts";

const place: PlayerPlace = { phase: "playing", source: "hls", mediaTimeMs: 330_000 };

function at(more: Partial<PlayerPlace> = {}, isRecording = false): number | null {
  return pictureClock({ subscribe: () => () => {}, state: () => ({ ...place, ...more }) }, isRecording).atMs();
}

test.each([
  // The server stamps messages with it: a preview of five minutes belongs to the program, too.
  ["live: media time, as it is counted since the program began", at(), 330_000],
  ["live, by frames over a socket", at({ source: "realtime" }), 330_000],
  ["paused: the picture stands, and so does chat", at({ phase: "paused" }), 330_000],
  ["a recording has the same time", at({}, true), 330_000],
  ["the beginning of a recording", at({ source: "native", mediaTimeMs: 0 }, true), 0],
  ["the end of a recording", at({ phase: "ended" }, true), 330_000],
  ["no picture", at({ phase: "failed" }), null],
  ["the end of a show: nothing that was said is kept back", at({ phase: "ended" }), null],
  ["a live picture that is not placed yet", at({ phase: "buffering", mediaTimeMs: 0 }), null],
  ["a player that counts from where it began", at({ source: "native" }), null],
])("%s", (_, atMs, expected) => {
  expect(atMs).toBe(expected);
});
