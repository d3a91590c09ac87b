import { expect, test } from "vitest";
import { concat } from "../bytes.ts";
import { MalformedError, ProtocolViolation, UnsupportedError } from "../errors.ts";
import { parseAudioTag, serializeAudioConfig, serializeAudioFrame } from "./audio-tag.ts";
import { FlvReader, serializeFlvHeader, serializeFlvTag } from "./file.ts";
import { parseVideoTag, serializeVideoConfig, serializeVideoFrame } from "./video-tag.ts";

const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.replaceAll(/\s/g, "").match(/../g) ?? [], (b) => parseInt(b, 16));
const AVC1 = "61766331";
const HVC1 = "68766331";
const AV01 = "61763031";
const VP09 = "76703039";
const OPUS = "4f707573";
const MP4A = "6d703461";

test.each([
  ["an empty video tag", "", MalformedError, /1 bytes needed/],
  ["a cut classic header", "17 01 00", MalformedError, /3 bytes needed/],
  ["a cut FourCC", "90 6176", MalformedError, /4 bytes needed/],
  ["a ModEx longer than the tag", "97 ff ffff 00", MalformedError, /65536 bytes needed/],
  ["ModEx without end", `97 ${"00 00 07".repeat(20)}`, MalformedError, /more than 16 ModEx/],
  ["multitrack inside multitrack", `96 06 ${AVC1}`, MalformedError, /packet type 6 inside multitrack/],
  ["an unknown multitrack type", "96 31", MalformedError, /multitrack type 3/],
  ["a track longer than the tag", `96 11 ${AVC1} 00 000009 00`, MalformedError, /9 bytes needed/],
  ["Sorenson", "12 00", UnsupportedError, /^Video Sorenson H\.263 is not taken: send H\.264, HEVC, AV1 or VP9\.$/],
  ["an unknown classic codec", "1f 00", UnsupportedError, /codec 15 is not taken/],
  ["VVC", "90 76766331 00", UnsupportedError, /"vvc1" is not taken/],
  ["a FourCC that is no text", "90 00010203 00", UnsupportedError, /Video of this codec is not taken/],
])("%s is refused", (_, payload, type, message) => {
  expect(() => parseVideoTag(hex(payload))).toThrow(type);
  expect(() => parseVideoTag(hex(payload))).toThrow(message);
});

const frame = (codec: string, keyframe: boolean, compositionMs: number, data: string) => ({
  kind: "frame",
  codec,
  keyframe,
  compositionMs,
  data: hex(data),
});

test.each([
  ["AVC record", "17 00 000000 0164", { kind: "config", codec: "avc", record: hex("0164") }],
  ["AVC key frame", "17 01 000028 aabb", frame("avc", true, 40, "aabb")],
  ["AVC frame with negative composition", "27 01 ffffd8 aa", frame("avc", false, -40, "aa")],
  ["AVC end", "17 02 000000", { kind: "end" }],
  ["HEVC without enhanced RTMP", "1c 01 000000 aa", frame("hevc", true, 0, "aa")],
  ["a command frame", "57 00", { kind: "ignored" }],
  ["enhanced AVC record", `90 ${AVC1} 0164`, { kind: "config", codec: "avc", record: hex("0164") }],
  ["enhanced HEVC record", `90 ${HVC1} 01`, { kind: "config", codec: "hevc", record: hex("01") }],
  ["HEVC frames with composition", `a1 ${HVC1} 000021 aa`, frame("hevc", false, 33, "aa")],
  ["HEVC frames without composition", `93 ${HVC1} aabb`, frame("hevc", true, 0, "aabb")],
  ["AV1 frames", `91 ${AV01} 1200`, frame("av1", true, 0, "1200")],
  ["VP9 frames", `a3 ${VP09} 82`, frame("vp9", false, 0, "82")],
  ["enhanced end", `92 ${AVC1}`, { kind: "end" }],
  ["enhanced metadata", "94 0200", { kind: "ignored" }],
  ["an enhanced command", "d0 00", { kind: "ignored" }],
  ["an MPEG-2 TS record", `95 ${AV01} 00`, { kind: "ignored" }],
  ["ModEx with a nanosecond offset", `97 02 000064 01 ${AVC1} 000000 aa`, frame("avc", true, 0, "aa")],
  ["two ModEx, one long", `97 ff 0000 aa 07 00 bb 03 ${AVC1} cc`, frame("avc", true, 0, "cc")],
  ["one track in multitrack", `96 03 ${AVC1} 00 aabb`, frame("avc", true, 0, "aabb")],
  ["another track alone", `96 03 ${AVC1} 01 aabb`, { kind: "ignored" }],
  ["track 0 behind track 1", `96 13 ${HVC1} 01 000001 aa 00 000002 bbcc`, frame("hevc", true, 0, "bbcc")],
  ["many codecs", `a6 23 ${AVC1} 01 000001 aa ${AV01} 00 000001 bb`, frame("av1", false, 0, "bb")],
])("video: %s", (_, payload, expected) => {
  expect(parseVideoTag(hex(payload))).toEqual(expected);
});

