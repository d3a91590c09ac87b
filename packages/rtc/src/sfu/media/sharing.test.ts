/** Several pictures that together are more than one line carries. */
import { expect, test } from "vitest";
import { Gallery } from "./testing/gallery.ts";

const queueOf = (bps: number, ms: number): number => (bps * ms) / 8_000;

test.each([
  [6, 1_000_000, 3_000_000, 160, 2],
  [5, 1_200_000, 5_000_000, 200, 3],
  [4, 1_500_000, 5_000_000, 960, 3],
])(
  "%d pictures of %d b/s on a new line of %d b/s with a queue of %d ms: most of what fits is there after two seconds",
  (cameras, bps, lineBps, queueMs, least) => {
    const gallery = new Gallery(cameras, bps, { bps: lineBps, queueBytes: queueOf(lineBps, queueMs) });
    const shown = gallery.shownEach(10);
    expect(shown.filter((count) => count === 0).length).toBeLessThanOrEqual(1);
    expect(Math.min(...shown.slice(2))).toBeGreaterThanOrEqual(least);
  },
);

test.each([400, 800])(
  "what does not fit a line with a queue of %d ms is paused, and what is shown never stands still",
  (queueMs) => {
    const gallery = new Gallery(10, 600_000, { bps: 5_000_000, queueBytes: queueOf(5_000_000, queueMs) });
    gallery.simulation.runFor(5_000);
    expect(gallery.longestFreezeMs(30)).toBeLessThan(1_000);
    expect(Math.min(...gallery.shownEach(5))).toBeGreaterThanOrEqual(7);
  },
);

test.each([
  [1, 500_000, 200_000],
  [1, 1_500_000, 600_000],
])("%d pictures of %d b/s without any sound come back from a line of %d b/s", (cameras, bps, narrowBps) => {
  const gallery = new Gallery(cameras, bps, { bps: 10_000_000 });
  gallery.simulation.runFor(3_000);
  Object.assign(gallery.down.limits, { bps: narrowBps, queueBytes: queueOf(narrowBps, 400) });
  gallery.simulation.runFor(12_000);
  Object.assign(gallery.down.limits, { bps: 10_000_000, queueBytes: 250_000 });
  expect(gallery.shownEach(20).at(-1)).toBe(cameras);
});
