import { expect, test } from "vitest";
import { ActiveSpeakers, SpeakerMeter } from "./speakers.ts";

/** A packet each 20 ms. */
function speak(meter: SpeakerMeter, minusDbov: number, fromMs: number, toMs: number): void {
  for (let nowMs = fromMs; nowMs < toMs; nowMs += 20) meter.observe(minusDbov, nowMs);
}

test("a voice counts within a fifth of a second, noise and silence never", () => {
  const meter = new SpeakerMeter();
  speak(meter, 127, 0, 1_000);
  expect(meter.level(1_000)).toBe(0);
  speak(meter, 60, 1_000, 2_000);
  expect(meter.level(2_000)).toBe(0);
  speak(meter, 25, 2_000, 2_200);
  expect(meter.level(2_200)).toBeGreaterThan(0.4);
});

test("a pause between words is bridged, an end is not", () => {
  const meter = new SpeakerMeter();
  speak(meter, 25, 0, 1_000);
  speak(meter, 100, 1_000, 1_500);
  expect(meter.level(1_500)).toBeGreaterThan(0);
  speak(meter, 100, 1_500, 4_000);
  expect(meter.level(4_000)).toBe(0);
});

test("a track that stopped sending falls silent", () => {
  const meter = new SpeakerMeter();
  speak(meter, 20, 0, 500);
  expect(meter.level(500)).toBeGreaterThan(0);
  for (let nowMs = 600; nowMs <= 4_000; nowMs += 400) meter.level(nowMs);
  expect(meter.level(4_400)).toBe(0);
});

test("a room is told changes only, the loudest first", () => {
  const room = new ActiveSpeakers();
  const meters = { ada: new SpeakerMeter(), bob: new SpeakerMeter() };
  const all = (): [string, SpeakerMeter][] => Object.entries(meters);
  expect(room.update(all(), 0)).toEqual([]);
  speak(meters.ada, 40, 0, 1_000);
  speak(meters.bob, 20, 0, 1_000);
  const changes = room.update(all(), 1_000);
  expect(changes.map(({ id, active }) => [id, active])).toEqual([
    ["bob", true],
    ["ada", true],
  ]);
  expect(changes[0]!.level).toBeGreaterThan(changes[1]!.level);
  expect(room.update(all(), 1_000)).toEqual([]);
  expect(room.current()).toEqual(changes);
  expect(room.update([["ada", meters.ada]], 1_000)).toEqual([{ id: "bob", level: 0, active: false }]);
});

test("of two microphones of one participant the louder counts", () => {
  const room = new ActiveSpeakers();
  const [loud, quiet] = [new SpeakerMeter(), new SpeakerMeter()];
  speak(loud, 20, 0, 1_000);
  speak(quiet, 40, 0, 1_000);
  const [change] = room.update(
    [
      ["ada", quiet],
      ["ada", loud],
    ],
    1_000,
  );
  expect(change).toEqual({ id: "ada", level: loud.level(1_000), active: true });
});
