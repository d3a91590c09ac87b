import type { Sample, Track } from "@rostrum/media/sample";
import { expect, test } from "vitest";
import { type Chunk, type Init, endSec, startSec } from "./chunk.ts";
import { type Lane, Splice } from "./splice.ts";

const SOURCE = initOf(1);
const RUNG = initOf(2);
const ONE: Lane = { name: "one" };
const TWO: Lane = { name: "two" };

function initOf(description: number): Init {
  const track: Track = {
    kind: "video",
    codec: "avc",
    codecs: "avc1.42c01f",
    timescale: 10,
    description: new Uint8Array([description]),
    widthPx: 640,
    heightPx: 360,
    frameRate: 10,
  };
  const defaults = { trackId: 1, duration: 0, sizeBytes: 0, flags: 0 };
  return { bytes: new Uint8Array([description]), track, defaults, mime: 'video/mp4; codecs="avc1.42c01f"' };
}

/** Frames from `from` to before `to`, each a tenth of a second long; a key frame each second. */
function frames(init: Init, from: number, to: number): Chunk {
  const samples: Sample[] = [];
  for (let dts = from; dts < to; dts += 1) {
    samples.push({ kind: "video", dts, pts: dts, duration: 1, keyframe: dts % 10 === 0, data: new Uint8Array([dts]) });
  }
  return { init, samples, bytes: new Uint8Array(samples.length) };
}

function open() {
  const out: string[] = [];
  const cuts: string[] = [];
  const name = (init: Init): string => (init === SOURCE ? "source" : "rung");
  const splice = new Splice({
    out: (chunk) =>
      out.push(`${name(chunk.init)} ${Math.round(startSec(chunk) * 10)}-${Math.round(endSec(chunk) * 10)}`),
    onCut: (lane) => cuts.push(lane.name),
    onRewind: (sec) => out.push(`back to ${Math.round(sec * 10)}`),
    positionSec: () => 1,
  });
  splice.reset(ONE);
  return { splice, out, cuts };
}

test("the same frames from another source go on at the very next frame, without a key frame", () => {
  const { splice, out, cuts } = open();
  splice.push(ONE, frames(SOURCE, 0, 13));
  splice.prepare(TWO);
  splice.push(TWO, frames(SOURCE, 10, 17));
  expect(out).toEqual(["source 0-13", "source 13-17"]);
  expect(cuts).toEqual(["two"]);
});

test("a source that has nothing new yet waits; the present one goes on", () => {
  const { splice, out, cuts } = open();
  splice.push(ONE, frames(SOURCE, 0, 13));
  splice.prepare(TWO);
  splice.push(TWO, frames(SOURCE, 5, 13));
  splice.push(ONE, frames(SOURCE, 13, 15));
  expect(cuts).toEqual([]);
  splice.push(TWO, frames(SOURCE, 13, 18));
  expect(out).toEqual(["source 0-13", "source 13-15", "source 15-18"]);
});

test("a source that begins later takes over exactly where it begins", () => {
  const { splice, out } = open();
  splice.push(ONE, frames(SOURCE, 0, 13));
  splice.prepare(TWO);
  splice.push(TWO, frames(SOURCE, 20, 24));
  splice.push(ONE, frames(SOURCE, 13, 22));
  splice.push(TWO, frames(SOURCE, 24, 26));
  expect(out).toEqual(["source 0-13", "source 13-20", "source 20-24", "source 24-26"]);
});

test("another quality begins with its key frame, and the frames of the one before end there", () => {
  const { splice, out, cuts } = open();
  splice.push(ONE, frames(SOURCE, 0, 13));
  splice.prepare(TWO);
  splice.push(TWO, frames(RUNG, 10, 20));
  splice.push(ONE, frames(SOURCE, 13, 18));
  expect(cuts).toEqual([]);
  splice.push(TWO, frames(RUNG, 20, 25));
  splice.push(ONE, frames(SOURCE, 18, 23));
  expect(out).toEqual(["source 0-13", "source 13-18", "source 18-20", "rung 20-25"]);
});

test("a later source takes back what is far enough from the viewer", () => {
  const { splice, out } = open();
  splice.push(ONE, frames(SOURCE, 0, 26));
  splice.prepare(TWO);
  splice.push(TWO, frames(RUNG, 10, 18));
  expect(out).toEqual(["source 0-26"]);
  splice.push(TWO, frames(RUNG, 18, 24));
  expect(out).toEqual(["source 0-26", "back to 20", "rung 20-24"]);
});

test("a source that is later than the viewer takes over only by force", () => {
  const { splice, out } = open();
  splice.push(ONE, frames(SOURCE, 0, 16));
  splice.prepare(TWO);
  expect(splice.force()).toBe(false);
  splice.push(TWO, frames(RUNG, 10, 14));
  expect(out).toEqual(["source 0-16"]);
  expect(splice.force()).toBe(true);
  expect(out).toEqual(["source 0-16", "back to 10", "rung 10-14"]);
});

test("when the present source is over the next one begins behind the hole", () => {
  const { splice, out } = open();
  splice.push(ONE, frames(SOURCE, 0, 13));
  splice.prepare(TWO);
  splice.push(TWO, frames(RUNG, 17, 24));
  expect(out).toEqual(["source 0-13"]);
  splice.over(ONE);
  expect(out).toEqual(["source 0-13", "rung 20-24"]);
});

test("what was taken out of the buffer comes again from the next source", () => {
  const { splice, out } = open();
  splice.push(ONE, frames(SOURCE, 0, 60));
  splice.rewind(2);
  splice.prepare(TWO);
  splice.push(TWO, frames(RUNG, 20, 40));
  splice.push(ONE, frames(SOURCE, 60, 70));
  expect(out).toEqual(["source 0-60", "rung 20-40"]);
});

test("media of a source that was given up is left out", () => {
  const { splice, out } = open();
  splice.push(ONE, frames(SOURCE, 0, 5));
  splice.prepare(TWO);
  splice.giveUp(TWO);
  splice.push(TWO, frames(SOURCE, 5, 9));
  splice.push(ONE, frames(SOURCE, 5, 6));
  expect(out).toEqual(["source 0-5", "source 5-6"]);
});

test("after a reset anything may come", () => {
  const { splice, out } = open();
  splice.push(ONE, frames(SOURCE, 50, 60));
  splice.reset(TWO);
  splice.push(ONE, frames(SOURCE, 60, 70));
  splice.push(TWO, frames(SOURCE, 0, 10));
  expect(out).toEqual(["source 50-60", "source 0-10"]);
});
