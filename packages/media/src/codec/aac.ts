/** AAC: the AudioSpecificConfig, its codec string, and ADTS. ISO/IEC 14496-3 §1.6.2.1 and §1.A.2. */
import { MalformedError, UnsupportedError } from "../errors.ts";
import { BitReader } from "./bit-reader.ts";

const SPEC = "ISO/IEC 14496-3 §1.6.2.1";
const ADTS_SPEC = "ISO/IEC 14496-3 §1.A.2.2";
const RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
] as const;
const RATE_ESCAPE = 15;
/** channelConfiguration → channels; 0 stands for a program config element, gaps are reserved. ISO/IEC 14496-3 table 1.19. */
const CHANNELS: readonly (number | undefined)[] = [
  0,
  1,
  2,
  3,
  4,
  5,
  6,
  8,
  undefined,
  undefined,
  undefined,
  7,
  8,
  undefined,
  8,
];
/** Object types that continue with a GASpecificConfig: main, LC, SSR, LTP, scalable, and their error-resilient forms. */
const GENERAL_AUDIO = new Set([1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23]);
const SBR = 5;
const PS = 29;
const SYNC_EXTENSION = 0x2b7;

/** What an AudioSpecificConfig says. */
export type AacConfig = Readonly<{
  /** Audio object type of the core: 2 = AAC-LC, also for HE-AAC. */
  objectType: number;
  /** Rate of the core; a frame is `frameLength` samples of it. */
  sampleRateHz: number;
  /** Rate that is heard: twice the core's with SBR. */
  outputSampleRateHz: number;
  channels: number;
  frameLength: 1024 | 960;
  /** Whether the configuration says that spectral band replication or parametric stereo is used. Implicit use is not visible here. */
  sbr: boolean;
  ps: boolean;
}>;

/**
 * Parses an AudioSpecificConfig, explicit signalling of SBR and PS in both forms included.
 * @throws {MalformedError} the configuration is cut or has reserved values
 * @throws {UnsupportedError} not one of the AAC family with 960 or 1024 samples a frame
 */
export function parseAudioSpecificConfig(description: Uint8Array): AacConfig {
  const reader = new BitReader(description, SPEC);
  let objectType = readObjectType(reader);
  const sampleRateHz = readRate(reader);
  const channelConfig = reader.bits(4);
  let outputSampleRateHz = sampleRateHz;
  const ps = objectType === PS;
  const sbr = objectType === SBR || ps;
  if (sbr) {
    outputSampleRateHz = readRate(reader);
    objectType = readObjectType(reader);
  }
  if (!GENERAL_AUDIO.has(objectType)) {
    throw new UnsupportedError(`audio object type ${objectType}; AAC-LC and HE-AAC are accepted`);
  }
  const { frameLength, channels } = readGeneralAudio(reader, objectType, channelConfig);
  const core = { objectType, sampleRateHz, channels, frameLength };
  return sbr ? { ...core, outputSampleRateHz, sbr, ps } : { ...core, ...readSyncExtension(reader, sampleRateHz) };
}

/** What buildAudioSpecificConfig writes. */
export type AacParameters = Readonly<{ objectType?: number; sampleRateHz: number; channels: number }>;

/** Builds a configuration without SBR, 1024 samples a frame; `objectType` is 2 (LC) unless given. @throws {RangeError} not 1–6 or 8 channels, or a rate beyond 24 bits */
export function buildAudioSpecificConfig({ objectType = 2, sampleRateHz, channels }: AacParameters): Uint8Array {
  const channelConfig = CHANNELS.indexOf(channels);
  if (channels < 1 || channelConfig < 1) throw new RangeError(`${channels} channels, expected 1 to 8`);
  if (objectType < 1 || objectType > 30) throw new RangeError(`audio object type ${objectType}, expected 1 to 30`);
  if (!Number.isInteger(sampleRateHz) || sampleRateHz < 1 || sampleRateHz > 0xff_ffff) {
    throw new RangeError(`sample rate ${sampleRateHz} Hz`);
  }
  const index = (RATES as readonly number[]).indexOf(sampleRateHz);
  if (index >= 0) {
    return Uint8Array.of((objectType << 3) | (index >> 1), ((index & 1) << 7) | (channelConfig << 3));
  }
  // Index 15 is followed by the rate in 24 bits, which leaves every field 1 bit left of a byte border.
  return Uint8Array.of(
    (objectType << 3) | (RATE_ESCAPE >> 1),
    0x80 | (sampleRateHz >> 17),
    (sampleRateHz >> 9) & 0xff,
    (sampleRateHz >> 1) & 0xff,
    ((sampleRateHz & 1) << 7) | (channelConfig << 3),
  );
}

/** The RFC 6381 string of a configuration: `mp4a.40.2` (LC), `.5` (HE-AAC), `.29` (HE-AAC v2). @throws as parseAudioSpecificConfig */
export function aacCodecString(description: Uint8Array): string {
  const { objectType, sbr, ps } = parseAudioSpecificConfig(description);
  return `mp4a.40.${ps ? PS : sbr ? SBR : objectType}`;
}

/** One ADTS frame: `data` is a view of the raw AAC frame, `frameBytes` the whole frame with its header. */
export type AdtsFrame = Readonly<{
  objectType: number;
  sampleRateHz: number;
  channels: number;
  data: Uint8Array;
  frameBytes: number;
}>;

