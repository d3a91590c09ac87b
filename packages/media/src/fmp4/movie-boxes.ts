/** Boxes that every movie has alike, in fragments or not. ISO/IEC 14496-12 §8. */
import { ByteWriter } from "../bytes.ts";
import type { Track } from "../sample.ts";
import { box, fullBox } from "./box-writer.ts";

/** "und" as mdhd packs it. §8.4.2. */
export const LANGUAGE_UNDETERMINED = 0x55c4;
/** The picture as it is. §8.3.2. */
export const UNITY_MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000] as const;

/** hdlr: what kind of media a track has. §8.4.3. */
export function handler(kind: Track["kind"]): Uint8Array {
  const [type, name] = kind === "video" ? ["vide", "VideoHandler"] : ["soun", "SoundHandler"];
  return fullBox("hdlr", 0, 0, new ByteWriter(40).u32(0).ascii(type).zeros(12).ascii(name).u8(0).finish());
}

/** vmhd or smhd, and a dinf that says that the media is in this file. §8.4.5, §8.7.1. */
export function mediaHeaders(kind: Track["kind"]): [Uint8Array, Uint8Array] {
  const header = kind === "video" ? fullBox("vmhd", 0, 1, new Uint8Array(8)) : fullBox("smhd", 0, 0, new Uint8Array(4));
  const inThisFile = fullBox("url ", 0, 1);
  return [header, box("dinf", fullBox("dref", 0, 0, u32s(1), inThisFile))];
}

/** 32 bit numbers as bytes. */
export function u32s(...values: readonly number[]): Uint8Array {
  const writer = new ByteWriter(4 * values.length);
  for (const value of values) writer.u32(value);
  return writer.finish();
}
