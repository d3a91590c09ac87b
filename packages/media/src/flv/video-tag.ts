/** The payload of an FLV video tag, which is also the payload of an RTMP video message. FLV 10.1 §E.4.3, E-RTMP v2. */
import { ByteReader, ByteWriter } from "../bytes.ts";
import { UnsupportedError } from "../errors.ts";
import type { VideoTrack } from "../sample.ts";
import { readEnhanced } from "./enhanced.ts";

type Codec = VideoTrack["codec"];

/** `config` carries a configuration record (payload of avcC, hvcC, av1C, vpcC). Bytes are views into the payload. */
export type VideoTag =
  | { readonly kind: "config"; readonly codec: Codec; readonly record: Uint8Array }
  | {
      readonly kind: "frame";
      readonly codec: Codec;
      readonly keyframe: boolean;
      readonly compositionMs: number;
      readonly data: Uint8Array;
    }
  | { readonly kind: "end" | "ignored" };

const SPEC = "FLV 10.1 §E.4.3";
const ACCEPTED = "send H.264, HEVC, AV1 or VP9";
const KEY_FRAME = 1;
const COMMAND_FRAME = 5;
/** 12 is no part of FLV: encoders without enhanced RTMP use it for HEVC, laid out as AVC is. */
const CLASSIC_CODECS: Readonly<Record<number, Codec>> = { 7: "avc", 12: "hevc" };
const CLASSIC_NAMES: Readonly<Record<number, string>> = {
  2: "Sorenson H.263",
  3: "Screen video",
  4: "VP6",
  5: "VP6 with alpha",
  6: "Screen video 2",
};
const FOURCCS: Readonly<Record<string, Codec>> = { avc1: "avc", hvc1: "hevc", av01: "av1", vp09: "vp9" };
const FOURCC_OF: Readonly<Record<Codec, string>> = { avc: "avc1", hevc: "hvc1", av1: "av01", vp9: "vp09" };
const PACKET = { start: 0, coded: 1, end: 2, codedX: 3, metadata: 4, multitrack: 6 } as const;

const reader = (bytes: Uint8Array): ByteReader => new ByteReader(bytes, SPEC);

/**
 * Track 0 of a tag, classic or enhanced.
 * @throws {MalformedError} the tag is cut
 * @throws {UnsupportedError} another codec; the message says which are taken
 */
export function parseVideoTag(payload: Uint8Array): VideoTag {
  const tag = reader(payload);
  const first = tag.u8();
  return (first & 0x80) !== 0 ? parseEnhanced(tag, first) : parseClassic(tag, first);
}

/** A sequence header: classic for H.264, enhanced for the others. */
export function serializeVideoConfig(codec: Codec, record: Uint8Array): Uint8Array {
  const writer = new ByteWriter(5 + record.byteLength);
  if (codec === "avc") writer.u8((KEY_FRAME << 4) | 7).u32(0);
  else writer.u8(0x80 | (KEY_FRAME << 4) | PACKET.start).ascii(FOURCC_OF[codec]);
  return writer.bytes(record).finish();
}

/** A frame in the same form as serializeVideoConfig(). `compositionMs` is -2^23 to 2^23 - 1, and 0 for AV1 and VP9. */
export function serializeVideoFrame(
  codec: Codec,
  frame: Readonly<{ keyframe: boolean; compositionMs: number; data: Uint8Array }>,
): Uint8Array {
  const frameType = (frame.keyframe ? KEY_FRAME : 2) << 4;
  const composition = frame.compositionMs & 0xffffff;
  const writer = new ByteWriter(8 + frame.data.byteLength);
  if (codec === "avc")
    writer
      .u8(frameType | 7)
      .u8(1)
      .u24(composition);
  else if (codec === "hevc")
    writer
      .u8(0x80 | frameType | PACKET.coded)
      .ascii(FOURCC_OF[codec])
      .u24(composition);
  else writer.u8(0x80 | frameType | PACKET.codedX).ascii(FOURCC_OF[codec]);
  return writer.bytes(frame.data).finish();
}

function parseClassic(tag: ByteReader, first: number): VideoTag {
  const frameType = first >> 4;
  const codecId = first & 15;
  if (frameType === COMMAND_FRAME) return { kind: "ignored" };
  const codec = CLASSIC_CODECS[codecId];
  if (codec === undefined) {
    throw new UnsupportedError(`Video ${CLASSIC_NAMES[codecId] ?? `codec ${codecId}`} is not taken: ${ACCEPTED}.`);
  }
  const packetType = tag.u8();
  const compositionMs = tag.i24();
  if (packetType === 0) return { kind: "config", codec, record: tag.rest() };
  if (packetType === 1)
    return { kind: "frame", codec, keyframe: frameType === KEY_FRAME, compositionMs, data: tag.rest() };
  return { kind: packetType === 2 ? "end" : "ignored" };
}

function parseEnhanced(tag: ByteReader, first: number): VideoTag {
  const frameType = (first >> 4) & 7;
  const packetType = first & 15;
  // A command has no FourCC behind it, and metadata (HDR) changes nothing that we pass on.
  if (packetType === PACKET.metadata || frameType === COMMAND_FRAME) return { kind: "ignored" };
  const packet = readEnhanced(tag, packetType, PACKET.multitrack, reader);
  if (packet === undefined) return { kind: "ignored" };
  const codec = FOURCCS[packet.fourCc];
  if (codec === undefined) {
    throw new UnsupportedError(`Video ${printable(packet.fourCc)} is not taken: ${ACCEPTED}.`);
  }
  return parseBody(packet.packetType, codec, frameType === KEY_FRAME, packet.body);
}

function parseBody(packetType: number, codec: Codec, keyframe: boolean, body: ByteReader): VideoTag {
  switch (packetType) {
    case PACKET.start:
      return { kind: "config", codec, record: body.rest() };
    case PACKET.coded: {
      const compositionMs = codec === "avc" || codec === "hevc" ? body.i24() : 0;
      return { kind: "frame", codec, keyframe, compositionMs, data: body.rest() };
    }
    case PACKET.codedX:
      return { kind: "frame", codec, keyframe, compositionMs: 0, data: body.rest() };
    case PACKET.end:
      return { kind: "end" };
    default:
      return { kind: "ignored" };
  }
}

function printable(fourCc: string): string {
  return /^[\x20-\x7e]+$/.test(fourCc) ? `"${fourCc}"` : "of this codec";
}
