import { expect, test } from "vitest";
import { demuxArgs, passesPictures } from "./demux-args.ts";

test.each([
  [null, true],
  ["avc", true],
  ["hevc", false],
  ["vp8", false],
  ["av1", false],
] as const)("whether pictures of %s pass as they are: %s", (video, passes) => {
  const contents = { container: "matroska", video, audio: "opus" } as const;
  expect(passesPictures(contents)).toBe(passes);
  expect(demuxArgs(contents).includes("libx264")).toBe(!passes);
});
