/** Opus descriptions and packet durations. */
import { expect, test } from "vitest";
import { MalformedError } from "../errors.ts";
import { audioTrack } from "../track-from-config.ts";
import { opusPacketTicks, parseDops, parseOpusHead, serializeDops, serializeOpusHead } from "./opus.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

// dOps as FFmpeg wrote it; the OpusHead says the same in the other byte order.
test.each([
  ["stereo", "000201380000bb80000000", "4f7075734865616401023801" + "80bb0000000000", 2],
  ["mono", "000101380000bb80000000", "4f7075734865616401013801" + "80bb0000000000", 1],
  [
    "5.1 in mapping family 1",
    "000601380000bb800000010402000401020305",
    "4f7075734865616401063801" + "80bb0000000001" + "0402000401020305",
    6,
  ],
])("%s", (_, dops, head, channels) => {
  const config = parseDops(hex(dops));
  expect(config).toMatchObject({ channels, preSkip: 312, inputSampleRateHz: 48_000, outputGain: 0 });
  expect(parseOpusHead(hex(head))).toEqual(config);
  expect(toHex(serializeDops(config))).toBe(dops);
  expect(toHex(serializeOpusHead(config))).toBe(head);
  for (const description of [dops, head]) {
    expect(audioTrack("opus", hex(description))).toEqual({
      kind: "audio",
      codec: "opus",
      codecs: "opus",
      timescale: 48_000,
      description: hex(dops),
      sampleRateHz: 48_000,
      channels,
      frameTicks: 960,
    });
  }
});

test("a description that is a Buffer is copied, not held on to", () => {
  const received = Buffer.from("000601380000bb800000010402000401020305", "hex");
  const { mapping } = parseDops(received);
  expect(mapping?.buffer).not.toBe(received.buffer);
});

test.each([
  ["nothing", ""],
  ["a cut head", "4f70757348656164010238"],
  ["another major version", "4f7075734865616410023801" + "80bb0000000000"],
  ["no channels", "000001380000bb80000000"],
  ["three channels without mapping", "000301380000bb80000000"],
  ["a cut mapping", "000601380000bb80000001040200"],
])("%s is malformed", (_, description) => {
  expect(() => audioTrack("opus", hex(description))).toThrow(MalformedError);
});

// RFC 6716 §3.1: configuration in the upper five bits, frame count code in the lower two.
test.each([
  ["SILK 10 ms", "00", 480],
  ["SILK 60 ms, two frames", "19", 5_760],
  ["hybrid 20 ms", "68", 960],
  ["CELT 2.5 ms", "80", 120],
  ["CELT 20 ms", "fc", 960],
  ["CELT 20 ms, two frames of different sizes", "fe", 1_920],
  ["CELT 20 ms, six frames by count", "ff06", 5_760],
])("%s lasts as long as it says", (_, packet, ticks) => {
  expect(opusPacketTicks(hex(packet))).toBe(ticks);
});

test.each([
  ["empty", ""],
  ["a count of no frames", "ff00"],
  ["a missing count", "ff"],
  ["more than 120 ms", "ff07"],
])("a packet that is %s is malformed", (_, packet) => {
  expect(() => opusPacketTicks(hex(packet))).toThrow(MalformedError);
});
