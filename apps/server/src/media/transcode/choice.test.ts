import { expect, test } from "vitest";
import { admit } from "./admission.ts";
import { type LadderWish, type Rung, rungsFor } from "./ladder.ts";
import { Restarts } from "./restarts.ts";
import { Shedding } from "./shedding.ts";

const AUTO: LadderWish = { ladder: "auto", ladderRungs: [] };
const words = (rungs: readonly Rung[]): string[] =>
  rungs.map(({ name, width, height, videoBitrateBps }) => `${name} ${width}x${height} ${videoBitrateBps / 1000}k`);

test.each([
  ["1920x1080 at 30", AUTO, 1920, 1080, 30, ["v2 1280x720 2500k", "v3 854x480 1500k", "v4 640x360 800k"]],
  [
    "2560x1440 at 30",
    AUTO,
    2560,
    1440,
    30,
    ["v1 1920x1080 4500k", "v2 1280x720 2500k", "v3 854x480 1500k", "v4 640x360 800k"],
  ],
  [
    "2560x1440 at 60",
    AUTO,
    2560,
    1440,
    60,
    ["v1 1920x1080 6000k", "v2 1280x720 2500k", "v3 854x480 1500k", "v4 640x360 800k"],
  ],
  ["1280x720", AUTO, 1280, 720, undefined, ["v3 854x480 1500k", "v4 640x360 800k"]],
  ["a portrait", AUTO, 720, 1280, 30, ["v3 480x854 1500k", "v4 360x640 800k"]],
  ["a size that is not even", AUTO, 853, 479, 30, ["v4 642x360 800k"]],
  ["nothing below 360 lines", AUTO, 640, 360, 30, []],
  ["what is passed through", { ladder: "passthrough", ladderRungs: [] } as const, 1920, 1080, 30, []],
  [
    "own rungs, highest first",
    {
      ladder: "custom",
      ladderRungs: [
        { heightPx: 240, videoBitrateBps: 300_000 },
        { heightPx: 540, videoBitrateBps: 900_000 },
      ],
    } as const,
    1280,
    720,
    30,
    ["v1 960x540 900k", "v2 426x240 300k"],
  ],
])("rungs of %s", (_, wish, widthPx, heightPx, fps, expected) => {
  expect(words(rungsFor(wish as LadderWish, { widthPx, heightPx }, fps))).toEqual(expected);
});

const RUNGS = rungsFor(AUTO, { widthPx: 1920, heightPx: 1080 }, 30);
const SOURCE = { widthPx: 1920, heightPx: 1080, fps: 30 };
const admitted = (freeCores: number, running: readonly string[] = []): string[] =>
  admit(RUNGS, { source: SOURCE, hardware: false, running, freeCores }).rungs.map(({ name }) => name);

test("the smaller rungs come first when cores are short; what runs is not given up for it", () => {
  expect([admitted(4), admitted(0.8), admitted(0.6), admitted(0.3)]).toEqual([
    ["v2", "v3", "v4"],
    ["v3", "v4"],
    ["v4"],
    [],
  ]);
  expect(admitted(0, ["v3", "v4"])).toEqual(["v3", "v4"]);
  expect(admitted(1, ["v3", "v4"])).toEqual(["v2", "v3", "v4"]);
  expect(admit([], { source: SOURCE, hardware: false, running: [], freeCores: 4 }).cores).toBe(0);
});

test("only who is behind for four seconds gives up a rung, and a new child is given time first", () => {
  const shedding = new Shedding();
  shedding.started(0);
  expect([shedding.isTooSlow(3, 4900), shedding.isTooSlow(3, 5000), shedding.isTooSlow(3, 8999)]).toEqual([
    false,
    false,
    false,
  ]);
  expect(shedding.isTooSlow(3, 9000)).toBe(true);
  expect([shedding.isTooSlow(1.5, 9500), shedding.isTooSlow(3, 10_000)]).toEqual([false, false]);
});

test("a rung that was given up is tried again later and later, and none above it before", () => {
  const shedding = new Shedding();
  const names = (nowMs: number) => shedding.allowed(RUNGS, nowMs).map(({ name }) => name);
  shedding.shed("v3", 0);
  expect([names(119_999), names(120_000)]).toEqual([["v4"], ["v2", "v3", "v4"]]);
  shedding.shed("v3", 130_000);
  expect([names(369_999), names(370_000)]).toEqual([["v4"], ["v2", "v3", "v4"]]);
});

test("a child that breaks off again and again is started later and later", () => {
  const restarts = new Restarts();
  const delays: number[] = [];
  for (let n = 0; n < 8; n += 1) {
    restarts.started(n * 1000);
    delays.push(restarts.failed("It broke off.", n * 1000));
  }
  expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  expect([restarts.count, restarts.mayStart(36_999), restarts.mayStart(37_000)]).toEqual([8, false, true]);
  restarts.started(40_000);
  restarts.isWell(100_001);
  expect([restarts.reason, restarts.failed("Again.", 100_002)]).toEqual([null, 500]);
});