/**
 * Parses the ADTS frame at the start of `bytes`.
 * @throws {MalformedError} no sync word, reserved rate, or the frame reaches past the end
 * @throws {UnsupportedError} more than one raw block in the frame
 */
export function parseAdts(bytes: Uint8Array): AdtsFrame {
  const reader = new BitReader(bytes, ADTS_SPEC);
  if (reader.bits(12) !== 0xfff) throw new MalformedError("no ADTS sync word", 0, ADTS_SPEC);
  reader.skip(3); // ID, layer
  const headerBytes = reader.flag() ? 7 : 9;
  const objectType = reader.bits(2) + 1;
  const sampleRateHz = RATES[reader.bits(4)] ?? reader.fail("reserved sampling_frequency_index");
  reader.skip(1);
  const channels = CHANNELS[reader.bits(3)] ?? 0;
  reader.skip(4);
  const frameBytes = reader.bits(13);
  reader.skip(11);
  const blocks = reader.bits(2) + 1;
  if (frameBytes < headerBytes || frameBytes > bytes.length) {
    throw new MalformedError(`ADTS frame of ${frameBytes} bytes, ${bytes.length} given`, 3, ADTS_SPEC);
  }
  if (blocks > 1) throw new UnsupportedError(`ADTS frame with ${blocks} raw blocks; 1 is accepted`);
  return { objectType, sampleRateHz, channels, data: bytes.subarray(headerBytes, frameBytes), frameBytes };
}

/** All frames of a run of ADTS frames. @throws as parseAdts; a cut last frame is malformed */
export function splitAdts(bytes: Uint8Array): AdtsFrame[] {
  const frames: AdtsFrame[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const frame = parseAdts(bytes.subarray(offset));
    frames.push(frame);
    offset += frame.frameBytes;
  }
  return frames;
}

function readObjectType(reader: BitReader): number {
  const type = reader.bits(5);
  return type === 31 ? 32 + reader.bits(6) : type;
}

function readRate(reader: BitReader): number {
  const index = reader.bits(4);
  const rate = index === RATE_ESCAPE ? reader.bits(24) : RATES[index];
  return rate === undefined || rate === 0 ? reader.fail(`sampling frequency index ${index} is reserved`) : rate;
}

/** GASpecificConfig. ISO/IEC 14496-3 §4.4.1. */
function readGeneralAudio(
  reader: BitReader,
  objectType: number,
  channelConfig: number,
): Pick<AacConfig, "frameLength" | "channels"> {
  const short = reader.flag();
  if (objectType === 23) throw new UnsupportedError("AAC-LD; AAC-LC and HE-AAC are accepted");
  if (reader.flag()) reader.skip(14); // coreCoderDelay
  const extension = reader.flag();
  const channels = channelConfig === 0 ? readProgramConfig(reader) : CHANNELS[channelConfig];
  if (channels === undefined || channels === 0) reader.fail(`channel configuration ${channelConfig}`);
  if (objectType === 6 || objectType === 20) reader.skip(3); // layerNr
  if (extension) skipExtension(reader, objectType);
  return { frameLength: short ? 960 : 1024, channels };
}

function skipExtension(reader: BitReader, objectType: number): void {
  if (objectType === 22) reader.skip(16); // numOfSubFrame, layer_length
  if (objectType === 17 || objectType === 19 || objectType === 20) reader.skip(3);
  reader.skip(1); // extensionFlag3
}

/** program_config_element: counts the channels. ISO/IEC 14496-3 §4.4.1.1. */
function readProgramConfig(reader: BitReader): number {
  reader.skip(10); // element_instance_tag, object_type, sampling_frequency_index
  const [front, side, back] = [reader.bits(4), reader.bits(4), reader.bits(4)];
  const lfe = reader.bits(2);
  const associated = reader.bits(3);
  const coupling = reader.bits(4);
  if (reader.flag()) reader.skip(4);
  if (reader.flag()) reader.skip(4);
  if (reader.flag()) reader.skip(3);
  let channels = lfe;
  for (let i = 0; i < front + side + back; i++) {
    channels += reader.flag() ? 2 : 1;
    reader.skip(4);
  }
  reader.skip(4 * (lfe + associated) + 5 * coupling);
  reader.skip(reader.bitsLeft % 8); // byte_alignment
  reader.skip(8 * reader.bits(8)); // comment
  return channels;
}

/** Backward compatible signalling: SBR and PS named behind the core's configuration. */
function readSyncExtension(
  reader: BitReader,
  sampleRateHz: number,
): Pick<AacConfig, "outputSampleRateHz" | "sbr" | "ps"> {
  const none = { outputSampleRateHz: sampleRateHz, sbr: false, ps: false };
  if (reader.bitsLeft < 16 || reader.bits(11) !== SYNC_EXTENSION) return none;
  if (readObjectType(reader) !== SBR || reader.bitsLeft < 1 || !reader.flag()) return none;
  const outputSampleRateHz = readRate(reader);
  const ps = reader.bitsLeft >= 12 && reader.bits(11) === 0x548 && reader.flag();
  return { outputSampleRateHz, sbr: true, ps };
}
