import { expect, test } from "vitest";
import { MalformedError } from "./errors.ts";
import { parseRecordingIndex, type RecordingIndex, serializeRecordingIndex, spanSec } from "./recording.ts";
import type { AudioTrack, VideoTrack } from "./sample.ts";

const video: VideoTrack = {
  kind: "video",
  codec: "avc",
  codecs: "avc1.42c01e",
  timescale: 90_000,
  description: new Uint8Array([1, 66, 192, 30, 255, 0, 128]),
  widthPx: 640,
  heightPx: 360,
  frameRate: undefined,
};
const audio: AudioTrack = {
  kind: "audio",
  codec: "aac",
  codecs: "mp4a.40.2",
  timescale: 48_000,
  description: new Uint8Array([0x11, 0x90]),
  sampleRateHz: 48_000,
  channels: 2,
  frameTicks: 1024,
};
const times = { discontinuity: 0, startTicks: 180_000, durationTicks: 90_000, wallMs: 5, sizeBytes: 9, samples: 30 };
const first = { name: "r-i1", track: video };
const index: RecordingIndex = {
  targetDurationSec: 4,
  renditions: [
    {
      name: "v0",
      segments: [
        { name: "r-0", init: first, ...times },
        { name: "s-1", init: { name: "s-i1", track: { ...video, widthPx: 1280, frameRate: 30 } }, ...times },
        { name: "s-2", init: first, ...times },
      ],
    },
    { name: "a0", segments: [{ name: "r-0", init: { name: "r-i2", track: audio }, ...times }] },
  ],
};

test("an index is read back as it was written", () => {
  expect(parseRecordingIndex(serializeRecordingIndex(index))).toStrictEqual(index);
});

test("a segment's span is in seconds of its own track", () => {
  const [one] = index.renditions[0]?.segments ?? [];
  expect(one && spanSec(one)).toEqual({ fromSec: 2, toSec: 3 });
});

test.each(["{}", '{"version":2,"targetDurationSec":4,"renditions":[]}'])("%s is no index", (text) => {
  expect(() => parseRecordingIndex(text)).toThrow(MalformedError);
});

test("a segment without its init segment is refused", () => {
  const text = serializeRecordingIndex(index).replace('["s-1",1,', '["s-1",7,');
  expect(() => parseRecordingIndex(text)).toThrow("segment s-1 names init segment 7 of 2");
});