test.each([
  ["an empty audio tag", "", MalformedError, /1 bytes needed/],
  ["AAC without a packet type", "af", MalformedError, /1 bytes needed/],
  ["MP3", "2f aa", UnsupportedError, /^Audio MP3 is not taken: send AAC or Opus\.$/],
  ["enhanced AC-3", "90 61632d33 00", UnsupportedError, /"ac-3" is not taken: send AAC or Opus/],
])("%s is refused", (_, payload, type, message) => {
  expect(() => parseAudioTag(hex(payload))).toThrow(type);
  expect(() => parseAudioTag(hex(payload))).toThrow(message);
});

test.each([
  ["AAC configuration", "af 00 1190", { kind: "config", codec: "aac", record: hex("1190") }],
  ["AAC frame", "af 01 2110", { kind: "frame", codec: "aac", data: hex("2110") }],
  ["an unknown AAC packet", "af 02 00", { kind: "ignored" }],
  ["Opus configuration", `90 ${OPUS} 4f70`, { kind: "config", codec: "opus", record: hex("4f70") }],
  ["Opus frame", `91 ${OPUS} fc`, { kind: "frame", codec: "opus", data: hex("fc") }],
  ["enhanced AAC frame", `91 ${MP4A} 21`, { kind: "frame", codec: "aac", data: hex("21") }],
  ["enhanced end", `92 ${OPUS}`, { kind: "end" }],
  ["multichannel layout", `94 ${OPUS} 00 02`, { kind: "ignored" }],
  ["ModEx", `97 00 00 11 ${OPUS} fc`, { kind: "frame", codec: "opus", data: hex("fc") }],
  ["track 0 of several", `95 11 ${OPUS} 01 000001 aa 00 000001 bb`, { kind: "frame", codec: "opus", data: hex("bb") }],
])("audio: %s", (_, payload, expected) => {
  expect(parseAudioTag(hex(payload))).toEqual(expected);
});

test.each(["avc", "hevc", "av1", "vp9"] as const)("%s tags that we write are read the same", (codec) => {
  const record = hex("0142");
  expect(parseVideoTag(serializeVideoConfig(codec, record))).toEqual({ kind: "config", codec, record });
  const compositionMs = codec === "avc" || codec === "hevc" ? -33 : 0;
  for (const keyframe of [true, false]) {
    const written = serializeVideoFrame(codec, { keyframe, compositionMs, data: hex("aabb") });
    expect(parseVideoTag(written)).toEqual(frame(codec, keyframe, compositionMs, "aabb"));
  }
});

test.each(["aac", "opus"] as const)("%s tags that we write are read the same", (codec) => {
  const body = hex("1190");
  expect(parseAudioTag(serializeAudioConfig(codec, body))).toEqual({ kind: "config", codec, record: body });
  expect(parseAudioTag(serializeAudioFrame(codec, body))).toEqual({ kind: "frame", codec, data: body });
});

test.each([
  ["not FLV", "464c58 01 05 00000009", MalformedError, /no FLV signature/],
  ["a header of 4 GB", "464c56 01 05 ffffffff", MalformedError, /FLV header of 4294967295 bytes/],
  ["an encrypted tag", "464c56 01 05 00000009 00000000 29 000001 000000 00 000000", MalformedError, /encrypted/],
  ["a tag over the limit", "464c56 01 05 00000009 00000000 09 ffffff 000000 00 000000", ProtocolViolation, /16777215/],
])("a file with %s is refused", (_, input, type, message) => {
  expect(() => new FlvReader().push(hex(input))).toThrow(type);
  expect(() => new FlvReader().push(hex(input))).toThrow(message);
});

test("an FLV stream is read the same wherever it is cut", () => {
  const tags = [
    { typeId: 18, timestampMs: 0, payload: hex("02") },
    { typeId: 9, timestampMs: 0x01020304, payload: hex("17 01 000000 aa") },
    { typeId: 8, timestampMs: 0xffffffff, payload: hex("") },
  ];
  const input = concat([serializeFlvHeader({ video: true, audio: true }), ...tags.map(serializeFlvTag)]);
  expect(input.subarray(0, 13)).toEqual(hex("464c56 01 05 00000009 00000000"));
  expect(new FlvReader().push(input)).toEqual(tags);
  const reader = new FlvReader();
  expect([...input].flatMap((byte) => reader.push(Uint8Array.of(byte)))).toEqual(tags);
});
