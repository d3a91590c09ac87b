/** Frames of digital silence, for sound that must go on while nobody sends any. */
import type { AudioTrack } from "../sample.ts";
import { parseAudioSpecificConfig } from "./aac.ts";
import { parseDops } from "./opus.ts";

/** Syntactic elements of a raw_data_block. ISO/IEC 14496-3 table 4.85. */
const SCE = 0;
const CPE = 1;
const LFE = 3;
const END = 7;
/** Elements of each number of channels. ISO/IEC 14496-3 table 1.19. */
const ELEMENTS: Readonly<Record<number, readonly number[]>> = {
  1: [SCE],
  2: [CPE],
  3: [SCE, CPE],
  4: [SCE, CPE, SCE],
  5: [SCE, CPE, CPE],
  6: [SCE, CPE, CPE, LFE],
  8: [SCE, CPE, CPE, CPE, LFE],
};
/** Not read as long as there is no spectrum. */
const GLOBAL_GAIN = 100;
/** TOC of one 20 ms CELT frame with full bandwidth. RFC 6716 §3.1. */
const OPUS_TOC = 31 << 3;
const OPUS_STEREO = 4;
/** The range coder's bytes for a set silence flag. RFC 6716 §4.3. */
const OPUS_SILENCE = [0xff, 0xfe] as const;

/**
 * A frame without sound that stands alone, of `frameTicks` (Opus: 960 ticks). Undefined when the track's layout has none here:
 * AAC other than LC or HE, layouts beyond the usual ones, Opus in several streams.
 */
export function silentFrame(track: AudioTrack): { data: Uint8Array; durationTicks: number } | undefined {
  const data = track.codec === "aac" ? silentAac(track.description) : silentOpus(track.description);
  return data && { data, durationTicks: track.codec === "aac" ? track.frameTicks : 960 };
}

function silentAac(description: Uint8Array): Uint8Array | undefined {
  const { objectType, channels } = parseAudioSpecificConfig(description);
  const elements = ELEMENTS[channels];
  if (objectType !== 2 || elements === undefined) return undefined;
  const bits: number[] = [];
  const put = (value: number, count: number): void => {
    for (let at = count - 1; at >= 0; at -= 1) bits.push((value >> at) & 1);
  };
  const seen = new Map<number, number>();
  for (const element of elements) {
    const tag = seen.get(element) ?? 0;
    seen.set(element, tag + 1);
    put(element, 3);
    put(tag, 4);
    if (element === CPE) put(0, 1); // no common window
    for (let channel = 0; channel < (element === CPE ? 2 : 1); channel += 1) {
      put(GLOBAL_GAIN, 8);
      put(0, 11); // one long window without any scale factor band, no prediction
      put(0, 3); // neither pulses, nor noise shaping, nor gain control
    }
  }
  put(END, 3);
  return packed(bits);
}

function packed(bits: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, at) => {
    bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (bit << (7 - (at & 7)));
  });
  return bytes;
}

function silentOpus(description: Uint8Array): Uint8Array | undefined {
  const { channels, mappingFamily } = parseDops(description);
  if (mappingFamily !== 0) return undefined;
  return Uint8Array.of(OPUS_TOC | (channels === 2 ? OPUS_STEREO : 0), ...OPUS_SILENCE);
}
