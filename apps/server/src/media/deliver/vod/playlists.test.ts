import type { RecordedSegment, RecordedTrack } from "@rostrum/media/recording";
import { layOut, spansOf } from "@rostrum/media/recording-layout";
import type { AudioTrack, VideoTrack } from "@rostrum/media/sample";
import HLS from "hls-parser";
import { expect, test } from "vitest";
import { AUDIO_TRACK, VIDEO_TRACK } from "../testing.ts";
import { mediaText, multivariantText } from "./playlists.ts";

const WALL_MS = Date.parse("2026-01-02T03:04:05.000Z");
const small: VideoTrack = { ...VIDEO_TRACK, codecs: "avc1.42c015", widthPx: 320, heightPx: 180 };

/** Segments of two seconds at these numbers; those in the second list are behind a discontinuity, three seconds later. */
function rendition(
  name: string,
  track: VideoTrack | AudioTrack,
  numbers: readonly number[],
  later: readonly number[] = [],
): RecordedTrack {
  const init = { name: "r-i1", track };
  const segment = (n: number, discontinuity: number): RecordedSegment => {
    const fromSec = n * 2 + discontinuity * 3;
    return {
      name: `r-${n}`,
      init,
      discontinuity,
      startTicks: fromSec * track.timescale,
      durationTicks: 2 * track.timescale,
      wallMs: WALL_MS + fromSec * 1000,
      sizeBytes: track.kind === "audio" ? 32_000 : track === small ? 100_000 : 500_000,
      samples: track.kind === "audio" ? 94 : 60,
    };
  };
  return { name, segments: [...numbers.map((n) => segment(n, 0)), ...later.map((n) => segment(n, 1))] };
}

const layout = (...renditions: readonly RecordedTrack[]) => layOut({ targetDurationSec: 2, renditions });
const text = (laid: ReturnType<typeof layout>, name: string): string => {
  const found = laid.renditions.find(({ track }) => track.name === name);
  if (found === undefined) throw new Error(`no rendition ${name}`);
  return mediaText(laid, found, 2);
};

test("a playlist has every segment, a discontinuity where media is missing, and an end", () => {
  const laid = layout(rendition("a0", AUDIO_TRACK, [0], [1]), rendition("v0", VIDEO_TRACK, [0], [1]));
  expect(text(laid, "v0")).toBe(
    `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MAP:URI="r-i1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05.000Z
#EXTINF:2,
r-0.m4s
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:10.000Z
#EXTINF:2,
r-1.m4s
#EXT-X-ENDLIST
`,
  );
  expect(spansOf(laid)).toEqual([
    { mediaMs: 0, atMs: 0, durationMs: 2000 },
    { mediaMs: 5000, atMs: 2000, durationMs: 2000 },
  ]);
});

test("the source stands first, with the sound beside it; bandwidths and sizes are those of the media", () => {
  const numbers = [0, 1, 2, 3];
  const laid = layout(
    rendition("v1", small, numbers),
    rendition("a0", AUDIO_TRACK, numbers),
    rendition("v0", VIDEO_TRACK, numbers),
  );
  expect(multivariantText(laid)).toBe(
    `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aud",NAME="main",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="a0/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=2128000,AVERAGE-BANDWIDTH=2128000,CODECS="avc1.42c01e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=30.000,AUDIO="aud"
v0/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=528000,AVERAGE-BANDWIDTH=528000,CODECS="avc1.42c015,mp4a.40.2",RESOLUTION=320x180,FRAME-RATE=30.000,AUDIO="aud"
v1/index.m3u8
`,
  );
});

test("a rung that began later has gaps, one that was there for a part only is left out", () => {
  const all = [0, 1, 2, 3, 4];
  const laid = layout(
    rendition("v0", VIDEO_TRACK, all),
    rendition("v1", small, all.slice(1)),
    rendition("v2", small, [0, 1]),
  );
  expect(laid.renditions.map(({ track }) => track.name)).toEqual(["v0", "v1"]);
  const parsed = HLS.parse(text(laid, "v1")) as unknown as { segments: { gap: boolean; duration: number }[] };
  expect(parsed.segments.map(({ gap, duration }) => [gap === true, duration])).toEqual([
    [true, 2],
    [false, 2],
    [false, 2],
    [false, 2],
    [false, 2],
  ]);
  expect(text(laid, "v1")).toContain("#EXT-X-VERSION:8");
});

test("a show of which sound came first, or alone, is whole too", () => {
  const early = layout(rendition("v0", VIDEO_TRACK, [1, 2]), rendition("a0", AUDIO_TRACK, [0, 1, 2]));
  expect(early.timeline.map(({ fromSec }) => fromSec)).toEqual([0, 2, 4]);
  expect(text(early, "v0").split("#EXT-X-GAP").length).toBe(2);
  const alone = layout(rendition("a0", AUDIO_TRACK, [0, 1]));
  expect(multivariantText(alone)).toContain('CODECS="mp4a.40.2"\na0/index.m3u8');
  expect(() => multivariantText(layout())).toThrow(RangeError);
});

test("AAC made of Opus comes first, the source's sound second, each with every picture", () => {
  const opus: AudioTrack = { ...AUDIO_TRACK, codec: "opus", codecs: "opus" };
  const laid = layout(
    rendition("v0", VIDEO_TRACK, [0, 1]),
    rendition("a0", opus, [0, 1]),
    rendition("a1", AUDIO_TRACK, [0, 1]),
  );
  const parsed = HLS.parse(multivariantText(laid));
  if (!parsed.isMasterPlaylist) throw new Error("not a multivariant playlist");
  expect(parsed.variants.map(({ uri, codecs, audio }) => [uri, codecs, audio.map((one) => one.uri)])).toEqual([
    ["v0/index.m3u8", "avc1.42c01e,mp4a.40.2", ["a1/index.m3u8"]],
    ["v0/index.m3u8", "avc1.42c01e,opus", ["a0/index.m3u8"]],
  ]);
});
