import { expect, test } from "vitest";
import { layerCostBps, orderedLayers, qualityForSize, wantedOf, wantedPixels } from "./layers.ts";
import type { LayerInfo, TrackSettings } from "./types.ts";

const Q: LayerInfo = { rid: "q", quality: 0, width: 320, height: 180, bitrateBps: 150_000 };
const H: LayerInfo = { rid: "h", quality: 1, width: 640, height: 360, bitrateBps: 0 };
const F: LayerInfo = { rid: "f", quality: 2, width: 1280, height: 720, bitrateBps: 1_700_000 };
const LAYERS = [Q, H, F];
const SETTINGS: TrackSettings = { disabled: false, quality: 0, width: 0, height: 0, fps: 0 };

test.each([
  [100, 60, 0],
  [320, 180, 0],
  [321, 181, 1],
  [640, 480, 2],
  [4_000, 3_000, 2],
])("%d x %d is covered by quality %d", (width, height, quality) => {
  expect(qualityForSize(LAYERS, width, height)).toBe(quality);
});

test("a portrait picture is compared by its shorter side, unknown sizes are never enough", () => {
  expect(qualityForSize([{ ...Q, width: 180, height: 320 }, F], 170, 300)).toBe(0);
  expect(qualityForSize([{ ...Q, width: 0, height: 0 }], 10, 10)).toBe(2);
});

test("adaptive stream gives a size and leaves the quality at its default, which is LOW: the size wins", () => {
  expect(wantedOf({ ...SETTINGS, width: 1280, height: 720 }, LAYERS)).toBe(2);
  expect(wantedOf({ ...SETTINGS, quality: 1 }, LAYERS)).toBe(1);
  expect(wantedOf({ ...SETTINGS, width: 1280, height: 720, disabled: true }, LAYERS)).toBe("off");
});

test("tracks are ranked by the size asked for, or by that of the layer asked for", () => {
  expect(wantedPixels({ ...SETTINGS, width: 100, height: 50 }, LAYERS)).toBe(5_000);
  expect(wantedPixels({ ...SETTINGS, quality: 1 }, LAYERS)).toBe(640 * 360);
  expect(wantedPixels(SETTINGS, [])).toBe(0);
});

test("a cost is what was measured, else announced, else usual; sound always has its share", () => {
  expect(layerCostBps("video", Q, 99_000)).toBe(99_000);
  expect(layerCostBps("video", Q, 0)).toBe(150_000);
  expect(layerCostBps("video", H, 0)).toBe(500_000);
  expect(layerCostBps("audio", F, 0)).toBe(40_000);
  expect(layerCostBps("audio", F, 96_000)).toBe(96_000);
});

test("layers stand by rising quality; without any there is one", () => {
  expect(orderedLayers([F, Q, H])).toEqual(LAYERS);
  expect(orderedLayers([])).toEqual([{ rid: "", quality: 2, width: 0, height: 0, bitrateBps: 0 }]);
});
