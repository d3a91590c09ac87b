/** Opus in RTP: one packet of Opus is one payload, the clock always runs at 48 kHz. RFC 7587. */
import { opusPacketTicks, serializeDops } from "@rostrum/media/codec/opus";
import { MalformedError } from "@rostrum/media/errors";
import type { AudioTrack, Sample } from "@rostrum/media/sample";
import { audioTrack } from "@rostrum/media/track-from-config";

/** Ticks a second of Opus in RTP, whatever rate it was made from. RFC 7587 §4.1. */
export const OPUS_CLOCK_HZ = 48_000;

/** 6.5 ms, the lookahead of libopus; a WebRTC sender does not tell its own. RFC 7845 §4.2. */
const PRE_SKIP = 312;

/** The track of an Opus source. @param channels 2 when `stereo=1` or `sprop-stereo=1` was agreed, else 1 */
export function opusTrack(channels: 1 | 2): AudioTrack {
  const config = { channels, preSkip: PRE_SKIP, inputSampleRateHz: OPUS_CLOCK_HZ, outputGain: 0, mappingFamily: 0 };
  return audioTrack("opus", serializeDops({ ...config, mapping: undefined }));
}

/**
 * The sample of one payload; undefined when it is no Opus packet.
 * @param ticks its time in ticks of 48 kHz, without wrapping
 */
export function mapOpus(payload: Uint8Array, ticks: number): Sample | undefined {
  const duration = opusDuration(payload);
  if (duration === undefined) return undefined;
  return { kind: "audio", pts: ticks, dts: ticks, duration, keyframe: true, data: new Uint8Array(payload) };
}

/** How many ticks of 48 kHz a payload lasts, 120 to 5760; undefined when it is no Opus packet. RFC 6716 §3. */
export function opusDuration(payload: Uint8Array): number | undefined {
  try {
    return opusPacketTicks(payload);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/** Whether the payload says that nothing is to be heard: a packet of one frame without content. RFC 6716 §3.1, RFC 7587 §3.1.3. */
export function isOpusSilence(payload: Uint8Array): boolean {
  return payload.length <= 2;
}

/** Whether an Opus packet codes two channels. RFC 6716 §3.1. */
export function isOpusStereo(payload: Uint8Array): boolean {
  return ((payload[0] ?? 0) & 4) !== 0;
}
