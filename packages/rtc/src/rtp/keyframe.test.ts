/** Where a video can be joined. */
import { expect, test } from "vitest";
import { KeyframeDetector, type VideoCodec } from "./keyframe.ts";
import { hex, viewOf } from "./testing.ts";

test.each<[VideoCodec, string, string, string]>([
  ["VP8", "first packet of a key frame", "10 50", "start"],
  ["VP8", "key frame behind a full descriptor", "90 e0 8001 05 20 50", "start"],
  ["VP8", "delta frame", "10 51", "none"],
  ["VP8", "second packet of a key frame", "00 50", "none"],
  ["VP8", "descriptor without data", "90 80", "none"],
  ["VP9", "key frame", "88 05 00", "start"],
  ["VP9", "key frame in layers, lowest one", "a8 05 00 00 00", "start"],
  ["VP9", "key frame in layers, picture id of 15 bits", "a8 8005 00 00 00", "start"],
  ["VP9", "upper layer of a key picture", "a8 05 03 00 00", "none"],
  ["VP9", "predicted frame", "c8 05 00", "none"],
  ["VP9", "second packet of a key frame", "80 05 00", "none"],
  ["VP9", "flags alone", "88", "none"],
  ["H264", "SPS", "67 42", "start"],
  ["H264", "IDR", "65 88", "slice"],
  ["H264", "slice", "41 9a", "none"],
  ["H264", "PPS", "68 ce", "none"],
  ["H264", "SPS and PPS in one packet", "78 0002 6742 0002 68ce", "start"],
  ["H264", "delimiter and SPS in one packet", "78 0002 0910 0002 6742", "start"],
  ["H264", "information and IDR in one packet", "78 0002 0605 0002 6588", "slice"],
  ["H264", "slices in one packet", "78 0002 419a 0002 419b", "none"],
  ["H264", "cut aggregate", "78 0009 67", "none"],
  ["H264", "first piece of an IDR", "7c 85 88", "slice"],
  ["H264", "later piece of an IDR", "7c 05 88", "none"],
  ["H264", "first piece of a slice", "5c 81 9a", "none"],
  ["H264", "piece without data", "7c 85", "none"],
  ["AV1", "coded video sequence begins", "18 0a 0b", "start"],
  ["AV1", "within one", "10 32", "none"],
  ["AV1", "a fragment that goes on", "98 32", "none"],
])("%s: %s", (codec, _, payload, mark) => {
  expect(new KeyframeDetector(codec).mark(viewOf({ payload: hex(payload) }))).toBe(mark);
});

test.each<VideoCodec>(["VP8", "VP9", "H264", "AV1"])("%s: padding begins nothing", (codec) => {
  expect(new KeyframeDetector(codec).mark(viewOf(hex("a0 60 0001 00000001 00000002 000003")))).toBe("none");
});
