import { spawnSync } from "node:child_process";
import { concat } from "@rostrum/media/bytes";
import { writeFragment } from "@rostrum/media/fmp4/fragment";
import { writeInit } from "@rostrum/media/fmp4/init";
import { beforeAll, describe, expect, test } from "vitest";
import { type Ffmpeg, findFfmpeg } from "../../lib/ffmpeg.ts";
import type { SlatePicture } from "../program/slate-player.ts";
import { encodeSlate, rateOf } from "./encode-slate.ts";
import { slateSvg } from "./slate-svg.ts";

let ffmpeg: Ffmpeg;
beforeAll(async () => {
  ffmpeg = await findFfmpeg({ configured: undefined });
});
const LOOK = { text: "Back in a moment", background: "#204060" };

/** Two rounds of the loop as grey pixels. */
function decode({ track, pictures, fps }: SlatePicture): { frames: Buffer[]; complaints: string } {
  const duration = Math.round(90_000 / fps);
  const samples = [...pictures, ...pictures].map(({ data, keyframe }, n) => {
    return { kind: "video", pts: n * duration, dts: n * duration, duration, keyframe, data } as const;
  });
  const input = concat([writeInit(track), writeFragment(track, 1, samples)]);
  const args = ["-v", "warning", "-f", "mp4", "-i", "pipe:0", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"];
  const { stdout, stderr } = spawnSync("ffmpeg", args, { input, maxBuffer: 1e9 });
  const bytes = track.widthPx * track.heightPx * 3;
  const count = stdout.length / bytes;
  return {
    frames: Array.from({ length: count }, (_, n) => stdout.subarray(n * bytes, (n + 1) * bytes)),
    complaints: stderr.toString(),
  };
}
const near = (pixels: Buffer, at: number, colour: readonly number[]) =>
  colour.every((one, n) => Math.abs(one - pixels[at + n]!) < 12);

test.each([
  [640, 360, 25, 50],
  [1280, 720, 30, 60],
  [480, 270, 50, 100],
  [641, 361, 30_000 / 1001, 60],
])(
  "a slate of %i×%i at %d fps is a closed loop of the colour with the text in its middle",
  async (w, h, fps, count) => {
    const slate = await encodeSlate(ffmpeg, LOOK, { widthPx: w, heightPx: h, fps }, new AbortController().signal);
    expect([slate.track.widthPx, slate.track.heightPx]).toEqual([w & ~1, h & ~1]);
    expect(slate.pictures.map((one) => one.keyframe)).toEqual([
      true,
      ...Array.from({ length: count - 1 }, () => false),
    ]);
    expect(slate.track.frameRate).toBeCloseTo(fps, 2);
    const { frames, complaints } = decode(slate);
    expect(complaints).toBe("");
    expect(frames.length).toBe(2 * count);
    const [first] = frames;
    expect(near(first!, 0, [0x20, 0x40, 0x60])).toBe(true);
    const row = Math.floor(slate.track.heightPx / 2) * slate.track.widthPx * 3;
    const middle = first!.subarray(row, row + slate.track.widthPx * 3);
    expect(middle.filter((one) => one > 200).length).toBeGreaterThan(10);
    expect(slate.pictures.reduce((sum, one) => sum + one.data.length, 0)).toBeLessThan(200_000);
  },
);

test("rates are exact", () => {
  expect([25, 30, 30_000 / 1001, 24_000 / 1001, 59.94, 12.5].map(rateOf)).toEqual([
    "25000/1000",
    "30000/1000",
    "30000/1001",
    "24000/1001",
    "60000/1001",
    "12500/1000",
  ]);
});

describe("the picture", () => {
  const size = { widthPx: 640, heightPx: 360 };
  const lines = (text: string) =>
    [...slateSvg({ text, background: "#000000" }, size).matchAll(/y="([\d.]+)">([^<]*)</g)].map(([, y, line]) => ({
      y: Number(y),
      line,
    }));

  test("escapes what is not ours", () => {
    expect(lines(`<script>&"'`).map((one) => one.line)).toEqual([`&lt;script&gt;&amp;"'`]);
    expect(slateSvg({ text: "x", background: `"/><a` }, size)).not.toContain("<a");
    expect(lines("a\u0000\ud800b\n\nc").map((one) => one.line)).toEqual(["ab", "c"]);
  });

  test("long texts are broken and never leave it", () => {
    const long = lines("In a few minutes we go on with the second half of the evening, stay with us and have a drink");
    expect(long.length).toBeGreaterThan(2);
    const words = lines("あ".repeat(80));
    expect(words.every(({ y, line }) => y > 20 && y < 350 && (line ?? "").length < 30)).toBe(true);
    const endless = lines("W".repeat(4000));
    expect(endless.every(({ y }) => y > 5 && y < 360)).toBe(true);
  });

  test("letters can be read on any colour", () => {
    expect(slateSvg({ text: "x", background: "#ffffff" }, size)).toContain('fill="#101418"');
    expect(slateSvg({ text: "x", background: "#101418" }, size)).toContain('fill="#f4f6f8"');
  });
});
