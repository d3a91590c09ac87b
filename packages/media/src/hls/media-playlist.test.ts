/** Media playlists: text and struct in both directions, judged by hls-parser as well. */
import HLS from "hls-parser";
import { expect, test } from "vitest";
import { MalformedError } from "../errors.ts";
import { type MediaPlaylist, requiredVersion, serializeMediaPlaylist, serializeSegment } from "./media-playlist.ts";
import { parseMediaPlaylist } from "./parse-media-playlist.ts";

HLS.setOptions({ strictMode: true });

const LIVE_TEXT = `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,PART-HOLD-BACK=1.002
#EXT-X-PART-INF:PART-TARGET=0.334
#EXT-X-MEDIA-SEQUENCE:266
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXT-X-MAP:URI="init-3.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-08-01T12:00:00.000Z
#EXTINF:2.002,
s266.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init-4.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-08-01T12:00:02.002Z
#EXT-X-PART:DURATION=0.333667,URI="s267.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.166833,URI="s267.1.m4s"
#EXTINF:0.5005,
s267.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-08-01T12:00:02.502Z
#EXT-X-PART:DURATION=0.333667,URI="s268.0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="s268.1.m4s"
#EXT-X-RENDITION-REPORT:URI="../audio/index.m3u8",LAST-MSN=268,LAST-PART=0
`;

const LIVE: MediaPlaylist = {
  version: 6,
  independentSegments: true,
  targetDurationSec: 2,
  serverControl: { canBlockReload: true, canSkipUntilSec: 12, partHoldBackSec: 1.002 },
  partTargetSec: 0.334,
  mediaSequence: 266,
  discontinuitySequence: 3,
  segments: [
    {
      map: { uri: "init-3.mp4" },
      programDateTime: new Date("2026-08-01T12:00:00Z"),
      durationSec: 2.002,
      uri: "s266.m4s",
    },
    {
      discontinuity: true,
      map: { uri: "init-4.mp4" },
      programDateTime: new Date("2026-08-01T12:00:02.002Z"),
      parts: [
        { durationSec: 0.333667, uri: "s267.0.m4s", independent: true },
        { durationSec: 0.166833, uri: "s267.1.m4s" },
      ],
      durationSec: 0.5005,
      uri: "s267.m4s",
    },
  ],
  openSegment: {
    programDateTime: new Date("2026-08-01T12:00:02.502Z"),
    parts: [{ durationSec: 0.333667, uri: "s268.0.m4s", independent: true }],
  },
  preloadHint: { type: "PART", uri: "s268.1.m4s" },
  renditionReports: [{ uri: "../audio/index.m3u8", lastMsn: 268, lastPart: 0 }],
};

