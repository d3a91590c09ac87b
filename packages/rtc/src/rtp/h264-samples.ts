/** From H.264 access units of RTP to tracks and samples of the media plane, and back. Parameter sets may come at any time. */
import * as avc from "@rostrum/media/codec/avc";
import { equalBytes } from "@rostrum/media/bytes";
import { MalformedError, UnsupportedError } from "@rostrum/media/errors";
import type { Sample, VideoTrack } from "@rostrum/media/sample";
import { videoTrack } from "@rostrum/media/track-from-config";
import { depacketizeH264, packetizeH264 } from "./h264.ts";

/** Ticks a second of every video in RTP. */
export const VIDEO_CLOCK_HZ = 90_000;

/** Units that say nothing to a decoder of samples: delimiters, ends and filler. */
const SUPERFLUOUS: ReadonlySet<number> = new Set([9, 10, 11, 12]);
/** A stream uses one or two of each; more would only grow. */
const MAX_SETS = 8;
const MAX_SET_BYTES = 4_096;

/**
 * What an access unit became. `track` is there when it is new or changed: the sample is the first one of it.
 * `dropped` says in words why there is no sample.
 */
export type MappedAccessUnit = Readonly<{ track?: VideoTrack; sample?: Sample; dropped?: string }>;

/** Parameter sets without start codes. */
export type ParameterSets = Readonly<{ sps: readonly Uint8Array[]; pps: readonly Uint8Array[] }>;

/** Turns the access units of one H.264 source into samples with 4-byte lengths; pts equals dts: WebRTC senders do not reorder. */
export class H264Samples {
  #sets: ParameterSets;
  #record: Uint8Array | undefined;

  /** @param outOfBand parameter sets from `sprop-parameter-sets`, when the description had them */
  constructor(outOfBand: ParameterSets = { sps: [], pps: [] }) {
    this.#sets = outOfBand;
  }

  /**
   * @param payloads of one access unit, in order and complete
   * @param ticks its time in ticks of 90 kHz, without wrapping
   */
  map(payloads: readonly Uint8Array[], ticks: number): MappedAccessUnit {
    const nals = depacketizeH264(payloads)?.filter((nal) => !SUPERFLUOUS.has(avc.nalType(nal)));
    if (nals === undefined) return { dropped: "the H.264 payload is broken, or not of packetization-mode 1" };
    if (nals.length === 0) return {};
    const adopted = this.#adopt(nals);
    if (typeof adopted === "string") return { dropped: adopted };
    if (this.#record === undefined) return { dropped: "no parameter sets came yet" };
    const hasPicture = nals.some((nal) => isPicture(avc.nalType(nal)));
    const keyframe = nals.some((nal) => avc.nalType(nal) === avc.AVC_NAL.idr);
    if (!hasPicture) return adopted;
    const data = avc.joinNals(nals);
    return { ...adopted, sample: { kind: "video", pts: ticks, dts: ticks, duration: 0, keyframe, data } };
  }

  /** The new track when parameter sets changed it; a sentence when they cannot be used. */
  #adopt(nals: readonly Uint8Array[]): { track?: VideoTrack } | string {
    const sps = nals.filter((nal) => avc.nalType(nal) === avc.AVC_NAL.sps);
    const pps = nals.filter((nal) => avc.nalType(nal) === avc.AVC_NAL.pps);
    const known = this.#sets;
    const sets = { sps: sps.length > 0 ? sps : known.sps, pps: pps.length > 0 ? pps : known.pps };
    if (sets.sps.length === 0 || sets.pps.length === 0) return {};
    if (this.#record !== undefined && sets.sps === known.sps && sets.pps === known.pps) return {};
    if (tooMany(sets.sps) || tooMany(sets.pps))
      return `more than ${MAX_SETS} parameter sets, or longer than ${MAX_SET_BYTES} bytes`;
    try {
      const record = avc.buildAvcConfig(sets.sps, sets.pps);
      this.#sets = { sps: sets.sps.map(copy), pps: sets.pps.map(copy) };
      if (this.#record !== undefined && equalBytes(record, this.#record)) return {};
      const track = videoTrack("avc", record, VIDEO_CLOCK_HZ);
      this.#record = record;
      return { track };
    } catch (error) {
      if (error instanceof MalformedError || error instanceof UnsupportedError) return error.message;
      throw error;
    }
  }
}

/**
 * The payloads of a sample for a peer that may begin with any key frame: parameter sets stand in front of each.
 * @param config of the sample's track (parseAvcConfig of its description)
 * @throws {MalformedError} the lengths of its NAL units do not add up
 */
export function packetizeAvcSample(sample: Sample, config: avc.AvcConfig, maxPayloadBytes: number): Uint8Array[] {
  const nals = avc.splitNals(sample.data, config.nalLengthBytes).filter((nal) => !SUPERFLUOUS.has(avc.nalType(nal)));
  const hasSets = nals.some((nal) => avc.nalType(nal) === avc.AVC_NAL.sps);
  const inFront = sample.keyframe && !hasSets ? [...config.sps, ...config.pps] : [];
  return packetizeH264([...inFront, ...nals], maxPayloadBytes);
}

/** The value of `sprop-parameter-sets`: base64 of each set, with commas between. Sets that are neither SPS nor PPS, and broken ones, are left out. RFC 6184 §8.1. */
export function parseSpropParameterSets(value: string): ParameterSets {
  const nals = value.split(",", 2 * MAX_SETS).flatMap((text) => decodeBase64(text.trim()) ?? []);
  return {
    sps: nals.filter((nal) => avc.nalType(nal) === avc.AVC_NAL.sps),
    pps: nals.filter((nal) => avc.nalType(nal) === avc.AVC_NAL.pps),
  };
}

function decodeBase64(text: string): Uint8Array | undefined {
  if (text === "" || text.length > 2 * MAX_SET_BYTES || text.length % 4 === 1 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text))
    return undefined;
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    // Characters or padding in a place where they cannot be: as any other broken set.
    return undefined;
  }
}

function isPicture(type: number): boolean {
  return type >= avc.AVC_NAL.slice && type <= avc.AVC_NAL.idr;
}

function tooMany(sets: readonly Uint8Array[]): boolean {
  return sets.length > MAX_SETS || sets.some((set) => set.length > MAX_SET_BYTES);
}

/** Not `slice`: on a Buffer that is a view, and would hold on to the received packet. */
function copy(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
