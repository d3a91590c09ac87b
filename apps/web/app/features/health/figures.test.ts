import { expect, test } from "vitest";
import { codecName, sourceFigures, viewerFigures } from "./figures.ts";

test("without a sample every figure is unknown, none is zero", () => {
  const all = [...sourceFigures(null, "en"), ...viewerFigures(null, "en")];
  expect(new Set(all.map((figure) => figure.value))).toEqual(new Set(["–"]));
});

test.each([
  ["avc1.64001f", "H.264"],
  ["hvc1.1.6.L93.B0", "HEVC"],
  ["mp4a.40.2", "AAC"],
  ["opus", "Opus"],
  ["xyz9", "xyz9"],
  [null, "–"],
])("%s is %s", (codec, name) => {
  expect(codecName(codec)).toBe(name);
});
