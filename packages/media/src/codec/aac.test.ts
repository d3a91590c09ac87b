/** AudioSpecificConfig and ADTS as FFmpeg writes them, and the signalling of HE-AAC in both forms. */
import { expect, test } from "vitest";
import { MalformedError, UnsupportedError } from "../errors.ts";
import { audioTrack } from "../track-from-config.ts";
import { buildAudioSpecificConfig, parseAdts, parseAudioSpecificConfig, splitAdts } from "./aac.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

// Rates and channels of the first four are ffprobe's answers for the same files.
test.each([
  ["LC stereo 48 kHz", "119056e500", 48_000, 2, 1024, "mp4a.40.2"],
  ["LC mono 44.1 kHz", "120856e500", 44_100, 1, 1024, "mp4a.40.2"],
  ["LC 5.1 48 kHz", "11b056e500", 48_000, 6, 1024, "mp4a.40.2"],
  ["LC mono 16 kHz", "140856e500", 16_000, 1, 1024, "mp4a.40.2"],
  ["LC without extension", "1190", 48_000, 2, 1024, "mp4a.40.2"],
  ["explicit HE-AAC", "2b118800", 48_000, 2, 2048, "mp4a.40.5"],
  ["HE-AAC behind the core", "131056e598", 48_000, 2, 2048, "mp4a.40.5"],
  ["HE-AAC v2: mono core, heard as stereo", "eb098800", 48_000, 2, 2048, "mp4a.40.29"],
  ["LC with 960 samples a frame", "1194", 48_000, 2, 960, "mp4a.40.2"],
  ["a rate that is written out", "1780520790", 41_999, 2, 1024, "mp4a.40.2"],
])("%s", (_, config, sampleRateHz, channels, frameTicks, codecs) => {
  const description = hex(config);
  expect(audioTrack("aac", description)).toEqual({
    kind: "audio",
    codec: "aac",
    codecs,
    timescale: sampleRateHz,
    description,
    sampleRateHz,
    channels,
    frameTicks,
  });
});

test.each([
  [{ sampleRateHz: 48_000, channels: 2 }, "1190"],
  [{ sampleRateHz: 44_100, channels: 1 }, "1208"],
  [{ sampleRateHz: 48_000, channels: 8 }, "11b8"],
  [{ sampleRateHz: 41_999, channels: 2 }, "1780520790"],
])("%j is built as %s and parsed back", (parameters, config) => {
  expect(Buffer.from(buildAudioSpecificConfig(parameters)).toString("hex")).toBe(config);
  expect(parseAudioSpecificConfig(hex(config))).toMatchObject({ objectType: 2, sbr: false, ps: false, ...parameters });
});

test.each([
  ["nothing", "", MalformedError],
  ["one byte", "11", MalformedError],
  ["a reserved rate", "1690", MalformedError],
  ["reserved channels", "11c8", MalformedError],
  ["MPEG-4 ALS", "f8810000000000", UnsupportedError],
  ["xHE-AAC", "f9418000", UnsupportedError],
])("%s is refused", (_, config, error) => {
  expect(() => audioTrack("aac", hex(config))).toThrow(error);
});

test.each([
  { channels: 0 },
  { channels: 9 },
  { channels: 2, sampleRateHz: 0 },
  { channels: 2, sampleRateHz: 44_100.5 },
])("%j cannot be built", (parameters) => {
  expect(() => buildAudioSpecificConfig({ sampleRateHz: 48_000, ...parameters })).toThrow(RangeError);
});

const ADTS = hex(
  "fff14c8003dffcde02004c61766335392e33372e31303000422008c11838fff14c8001bffc211004608c1cfff14c8001bffc211004608c1cfff14c8001bffc211004608c1cfff14c8001bffc211004608c1c",
);

test("a run of ADTS frames is cut at its frames", () => {
  const frames = splitAdts(ADTS);
  expect(frames.map(({ frameBytes }) => frameBytes)).toEqual([30, 13, 13, 13, 13]);
  for (const frame of frames) {
    expect(frame).toMatchObject({ objectType: 2, sampleRateHz: 48_000, channels: 2 });
    expect(frame.data.length).toBe(frame.frameBytes - 7);
  }
  expect(() => splitAdts(ADTS.subarray(0, ADTS.length - 1))).toThrow(MalformedError);
});

test.each([
  ["no sync word", "0000000000000000"],
  ["a frame shorter than its header", "fff14c800020fc"],
  ["a reserved rate", "fff1748000e0fc"],
])("an ADTS frame with %s is malformed", (_, bytes) => {
  expect(() => parseAdts(hex(bytes))).toThrow(MalformedError);
});

test("several raw blocks in one ADTS frame are not taken", () => {
  expect(() => parseAdts(hex("fff14c8000fffd"))).toThrow(UnsupportedError);
});
