import { parseMultivariantPlaylist } from "@rostrum/media/hls/parse-multivariant-playlist";
import { expect, test } from "vitest";
import { readOffer } from "./levels.ts";

const URL = "http://host/live/b/index.m3u8?t=token";
const LADDER = `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aud",NAME="main",URI="a0/index.m3u8?t=token"
#EXT-X-STREAM-INF:BANDWIDTH=5000000,AVERAGE-BANDWIDTH=4500000,CODECS="avc1.640028,mp4a.40.2",RESOLUTION=1920x1080,AUDIO="aud"
v0/index.m3u8?t=token
#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS="avc1.42c01e,mp4a.40.2",RESOLUTION=640x360,AUDIO="aud"
v1/index.m3u8?t=token
`;

test("levels come from the smallest to the largest, with addresses that outlive their tokens", () => {
  expect(readOffer(URL, parseMultivariantPlaylist(LADDER), () => true)).toEqual({
    levels: [
      { url: "http://host/live/b/v1/index.m3u8", bitrateBps: 900_000, heightPx: 360, frameRate: undefined },
      { url: "http://host/live/b/v0/index.m3u8", bitrateBps: 4_500_000, heightPx: 1080, frameRate: undefined },
    ],
    audioUrl: "http://host/live/b/a0/index.m3u8",
    tracks: ["video", "audio"],
  });
});

test("what the browser cannot decode is not offered", () => {
  const offer = readOffer(URL, parseMultivariantPlaylist(LADDER), (mime) => !mime.includes("avc1.640028"));
  expect(offer.levels.map(({ heightPx }) => heightPx)).toEqual([360]);
});

test("a show without a picture is sound alone", () => {
  const text = `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=130000,CODECS="mp4a.40.2"\na0/index.m3u8\n`;
  expect(readOffer(URL, parseMultivariantPlaylist(text), () => true)).toEqual({
    levels: [],
    audioUrl: "http://host/live/b/a0/index.m3u8",
    tracks: ["audio"],
  });
});

const TWO_SOUNDS = `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aud",NAME="main",URI="a1/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="opus",NAME="main",URI="a0/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=5000000,CODECS="avc1.640028,mp4a.40.2",RESOLUTION=1920x1080,AUDIO="aud"
v0/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=5000000,CODECS="avc1.640028,opus",RESOLUTION=1920x1080,AUDIO="opus"
v0/index.m3u8
`;

test.each([
  ["both", () => true, "a0"],
  ["no Opus", (mime: string) => !mime.includes("opus"), "a1"],
  ["no AAC", (mime: string) => !mime.includes("mp4a"), "a0"],
])(
  "of two sounds one that the browser decodes is heard, and every quality stands there once: %s",
  (_, supports, name) => {
    const offer = readOffer(URL, parseMultivariantPlaylist(TWO_SOUNDS), supports);
    expect(offer.audioUrl).toBe(`http://host/live/b/${name}/index.m3u8`);
    expect(offer.levels.map(({ url }) => url)).toEqual(["http://host/live/b/v0/index.m3u8"]);
  },
);

test("a show of which the browser decodes nothing says in which codecs it is; one without media yet does not", () => {
  expect(readOffer(URL, parseMultivariantPlaylist(LADDER), () => false)).toEqual({
    levels: [],
    audioUrl: undefined,
    tracks: [],
    undecodable: "avc1.640028, mp4a.40.2",
  });
  expect(readOffer(URL, parseMultivariantPlaylist("#EXTM3U\n"), () => false).undecodable).toBeUndefined();
});
