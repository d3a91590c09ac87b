import { execFileSync } from "node:child_process";
import { Fmp4Reader } from "@rostrum/media/fmp4/reader";
import type { VideoTrack } from "@rostrum/media/sample";
import sharp from "sharp";
import { expect, test, vi } from "vitest";
import { findFfmpeg } from "../../lib/ffmpeg.ts";
import { makeStoryboard, momentsOf } from "./storyboard.ts";
import type { Still } from "./tiles.ts";

vi.setConfig({ testTimeout: 60_000 });

const COLOURS = ["red", "lime", "blue", "white"] as const;
const RGB = { red: [255, 0, 0], lime: [0, 255, 0], blue: [0, 0, 255], white: [255, 255, 255] } as const;

/** A key frame of one colour. */
function still(colour: string, size: string, codec: readonly string[] = ["-c:v", "libx264"]): Still {
  const input = ["-f", "lavfi", "-i", `color=${colour}:s=${size}`, "-frames:v", "1", "-pix_fmt", "yuv420p"];
  const mp4 = ["-movflags", "frag_every_frame+empty_moov+default_base_moof", "-f", "mp4", "-"];
  let track: VideoTrack | undefined;
  for (const event of new Fmp4Reader().push(execFileSync("ffmpeg", ["-v", "error", ...input, ...codec, ...mp4]))) {
    if (event.type === "init" && event.track.kind === "video") track = event.track;
    const data = event.type === "fragment" ? event.fragment.samples[0]?.data : undefined;
    if (track !== undefined && data !== undefined) return { track, data };
  }
  throw new Error("FFmpeg wrote no picture");
}

const near = (found: readonly number[], wanted: readonly number[]): boolean =>
  found.every((value, n) => Math.abs(value - (wanted[n] ?? 0)) < 40);

test("every moment has its picture where the WebVTT says, whatever its size and codec", async () => {
  const stills = [
    ...COLOURS.map((colour) => still(colour, "320x180")),
    still("red", "640x480"),
    still("blue", "320x180", ["-c:v", "libvpx-vp9", "-deadline", "realtime"]),
  ];
  const sprites = new Map<string, Uint8Array>();
  const vtt = await makeStoryboard({
    ffmpeg: await findFfmpeg({ configured: undefined }),
    durationSec: 215,
    stillAt: async ({ atSec }) => stills[Math.floor(atSec / 2 / 18)] ?? null,
    save: async (name, jpeg) => void sprites.set(name, jpeg),
    signal: new AbortController().signal,
  });
  expect([...sprites.keys()]).toEqual(["storyboard-0.jpg", "storyboard-1.jpg"]);
  const cues = [...vtt.matchAll(/^(\S+) --> (\S+)\n(\S+)#xywh=(\d+),(\d+),160,90$/gm)];
  expect(cues).toHaveLength(108);
  expect(cues[0]?.slice(1)).toEqual(["00:00:00.000", "00:00:02.000", "storyboard-0.jpg", "0", "0"]);
  expect(cues.at(-1)?.slice(1)).toEqual(["00:03:34.000", "00:03:35.000", "storyboard-1.jpg", "1120", "0"]);
  const wanted = [...COLOURS, "red", "blue"] as const;
  for (const [n, [, , , name = "", x, y]] of cues.entries()) {
    const box = { left: Number(x) + 78, top: Number(y) + 43, width: 2, height: 2 };
    const { data } = await sharp(sprites.get(name)).extract(box).raw().toBuffer({ resolveWithObject: true });
    expect(near([...data.subarray(0, 3)], RGB[wanted[Math.floor(n / 18)] ?? "red"]), `tile ${n}`).toBe(true);
  }
  // A picture of another shape has bars, and is not stretched.
  const bars = await sharp(sprites.get("storyboard-0.jpg"))
    .extract({ left: 2 * 160 + 4, top: 7 * 90 + 40, width: 2, height: 2 })
    .raw()
    .toBuffer();
  expect(near([...bars.subarray(0, 3)], [0, 0, 0])).toBe(true);
});

test("a moment that cannot be drawn shows the picture before it", async () => {
  const green = still("lime", "320x180");
  const broken = { ...green, data: new Uint8Array(200).fill(0xff) };
  const moments = [green, broken, null, green];
  let sprite: Uint8Array = new Uint8Array();
  await makeStoryboard({
    ffmpeg: await findFfmpeg({ configured: undefined }),
    durationSec: 8,
    stillAt: async ({ atSec }) => moments[atSec / 2] ?? null,
    save: async (_, jpeg) => void (sprite = jpeg),
    signal: new AbortController().signal,
  });
  const { data, info } = await sharp(sprite).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([640, 90]);
  for (const n of [0, 1, 2, 3]) {
    const at = (45 * info.width + n * 160 + 80) * 3;
    expect(near([...data.subarray(at, at + 3)], RGB.lime), `tile ${n}`).toBe(true);
  }
});

test("a stop ends the work", async () => {
  const stop = AbortSignal.abort(new Error("stopping"));
  const ffmpeg = await findFfmpeg({ configured: undefined });
  const work = { ffmpeg, durationSec: 10, stillAt: async () => null, save: async () => {}, signal: stop };
  await expect(makeStoryboard(work)).rejects.toThrow("stopping");
});

test.each([
  [0, 0],
  [1.5, 1],
  [600, 300],
  [3600, 720],
  [3 * 3600, 1080],
  [24 * 3600, 3928],
])("a show of %d s has %d pictures", (durationSec, count) => {
  expect(momentsOf(durationSec)).toHaveLength(count);
});
