import { parseMediaPlaylist } from "@rostrum/media/hls/parse-media-playlist";
import { expect, test } from "vitest";
import { cursorBehind, cursorGoingOn, cursorOf } from "./cursor.ts";
import { applyPlaylist, measured } from "./playlist.ts";

const TEXT = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-MAP:URI="init.mp4"
#EXTINF:2,
7.m4s
#EXTINF:2,
8.m4s
#EXT-X-PART:DURATION=0.5,URI="9-0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="9-1.m4s"
#EXT-X-PART:DURATION=0.5,URI="9-2.m4s",INDEPENDENT=YES
`;
const unplaced = applyPlaylist("http://host/live/b/v0/index.m3u8", parseMediaPlaylist(TEXT), undefined);
/** Segments 7, 8 and 9 begin at 100, 102 and 104 s. */
const placed = measured(unplaced, 7, 100);

test("loading begins so far behind live, at a media time or after the window's begin, with a key frame", () => {
  expect(cursorOf(placed, { at: "edge", behindSec: 0.8 }, 0)).toEqual({ msn: 9, part: 0 });
  expect(cursorOf(placed, { at: "time", sec: 103.5 }, 0)).toEqual({ msn: 8, part: 0 });
  expect(cursorOf(placed, { at: "time", sec: 105.2 }, 0)).toEqual({ msn: 9, part: 2 });
  expect(cursorOf(placed, { at: "offset", sec: 3 }, 0)).toEqual({ msn: 8, part: 0 });
  expect(cursorOf(placed, { at: "time", sec: 3 }, 0)).toEqual({ msn: 7, part: 0 });
});

test("what another source began goes on with the very next part, another rendition with the next segment", () => {
  expect(cursorGoingOn(placed, 104.5)).toEqual({ msn: 9, part: 1 });
  expect(cursorGoingOn(placed, 105.5)).toEqual({ msn: 9, part: 3 });
  expect(cursorBehind(placed, 102)).toEqual({ msn: 8, part: 0 });
  expect(cursorBehind(placed, 104.5)).toEqual({ msn: 10, part: 0 });
});

test("a media time says nothing before the window's place is known", () => {
  expect(cursorOf(unplaced, { at: "time", sec: 103 }, 0)).toBeUndefined();
  expect(cursorGoingOn(unplaced, 103)).toBeUndefined();
});
