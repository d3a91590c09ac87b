/** Every encoder's habits, judged by a strange player: FFmpeg reads what we serve and finds nothing to complain about. */
import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EncoderOptions, startEncoder } from "../lib/encoder.ts";
import { fetchPlaylist, mediaPlaylistUrls } from "../lib/playlist.ts";
import { broadcastIn, openShow, type Show } from "../lib/show.ts";
import { until } from "../lib/wait.ts";

type Probe = Readonly<{ streams: ReadonlyArray<Record<string, string | number>>; complaints: string }>;

let show: Show;
beforeAll(async () => {
  show = await openShow();
});
afterAll(async () => show[Symbol.asyncDispose]());

const HABITS: ReadonlyArray<
  readonly [string, EncoderOptions, Readonly<{ video?: string; audio?: string; fps?: string }>]
> = [
  ["B-frames", { bFrames: 3 }, { video: "h264", audio: "aac" }],
  ["video only", { audio: false }, { video: "h264" }],
  ["audio only", { video: false }, { audio: "aac" }],
  ["23.976 frames a second", { fps: "24000/1001", gopFrames: 48 }, { video: "h264", audio: "aac", fps: "24000/1001" }],
  ["29.97 frames a second", { fps: "30000/1001" }, { video: "h264", audio: "aac", fps: "30000/1001" }],
  ["60 frames a second", { fps: "60", gopFrames: 120 }, { video: "h264", audio: "aac", fps: "60/1" }],
  ["a key frame every quarter second", { gopFrames: 8 }, { video: "h264", audio: "aac" }],
  ["a key frame every 10 s", { gopFrames: 300 }, { video: "h264", audio: "aac" }],
  ["44.1 kHz mono", { extra: ["-ar", "44100", "-ac", "1"] }, { video: "h264", audio: "aac" }],
  ["no metadata", { extra: ["-flvflags", "no_metadata"] }, { video: "h264", audio: "aac" }],
  ["a clock that begins late", { extra: ["-output_ts_offset", "4294960"] }, { video: "h264", audio: "aac" }],
];

test.each(HABITS)("%s", async (_, options, wanted) => {
  const encoder = startEncoder(show.ingestUrl, options);
  const { id } = await broadcastIn(show.owner, "live");
  try {
    const url = `${show.server.ready.url}/live/${id}/index.m3u8`;
    const playlists = await until("playlists", () => mediaPlaylistUrls(url));
    const seconds = (options.gopFrames ?? 60) >= 300 ? 14 : 5;
    await until("enough media", async () => {
      const { segments } = await fetchPlaylist(playlists[0] ?? "");
      return segments.reduce((sum, segment) => sum + segment.durationSec, 0) >= seconds;
    });
    const { streams, complaints } = await probe(url);
    expect(complaints).toBe("");
    const of = (kind: string) => streams.find((stream) => stream["codec_type"] === kind);
    expect(of("video")?.["codec_name"]).toBe(wanted.video);
    expect(of("audio")?.["codec_name"]).toBe(wanted.audio);
    if (wanted.fps !== undefined) expect(of("video")?.["r_frame_rate"]).toBe(wanted.fps);
    for (const playlist of playlists) await expectKeptPromises(playlist);
  } finally {
    await encoder.stop();
    await show.owner.call("POST", `/broadcasts/${id}/end`);
  }
});

/** No segment is longer than TARGETDURATION says, no part longer than PART-TARGET. rfc8216bis §4.4.3.1, §4.4.3.7. */
async function expectKeptPromises(url: string): Promise<void> {
  const { text, segments } = await fetchPlaylist(url);
  const target = Number(/#EXT-X-TARGETDURATION:(\d+)/.exec(text)?.[1]);
  for (const { durationSec } of segments) expect(Math.round(durationSec)).toBeLessThanOrEqual(target);
  const partTarget = Number(/PART-TARGET=([\d.]+)/.exec(text)?.[1]);
  const parts = [...text.matchAll(/#EXT-X-PART:[^\n]*DURATION=([\d.]+)/g)].map((match) => Number(match[1]));
  for (const duration of parts) expect(duration).toBeLessThanOrEqual(partTarget + 1e-6);
}

/** Decodes 4 s of everything; what FFmpeg prints at warning level is a complaint. */
async function probe(url: string): Promise<Probe> {
  const json = await run("ffprobe", ["-v", "error", "-of", "json", "-show_streams", url]);
  const decoded = await run("ffmpeg", ["-v", "warning", "-nostdin", "-i", url, "-t", "4", "-f", "null", "-"]);
  const complaints = `${json.err}${decoded.err}`
    .split("\n")
    .filter((line) => line !== "" && !HARMLESS.some((pattern) => pattern.test(line)));
  return { streams: (JSON.parse(json.out) as Probe).streams, complaints: complaints.join("\n") };
}

// FFmpeg 5.1 does not know these tags and says so; the others are its remarks on any live playlist.
const HARMLESS = [/skip \('#EXT-X-/, /Skip \('#EXT-X-VERSION/, /Opening .* for reading/];

function run(command: string, args: readonly string[]): Promise<{ out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.on("data", (bytes: Buffer) => (out += bytes.toString("utf8")));
    child.stderr.on("data", (bytes: Buffer) => (err += bytes.toString("utf8")));
    child.once("error", reject);
    child.once("close", () => resolve({ out, err }));
  });
}
