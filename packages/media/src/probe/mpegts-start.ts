/** Where a transport stream may be joined: what comes before the first key frame is of no use to a demuxer. ISO/IEC 13818-1. */
import { concat } from "../bytes.ts";
import { readTsPacket, TS_PACKET_BYTES, TS_SYNC, type TsPacket, type TsProgram, type TsTrack } from "./mpegts.ts";

/** Parameter sets and pictures that decoding can begin with, by their NAL unit type. H.264 table 7-1, H.265 table 7-1. */
const AVC_STARTS: ReadonlySet<number> = new Set([5, 7]);
const HEVC_STARTS: ReadonlySet<number> = new Set([16, 17, 18, 19, 20, 21, 32, 33]);
const PES_HEAD_BYTES = 9;

/** Holds a transport stream back until a key frame of its first video track. Chunks are whole packets or cuts of them. */
export class MpegTsStart {
  readonly #tables: readonly Uint8Array[];
  readonly #video: TsTrack | undefined;
  #rest: Uint8Array = new Uint8Array();
  #begun = false;

  constructor({ tracks, tables }: TsProgram) {
    this.#tables = tables;
    this.#video = tracks.find((track) => track.kind === "video");
  }

  /** What may be handed on: nothing, then the tables and all from the key frame on. */
  push(bytes: Uint8Array): Uint8Array {
    if (this.#begun) return bytes;
    const held = concat([this.#rest, bytes]);
    let at = 0;
    for (; at + TS_PACKET_BYTES <= held.length; at += TS_PACKET_BYTES) {
      if (!this.#mayBegin(held.subarray(at, at + TS_PACKET_BYTES))) continue;
      this.#begun = true;
      return concat([...this.#tables, held.subarray(at)]);
    }
    this.#rest = held.slice(at);
    return new Uint8Array();
  }

  #mayBegin(bytes: Uint8Array): boolean {
    const video = this.#video;
    if (video === undefined) return true;
    // A torn packet: the demuxer finds its way, a start is not here.
    if (bytes[0] !== TS_SYNC) return false;
    const packet = readTsPacket(bytes, 0);
    if (packet === undefined || packet.pid !== video.pid || !packet.starts) return false;
    return packet.isRandomAccess || startsKeyframe(packet, video);
  }
}

/** Looks at what of the frame stands in its first packet, where parameter sets stand when there are any. */
function startsKeyframe({ payload }: TsPacket, video: TsTrack): boolean {
  if (video.codec !== "avc" && video.codec !== "hevc") return true;
  const frame = payload.subarray(PES_HEAD_BYTES + (payload[PES_HEAD_BYTES - 1] ?? 0));
  for (let i = 0; i + 3 < frame.length; i++) {
    if (frame[i] !== 0 || frame[i + 1] !== 0 || frame[i + 2] !== 1) continue;
    const head = frame[i + 3] ?? 0;
    if (video.codec === "avc" ? AVC_STARTS.has(head & 0x1f) : HEVC_STARTS.has((head >> 1) & 0x3f)) return true;
  }
  return false;
}
