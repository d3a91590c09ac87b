import { parseMediaPlaylist } from "@rostrum/media/hls/parse-media-playlist";
import { expect, test } from "vitest";
import {
  type HlsPlaylist,
  LostThreadError,
  applyPlaylist,
  edgeSec,
  headSec,
  measured,
  nextDirectives,
  segmentAt,
  segmentShowing,
  startNearEdge,
} from "./playlist.ts";

const URL = "http://host/live/b/v0/index.m3u8";
const HEAD = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:4
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=24,PART-HOLD-BACK=1.002,HOLD-BACK=12
#EXT-X-PART-INF:PART-TARGET=0.334
`;
const FIRST = `${HEAD}#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-MAP:URI="r-i1.mp4?t=old"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T20:00:00.000Z
#EXTINF:2,
r-7.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T20:00:02.000Z
#EXT-X-PART:DURATION=1,URI="r-8-0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=1,URI="r-8-1.m4s"
#EXTINF:2,
r-8.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T20:00:04.000Z
#EXT-X-PART:DURATION=0.334,URI="r-9-0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="r-9-1.m4s"
`;
const UPDATE = `${HEAD}#EXT-X-MEDIA-SEQUENCE:8
#EXT-X-SKIP:SKIPPED-SEGMENTS=1
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T20:00:04.000Z
#EXT-X-PART:DURATION=0.334,URI="r-9-0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=1.666,URI="r-9-1.m4s"
#EXTINF:2,
r-9.m4s
`;

const read = (text: string, before?: HlsPlaylist): HlsPlaylist => applyPlaylist(URL, parseMediaPlaylist(text), before);

test("segments have addresses without tokens, an init, and times that add up", () => {
  const playlist = read(FIRST);
  expect(playlist.segments.map(({ msn, url, startSec }) => [msn, url, startSec])).toEqual([
    [7, "http://host/live/b/v0/r-7.m4s", 0],
    [8, "http://host/live/b/v0/r-8.m4s", 2],
    [9, undefined, 4],
  ]);
  expect(playlist.segments.at(-1)?.mapUrl).toBe("http://host/live/b/v0/r-i1.mp4");
  expect(edgeSec(playlist)).toBeCloseTo(4.334);
  expect(nextDirectives(playlist)).toEqual({ msn: 9, part: 1 });
  expect(playlist.holdBackSec).toBe(1.002);
});

test("an update is laid on what was known and keeps its place in media time", () => {
  const anchored = measured(read(FIRST), 8, 102);
  expect(headSec(anchored)).toBe(100);
  const updated = read(UPDATE, anchored);
  expect(updated.isAnchored).toBe(true);
  expect(updated.segments.map(({ msn, startSec }) => [msn, startSec])).toEqual([
    [8, 102],
    [9, 104],
  ]);
  expect(segmentAt(updated, 9)?.mapUrl).toBe("http://host/live/b/v0/r-i1.mp4");
  expect(nextDirectives(updated)).toEqual({ msn: 10, part: 0 });
});

test("an update of what is not known asks for the whole playlist", () => {
  expect(() => read(UPDATE)).toThrow(LostThreadError);
});

test("a window that moved on unseen is placed by its dates", () => {
  const anchored = measured(read(FIRST), 7, 100);
  const later = FIRST.replace("SEQUENCE:7", "SEQUENCE:30").replaceAll("T20:00:0", "T20:01:0");
  expect(headSec(read(later, anchored))).toBeCloseTo(164 - 4);
});

test("a hole in media time moves what follows, and nothing before it", () => {
  const anchored = measured(measured(read(FIRST), 7, 100), 8, 102);
  expect(measured(anchored, 9, 109).segments.map(({ startSec }) => startSec)).toEqual([100, 102, 109]);
});

test("playing begins with a key frame at least so far behind the edge", () => {
  const playlist = read(FIRST);
  expect(startNearEdge(playlist, 0.3)).toEqual({ msn: 9, part: 0 });
  expect(startNearEdge(playlist, 0.8)).toEqual({ msn: 8, part: 0 });
  expect(startNearEdge(playlist, 3)).toEqual({ msn: 7, part: 0 });
  expect(startNearEdge(playlist, 300)).toEqual({ msn: 7, part: 0 });
});

test("a time leads to its segment, times outside of the window to the nearest one", () => {
  const playlist = measured(read(FIRST), 7, 100);
  expect([90, 101, 102, 103.9, 500].map((sec) => segmentShowing(playlist, sec)?.msn)).toEqual([7, 7, 8, 8, 9]);
});
