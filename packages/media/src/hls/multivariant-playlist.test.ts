/** Multivariant playlists: text and struct in both directions, judged by hls-parser as well. */
import HLS from "hls-parser";
import { expect, test } from "vitest";
import { MalformedError } from "../errors.ts";
import { type MultivariantPlaylist, serializeMultivariantPlaylist } from "./multivariant-playlist.ts";
import { parseMultivariantPlaylist } from "./parse-multivariant-playlist.ts";

HLS.setOptions({ strictMode: true });

const TEXT = `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Sound",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,SAMPLE-RATE=48000,CHANNELS="2",URI="audio/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=6128000,AVERAGE-BANDWIDTH=4628000,SCORE=2,CODECS="avc1.64002a,mp4a.40.2",RESOLUTION=1920x1080,FRAME-RATE=29.970,AUDIO="audio",CLOSED-CAPTIONS=NONE
source/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=928000,SCORE=1.5,CODECS="avc1.4d401e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=30.000,VIDEO-RANGE=SDR,AUDIO="audio",CLOSED-CAPTIONS=NONE
360p/index.m3u8
`;

const PLAYLIST: MultivariantPlaylist = {
  version: 6,
  independentSegments: true,
  media: [
    {
      type: "AUDIO",
      groupId: "audio",
      name: "Sound",
      language: "en",
      default: true,
      autoselect: true,
      sampleRateHz: 48_000,
      channels: "2",
      uri: "audio/index.m3u8",
    },
  ],
  variants: [
    {
      uri: "source/index.m3u8",
      bandwidthBps: 6_128_000,
      averageBandwidthBps: 4_628_000,
      score: 2,
      codecs: ["avc1.64002a", "mp4a.40.2"],
      resolution: { widthPx: 1920, heightPx: 1080 },
      frameRate: 29.97,
      audio: "audio",
      closedCaptions: "NONE",
    },
    {
      uri: "360p/index.m3u8",
      bandwidthBps: 928_000,
      score: 1.5,
      codecs: ["avc1.4d401e", "mp4a.40.2"],
      resolution: { widthPx: 640, heightPx: 360 },
      frameRate: 30,
      videoRange: "SDR",
      audio: "audio",
      closedCaptions: "NONE",
    },
  ],
};

test("an audio group and two variants: struct to text and back", () => {
  expect(serializeMultivariantPlaylist(PLAYLIST)).toBe(TEXT);
  expect(parseMultivariantPlaylist(TEXT)).toEqual(PLAYLIST);
});

test("hls-parser reads what we wrote as we meant it", () => {
  const read = HLS.parse(TEXT);
  if (!read.isMasterPlaylist) throw new Error("read as a media playlist");
  expect(
    read.variants.map(({ uri, bandwidth, codecs, resolution, frameRate }) => ({
      uri,
      bandwidth,
      codecs,
      resolution,
      frameRate,
    })),
  ).toEqual([
    {
      uri: "source/index.m3u8",
      bandwidth: 6_128_000,
      codecs: "avc1.64002a,mp4a.40.2",
      resolution: { width: 1920, height: 1080 },
      frameRate: 29.97,
    },
    {
      uri: "360p/index.m3u8",
      bandwidth: 928_000,
      codecs: "avc1.4d401e,mp4a.40.2",
      resolution: { width: 640, height: 360 },
      frameRate: 30,
    },
  ]);
  expect(read.variants[0]?.audio[0]).toMatchObject({
    uri: "audio/index.m3u8",
    groupId: "audio",
    isDefault: true,
    channels: "2",
  });
});

test("captions in a group, and the version that SERVICE names ask for", () => {
  const playlist: MultivariantPlaylist = {
    media: [{ type: "CLOSED-CAPTIONS", groupId: "cc", name: "English", instreamId: "SERVICE1" }],
    variants: [{ uri: "v", bandwidthBps: 1, closedCaptions: "cc" }],
  };
  const text = serializeMultivariantPlaylist(playlist);
  expect(text).toBe(
    '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="cc",NAME="English",INSTREAM-ID="SERVICE1"\n#EXT-X-STREAM-INF:BANDWIDTH=1,CLOSED-CAPTIONS="cc"\nv\n',
  );
  expect(parseMultivariantPlaylist(text)).toEqual({ ...playlist, version: 7 });
});

test.each([
  ["a variant without bandwidth", '#EXT-X-STREAM-INF:CODECS="a"\nv', 2],
  ["a variant without URI", "#EXT-X-STREAM-INF:BANDWIDTH=1\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv", 2],
  ["a last variant without URI", "#EXT-X-STREAM-INF:BANDWIDTH=1", 2],
  ["a URI of its own", "v", 2],
  ["media of an unknown type", '#EXT-X-MEDIA:TYPE=SMELL,GROUP-ID="a",NAME="b"', 2],
  ["a resolution of one number", "#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=640\nv", 2],
  ["captions that are neither a group nor NONE", "#EXT-X-STREAM-INF:BANDWIDTH=1,CLOSED-CAPTIONS=SOME\nv", 2],
  ["a media playlist", "#EXT-X-TARGETDURATION:2", 2],
])("%s is malformed and the line is named", (_, tags, number) => {
  expect(() => parseMultivariantPlaylist(`#EXTM3U\n${tags}\n`)).toThrow(MalformedError);
  expect(() => parseMultivariantPlaylist(`#EXTM3U\n${tags}\n`)).toThrow(new RegExp(`at byte ${number},`));
});

test("a group that no rendition has cannot be written", () => {
  expect(() =>
    serializeMultivariantPlaylist({ media: [], variants: [{ uri: "v", bandwidthBps: 1, audio: "a" }] }),
  ).toThrow(/no EXT-X-MEDIA of AUDIO group a/);
});
