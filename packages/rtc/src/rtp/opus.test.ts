/** Opus between RTP and the media plane. */
import { expect, test } from "vitest";
import { isOpusSilence, isOpusStereo, mapOpus, opusDuration, opusTrack } from "./opus.ts";
import { hex, toHex } from "./testing.ts";

test.each([1, 2] as const)("a track of %i channels", (channels) => {
  const track = opusTrack(channels);
  expect(track).toMatchObject({ kind: "audio", codec: "opus", timescale: 48_000, channels, sampleRateHz: 48_000 });
  expect(toHex(track.description)).toBe(`000${channels}`.slice(-4) + "0138" + "0000bb80" + "0000" + "00");
});

test("a payload is a sample that lasts as long as it says", () => {
  const payload = Buffer.from(hex("fcfffe"));
  const sample = mapOpus(payload, 960);
  expect(sample).toEqual({ kind: "audio", pts: 960, dts: 960, duration: 960, keyframe: true, data: hex("fcfffe") });
  // A copy: the packet's memory may go.
  expect(sample!.data.buffer).not.toBe(payload.buffer);
  expect(opusDuration(hex("78ff"))).toBe(960);
});

test.each(["", "ff", "ff00", "ff07"])("%j is no Opus", (payload) => {
  expect(mapOpus(hex(payload), 0)).toBeUndefined();
  expect(opusDuration(hex(payload))).toBeUndefined();
});

test("silence and channels", () => {
  expect([isOpusSilence(hex("f8")), isOpusSilence(hex("fcfffe"))]).toEqual([true, false]);
  expect([isOpusStereo(hex("fc")), isOpusStereo(hex("f8")), isOpusStereo(hex(""))]).toEqual([true, false, false]);
});
