/** The payload of an FLV audio tag, which is also the payload of an RTMP audio message. FLV 10.1 §E.4.2, E-RTMP v2. */
import { ByteReader, ByteWriter } from "../bytes.ts";
import { UnsupportedError } from "../errors.ts";
import type { AudioTrack } from "../sample.ts";
import { readEnhanced } from "./enhanced.ts";

type Codec = AudioTrack["codec"];

/** `config` carries an AudioSpecificConfig or an OpusHead. Bytes are views into the payload. */
export type AudioTag =
  | { readonly kind: "config"; readonly codec: Codec; readonly record: Uint8Array }
  | { readonly kind: "frame"; readonly codec: Codec; readonly data: Uint8Array }
  | { readonly kind: "end" | "ignored" };

const SPEC = "FLV 10.1 §E.4.2";
const ACCEPTED = "send AAC or Opus";
const AAC = 10;
const ENHANCED = 9;
const CLASSIC_NAMES: Readonly<Record<number, string>> = {
  0: "PCM",
  1: "ADPCM",
  2: "MP3",
  3: "PCM",
  4: "Nellymoser",
  5: "Nellymoser",
  6: "Nellymoser",
  7: "G.711",
  8: "G.711",
  11: "Speex",
  14: "MP3",
};
const FOURCCS: Readonly<Record<string, Codec>> = { mp4a: "aac", Opus: "opus" };
const PACKET = { start: 0, coded: 1, end: 2, multitrack: 5 } as const;
/** AAC, and the values that AAC always has here (44 kHz, 16 bit, stereo) whatever its configuration says. */
const AAC_FIRST_BYTE = (AAC << 4) | 15;

const reader = (bytes: Uint8Array): ByteReader => new ByteReader(bytes, SPEC);

/**
 * Track 0 of a tag, classic or enhanced.
 * @throws {MalformedError} the tag is cut
 * @throws {UnsupportedError} another codec; the message says which are taken
 */
export function parseAudioTag(payload: Uint8Array): AudioTag {
  const tag = reader(payload);
  const first = tag.u8();
  const format = first >> 4;
  if (format === ENHANCED) return parseEnhanced(tag, first & 15);
  if (format !== AAC) {
    throw new UnsupportedError(`Audio ${CLASSIC_NAMES[format] ?? `format ${format}`} is not taken: ${ACCEPTED}.`);
  }
  const packetType = tag.u8();
  if (packetType === 0) return { kind: "config", codec: "aac", record: tag.rest() };
  return packetType === 1 ? { kind: "frame", codec: "aac", data: tag.rest() } : { kind: "ignored" };
}

/** A sequence header: classic for AAC, enhanced for Opus. `record` is an AudioSpecificConfig or an OpusHead. */
export function serializeAudioConfig(codec: Codec, record: Uint8Array): Uint8Array {
  return serialize(codec, PACKET.start, record);
}

/** A frame in the same form as serializeAudioConfig(). */
export function serializeAudioFrame(codec: Codec, data: Uint8Array): Uint8Array {
  return serialize(codec, PACKET.coded, data);
}

function serialize(codec: Codec, packetType: 0 | 1, body: Uint8Array): Uint8Array {
  const writer = new ByteWriter(5 + body.byteLength);
  if (codec === "aac") writer.u8(AAC_FIRST_BYTE).u8(packetType);
  else writer.u8((ENHANCED << 4) | packetType).ascii("Opus");
  return writer.bytes(body).finish();
}

function parseEnhanced(tag: ByteReader, packetType: number): AudioTag {
  const packet = readEnhanced(tag, packetType, PACKET.multitrack, reader);
  if (packet === undefined) return { kind: "ignored" };
  const codec = FOURCCS[packet.fourCc];
  if (codec === undefined) {
    const name = /^[\x20-\x7e]+$/.test(packet.fourCc) ? `"${packet.fourCc}"` : "of this codec";
    throw new UnsupportedError(`Audio ${name} is not taken: ${ACCEPTED}.`);
  }
  switch (packet.packetType) {
    case PACKET.start:
      return { kind: "config", codec, record: packet.body.rest() };
    case PACKET.coded:
      return { kind: "frame", codec, data: packet.body.rest() };
    case PACKET.end:
      return { kind: "end" };
    default:
      return { kind: "ignored" };
  }
}
