import { expect, test } from "vitest";
import { AudioStamps } from "../../program/audio-stamps.ts";
import { SoundStamps } from "./sound-stamps.ts";

test("sound without holes has its own times", () => {
  const stamps = new SoundStamps();
  expect([480, 960, 1440].map((ticks) => stamps.stamp(ticks, 480))).toEqual([480, 960, 1440]);
  expect(stamps.shiftTicks).toBe(0);
});

test("sound that the program moves to its picture has no holes, and the shift tells by how much it was moved", () => {
  const program = new AudioStamps(0, 48_000);
  const stamps = new SoundStamps();
  let before = -960;
  let movedTicks = 0;
  // The source says that each packet comes 0.05 ms later than samples count.
  for (let n = 0; n < 3000; n += 1) {
    const media = program.place(n * 20.05, 960)!;
    const rtp = stamps.stamp(media, 960);
    expect(rtp - before).toBe(960);
    expect(rtp - media).toBe(stamps.shiftTicks);
    before = rtp;
    movedTicks = media - n * 960;
  }
  expect(movedTicks).toBeGreaterThan(100 * 48);
  expect(stamps.shiftTicks).toBe(-movedTicks);
});

test("frames of AAC of a low rate are stretched by more at a time", () => {
  // 1,024 samples of 24 kHz, and 2,048 of HE-AAC at 48 kHz, by 1/64, as packets of 10 ms get it: all of it at once.
  const stamps = new SoundStamps();
  expect([0, 480, 992, 1472, 1984].map((ticks) => stamps.stamp(ticks, 480))).toEqual([0, 480, 960, 1440, 1920]);
});

test("silence that ends half a packet too soon or too late adds up to nothing", () => {
  const stamps = new SoundStamps();
  stamps.stamp(0, 960);
  stamps.stamp(960 + 400, 960);
  expect(stamps.shiftTicks).toBe(-400);
  stamps.stamp(1360 + 960 - 400, 960);
  expect(stamps.shiftTicks).toBe(0);
});

test("a hole stays one", () => {
  const stamps = new SoundStamps();
  stamps.stamp(0, 480);
  // Stretched by a third of a millisecond, and then a packet is missing.
  expect(stamps.stamp(496, 480)).toBe(480);
  expect(stamps.stamp(1456, 480)).toBe(1440);
  expect(stamps.shiftTicks).toBe(-16);
});

test("times that go back do not go back in RTP", () => {
  const stamps = new SoundStamps();
  stamps.stamp(96_000, 960);
  expect(stamps.stamp(48_000, 960)).toBe(96_960);
  expect(stamps.stamp(48_960, 960)).toBe(97_920);
});