const DELTA_TEXT = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,PART-HOLD-BACK=1
#EXT-X-PART-INF:PART-TARGET=0.334
#EXT-X-MEDIA-SEQUENCE:100
#EXT-X-SKIP:SKIPPED-SEGMENTS=24
#EXTINF:2,
s124.m4s
`;

const VOD_TEXT = `#EXTM3U
#EXT-X-VERSION:8
#EXT-X-START:TIME-OFFSET=-4.5,PRECISE=YES
#EXT-X-TARGETDURATION:3
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-DATERANGE:ID="break",START-DATE="2026-08-01T12:00:00Z",DURATION=3
#EXT-X-MAP:URI="all.mp4",BYTERANGE="800@0"
#EXT-X-PROGRAM-DATE-TIME:2026-08-01T11:59:58.000Z
#EXT-X-BYTERANGE:5000@800
#EXTINF:3,first, with a comma
all.mp4
#EXT-X-BYTERANGE:4000
#EXTINF:2.5,
all.mp4
#EXT-X-GAP
#EXTINF:3,
lost.m4s
#EXT-X-ENDLIST
`;

const VOD: MediaPlaylist = {
  version: 8,
  start: { timeOffsetSec: -4.5, precise: true },
  targetDurationSec: 3,
  mediaSequence: 0,
  playlistType: "VOD",
  dateRanges: ['ID="break",START-DATE="2026-08-01T12:00:00Z",DURATION=3'],
  segments: [
    {
      map: { uri: "all.mp4", byteRange: { lengthBytes: 800, offset: 0 } },
      programDateTime: new Date("2026-08-01T11:59:58Z"),
      byteRange: { lengthBytes: 5000, offset: 800 },
      durationSec: 3,
      title: "first, with a comma",
      uri: "all.mp4",
    },
    { byteRange: { lengthBytes: 4000 }, durationSec: 2.5, uri: "all.mp4" },
    { gap: true, durationSec: 3, uri: "lost.m4s" },
  ],
  endList: true,
};

const DELTA: MediaPlaylist = {
  version: 9,
  targetDurationSec: 2,
  serverControl: { canBlockReload: true, canSkipUntilSec: 12, partHoldBackSec: 1 },
  partTargetSec: 0.334,
  mediaSequence: 100,
  skippedSegments: 24,
  segments: [{ durationSec: 2, uri: "s124.m4s" }],
};

const BOTH_WAYS: ReadonlyArray<readonly [string, string, MediaPlaylist]> = [
  ["a live playlist with parts, a discontinuity and two init segments", LIVE_TEXT, LIVE],
  ["a delta update", DELTA_TEXT, DELTA],
  ["a recording with byte ranges, a gap and a date range", VOD_TEXT, VOD],
  [
    "a preload hint for an init segment",
    '#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="i.mp4",BYTERANGE-START=0,BYTERANGE-LENGTH=700\n',
    {
      version: 3,
      targetDurationSec: 1,
      mediaSequence: 7,
      segments: [],
      preloadHint: { type: "MAP", uri: "i.mp4", byteRangeStart: 0, byteRangeLength: 700 },
    },
  ],
  [
    "a part that is a gap and one that is a byte range",
    '#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXT-X-PART-INF:PART-TARGET=0.5\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PART:DURATION=0.5,URI="a",GAP=YES\n#EXT-X-PART:DURATION=0.5,URI="b",BYTERANGE="10@20"\n',
    {
      version: 3,
      targetDurationSec: 1,
      partTargetSec: 0.5,
      mediaSequence: 0,
      segments: [],
      openSegment: {
        parts: [
          { durationSec: 0.5, uri: "a", gap: true },
          { durationSec: 0.5, uri: "b", byteRange: { lengthBytes: 10, offset: 20 } },
        ],
      },
    },
  ],
];

test.each(BOTH_WAYS)("%s: struct to text", (_, text, playlist) => {
  expect(serializeMediaPlaylist(playlist)).toBe(text);
});

test.each(BOTH_WAYS)("%s: text to struct", (_, text, playlist) => {
  expect(parseMediaPlaylist(text)).toEqual(playlist);
  expect(parseMediaPlaylist(text.replaceAll("\n", "\r\n"))).toEqual(playlist);
});

test("hls-parser reads the live playlist as we meant it", () => {
  const read = HLS.parse(serializeMediaPlaylist(LIVE));
  if (read.isMasterPlaylist) throw new Error("read as multivariant");
  expect(read.lowLatencyCompatibility).toEqual({ canBlockReload: true, canSkipUntil: 12, partHoldBack: 1.002 });
  expect(
    read.segments.map(({ uri, duration, mediaSequenceNumber, discontinuitySequence }) => [
      uri,
      duration,
      mediaSequenceNumber,
      discontinuitySequence,
    ]),
  ).toEqual([
    ["s266.m4s", 2.002, 266, 3],
    ["s267.m4s", 0.5005, 267, 4],
    ["", undefined, 268, 4],
  ]);
  expect(
    read.segments[1]?.parts.map(({ uri, duration, independent }) => [uri, duration, independent ?? false]),
  ).toEqual([
    ["s267.0.m4s", 0.333667, true],
    ["s267.1.m4s", 0.166833, false],
  ]);
  expect(read.segments[1]?.map?.uri).toBe("init-4.mp4");
  expect(read.segments[1]?.programDateTime).toEqual(new Date("2026-08-01T12:00:02.002Z"));
  expect(read.renditionReports).toMatchObject([{ uri: "../audio/index.m3u8", lastMSN: 268, lastPart: 0 }]);
});

test("hls-parser reads the delta update and the recording", () => {
  const delta = HLS.parse(DELTA_TEXT);
  expect(delta).toMatchObject({ skip: 24, mediaSequenceBase: 100 });
  expect(HLS.parse(VOD_TEXT)).toMatchObject({ endlist: true, playlistType: "VOD", targetDuration: 3 });
});

test("closed segments can be written once and kept", () => {
  const [first, second] = LIVE.segments;
  expect(LIVE_TEXT).toContain(serializeSegment(first!) + serializeSegment(second!));
});

test.each<[number, Partial<MediaPlaylist>]>([
  [9, { skippedSegments: 1 }],
  [8, { segments: [{ uri: "a", durationSec: 1, gap: true }] }],
  [6, { openSegment: { map: { uri: "i" } } }],
  [4, { segments: [{ uri: "a", durationSec: 1, byteRange: { lengthBytes: 1, offset: 0 } }] }],
  [3, {}],
])("version %i is asked for by %j", (version, fields) => {
  expect(requiredVersion({ segments: [], ...fields })).toBe(version);
});

const line = (tags: string): string => `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n${tags}\n`;

test.each([
  ["nothing", "", 1],
  ["another first line", "#EXTM3U8\n", 1],
  ["a byte order mark", `\ufeff${line("")}`, 1],
  ["no target duration", "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n", 1],
  ["a URI without duration", line("a.m4s"), 4],
  ["a duration without URI", line("#EXTINF:2,"), 4],
  ["a duration that is no number", line("#EXTINF:2e3,\na"), 4],
  ["an infinite duration", line(`#EXTINF:${"9".repeat(400)},\na`), 4],
  ["a part without URI", line("#EXT-X-PART:DURATION=1"), 4],
  ["a quote that does not end", line('#EXT-X-PART:DURATION=1,URI="a'), 4],
  ["text behind a quote", line('#EXT-X-PART:URI="a"b,DURATION=1'), 4],
  ["an attribute twice", line('#EXT-X-PART:URI="a",URI="b",DURATION=1'), 4],
  ["an unquoted URI", line("#EXT-X-PART:URI=a,DURATION=1"), 4],
  ["a lower-case attribute", line('#EXT-X-MAP:uri="a"'), 4],
  ["INDEPENDENT=MAYBE", line('#EXT-X-PART:URI="a",DURATION=1,INDEPENDENT=MAYBE'), 4],
  ["a second target duration", line("#EXT-X-TARGETDURATION:3"), 4],
  ["a date without zone", line("#EXT-X-PROGRAM-DATE-TIME:2026-08-01T12:00:00"), 4],
  ["a date that does not exist", line("#EXT-X-PROGRAM-DATE-TIME:2026-13-01T12:00:00Z"), 4],
  ["a negative count", line("#EXT-X-SKIP:SKIPPED-SEGMENTS=-1"), 4],
  ["a control character", line("#EXTINF:2,\u0007\na"), 4],
  ["a multivariant playlist's tag", line("#EXT-X-STREAM-INF:BANDWIDTH=1\na"), 4],
  ["an endless line", line(`#${"x".repeat(20_000)}`), 4],
])("%s is malformed and the line is named", (_, text, number) => {
  let error: unknown;
  try {
    parseMediaPlaylist(text);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(MalformedError);
  expect(error).toMatchObject({ offset: number });
});

test("unknown tags, comments, blank lines and property names of Object are passed over", () => {
  const text = line("#EXT-X-NEW:A=1\n# a comment\n\n#EXTconstructor:1\n#EXTtoString\n#EXTINF:1,\na");
  expect(parseMediaPlaylist(text).segments).toEqual([{ uri: "a", durationSec: 1 }]);
});

test.each<[string, Partial<MediaPlaylist>]>([
  ["a URI with a line break", { segments: [{ uri: "a\n#EXT-X-ENDLIST", durationSec: 1 }] }],
  ["a URI that reads as a tag", { segments: [{ uri: "#EXT-X-ENDLIST", durationSec: 1 }] }],
  ["a quote inside a quoted URI", { openSegment: { map: { uri: 'a"b' } } }],
  ["a duration that is no number", { segments: [{ uri: "a", durationSec: Number.NaN }] }],
  ["a negative duration", { segments: [{ uri: "a", durationSec: -1 }] }],
  ["a fraction of a target duration", { targetDurationSec: 1.5 }],
  ["a title with a line break", { segments: [{ uri: "a", durationSec: 1, title: "x\ny" }] }],
  ["an empty server control", { serverControl: {} }],
])("%s cannot be written", (_, fields) => {
  expect(() => serializeMediaPlaylist({ targetDurationSec: 1, mediaSequence: 0, segments: [], ...fields })).toThrow(
    RangeError,
  );
});
