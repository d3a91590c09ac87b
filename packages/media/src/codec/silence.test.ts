import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { concat } from "../bytes.ts";
import { writeFragment } from "../fmp4/fragment.ts";
import { writeInit } from "../fmp4/init.ts";
import type { AudioTrack } from "../sample.ts";
import { audioTrack } from "../track-from-config.ts";
import { buildAudioSpecificConfig } from "./aac.ts";
import { serializeDops } from "./opus.ts";
import { silentFrame } from "./silence.ts";

const aac = (sampleRateHz: number, channels: number): AudioTrack =>
  audioTrack("aac", buildAudioSpecificConfig({ sampleRateHz, channels }));
const opus = (channels: number): AudioTrack =>
  audioTrack(
    "opus",
    serializeDops({
      channels,
      preSkip: 312,
      inputSampleRateHz: 48_000,
      outputGain: 0,
      mappingFamily: 0,
      mapping: undefined,
    }),
  );

/** The decoded samples of ten frames, 16 bit. */
function decode(track: AudioTrack): { pcm: Int16Array; complaints: string } {
  const frame = silentFrame(track)!;
  const samples = Array.from({ length: 10 }, (_, n) => {
    const dts = n * frame.durationTicks;
    return {
      kind: "audio",
      pts: dts,
      dts,
      duration: frame.durationTicks,
      keyframe: true,
      data: frame.data,
    } as const;
  });
  const input = concat([writeInit(track), writeFragment(track, 1, samples)]);
  const args = ["-v", "warning", "-f", "mp4", "-i", "pipe:0", "-f", "s16le", "-c:a", "pcm_s16le", "pipe:1"];
  const { stdout, stderr } = spawnSync("ffmpeg", args, { input });
  return { pcm: new Int16Array(new Uint8Array(stdout).buffer), complaints: stderr.toString() };
}

describe("a silent frame is decoded as silence, without a complaint", () => {
  test.each([
    ["AAC mono 44.1 kHz", aac(44_100, 1)],
    ["AAC stereo 48 kHz", aac(48_000, 2)],
    ["AAC 5.1", aac(48_000, 6)],
    ["AAC 7.1", aac(48_000, 8)],
    ["Opus mono", opus(1)],
    ["Opus stereo", opus(2)],
  ])("%s", (_, track) => {
    const { pcm, complaints } = decode(track);
    expect(complaints).toBe("");
    expect(pcm.length / track.channels).toBeGreaterThan(9 * silentFrame(track)!.durationTicks - 400);
    expect(pcm.every((one) => one === 0)).toBe(true);
  });
});

test("layouts that have none are said to have none", () => {
  const main = audioTrack("aac", buildAudioSpecificConfig({ objectType: 1, sampleRateHz: 48_000, channels: 2 }));
  expect(silentFrame(main)).toBeUndefined();
});
