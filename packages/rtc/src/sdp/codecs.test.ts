import { expect, test } from "vitest";
import {
  AUDIO_FEEDBACK,
  AV1,
  H264,
  h264Profile,
  matchCodecs,
  OPUS,
  OPUS_STEREO,
  VIDEO_FEEDBACK,
  VP8,
  VP9,
} from "./codecs.ts";
import { AUDIO_LINES, session, VIDEO_LINES } from "./fixtures.ts";
import type { Codec, MediaSection } from "./model.ts";
import { parseSdp } from "./parse.ts";

const offeredVideo = (parseSdp(session("1", ...VIDEO_LINES)).sections[0] as MediaSection).codecs;
const offeredAudio = (parseSdp(session("0", ...AUDIO_LINES)).sections[0] as MediaSection).codecs;
const types = (codecs: readonly Codec[]): readonly number[] => codecs.map(({ payloadType }) => payloadType);
const h264 = (payloadType: number, fmtp: string): Codec => ({
  ...{ payloadType, name: "h264", clockRate: 90_000, channels: 1, fmtp, feedback: [] },
});

test.each([
  ["42e01f", "constrained-baseline"],
  ["42c02a", "constrained-baseline"],
  ["4d8028", "constrained-baseline"],
  ["58c01e", "constrained-baseline"],
  ["42001f", "baseline"],
  ["58801e", "baseline"],
  ["4d001f", "main"],
  ["4d4028", "main"],
  ["640c1f", "constrained-high"],
  ["640034", "high"],
  ["64001f", "high"],
  ["641034", undefined],
  ["58001e", undefined],
  ["7a001f", undefined],
  ["42e0", undefined],
])("profile-level-id %s is %s", (id, profile) => {
  expect(h264Profile(`packetization-mode=1;profile-level-id=${id}`)).toBe(profile);
});

test("an answer adds hints behind the parameters", () => {
  const fmtp = "packetization-mode=1;profile-level-id=42e01f";
  const hinted = (moreFmtp: string) => matchCodecs([h264(96, fmtp)], [{ ...H264, moreFmtp }], false)[0]?.fmtp;
  expect(hinted("x-google-start-bitrate=2000")).toBe(`${fmtp};x-google-start-bitrate=2000`);
  expect(hinted("")).toBe(fmtp);
});

test("without a profile-level-id it is constrained baseline", () => {
  expect(h264Profile("packetization-mode=1")).toBe("constrained-baseline");
});

test("the wish decides, not the order of the offer", () => {
  expect(types(matchCodecs(offeredVideo, [H264], true))).toEqual([106, 102]);
  expect(types(matchCodecs(offeredVideo, [H264, VP8], true))).toEqual([106, 102, 96]);
  expect(types(matchCodecs(offeredVideo, [{ ...H264, h264Profiles: ["baseline"] }], true))).toEqual([102]);
});

test("what does not fit is not taken: packetization-mode 0, VP9 of 10 bits, what was not offered", () => {
  expect(types(matchCodecs(offeredVideo, [{ ...H264, h264Profiles: ["high"] }], true))).toEqual([]);
  expect(types(matchCodecs(offeredVideo, [VP9, AV1, OPUS], true))).toEqual([]);
  expect(types(matchCodecs([h264(100, "profile-level-id=42e01f")], [H264], true))).toEqual([]);
});

test("an answer repeats parameters except those that speak of the offerer's stream", () => {
  const offered = [
    h264(100, "packetization-mode=1;sprop-parameter-sets=Z0LgH9oBQBboBtChNQ==,aM4G4g==;profile-level-id=42e01f"),
  ];
  expect(matchCodecs(offered, [H264], true)[0]?.fmtp).toBe("packetization-mode=1;profile-level-id=42e01f");
  expect(matchCodecs(offeredAudio, [OPUS], true)[0]?.fmtp).toBe("minptime=10;useinbandfec=1");
  expect(matchCodecs(offeredAudio, [OPUS_STEREO], true)[0]?.fmtp).toBe(
    "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1",
  );
});

test("feedback is what both can, transport-cc only with its extension", () => {
  expect(matchCodecs(offeredVideo, [VP8], true)[0]?.feedback).toEqual(VIDEO_FEEDBACK);
  expect(matchCodecs(offeredVideo, [VP8], false)[0]?.feedback).toEqual(["goog-remb", "ccm fir", "nack", "nack pli"]);
  expect(matchCodecs(offeredVideo, [H264], true)[0]?.feedback).toEqual(["nack", "nack pli"]);
  expect(matchCodecs(offeredAudio, [OPUS], true)[0]?.feedback).toEqual(["transport-cc"]);
  expect(AUDIO_FEEDBACK).toContain("nack");
});

test("retransmission is taken where it is wanted", () => {
  expect(matchCodecs(offeredVideo, [VP8], true)[0]?.rtxPayloadType).toBe(97);
  expect(matchCodecs(offeredVideo, [{ ...VP8, rtx: false }], true)[0]?.rtxPayloadType).toBeUndefined();
});
