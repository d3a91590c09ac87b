/** Pictures and sounds for tests: payloads that look like the codec's from outside and say inside what they are. */
import { setU16, setU32, u16At, u32At } from "../../../rtp/octets.ts";
import type { CodecName } from "../types.ts";

const PAYLOAD_BYTES = 1_100;
const TAG_BYTES = 10;
const VP8_HEAD_BYTES = 7;
const H264_HEAD_BYTES = 2;

/** What a packet says of the frame it belongs to. */
export type Tag = Readonly<{ layer: number; frame: number; index: number; count: number; key: boolean }>;

/** The payloads of one frame of about `bytes`. */
export function framePayloads(
  codec: CodecName,
  layer: number,
  frame: number,
  key: boolean,
  bytes: number,
): Uint8Array[] {
  const count = Math.max(1, Math.ceil(bytes / PAYLOAD_BYTES));
  return Array.from({ length: count }, (_, index) => {
    const payload = new Uint8Array(Math.max(40, Math.ceil(bytes / count)));
    writeHead(codec, payload, frame, index, count, key);
    writeTag(payload, headBytes(codec), { layer, frame, index, count, key });
    return payload;
  });
}

/** Reads what `framePayloads` wrote, wherever the payload stands in a packet. */
export function readTag(codec: CodecName, bytes: Uint8Array, payloadOffset: number): Tag {
  const at = payloadOffset + headBytes(codec);
  return {
    layer: bytes[at] ?? 0,
    frame: u32At(bytes, at + 1),
    index: u16At(bytes, at + 5),
    count: u16At(bytes, at + 7),
    key: bytes[at + 9] === 1,
  };
}

function headBytes(codec: CodecName): number {
  if (codec === "VP8") return VP8_HEAD_BYTES;
  return codec === "H264" ? H264_HEAD_BYTES : 0;
}

function writeTag(payload: Uint8Array, at: number, { layer, frame, index, count, key }: Tag): void {
  if (payload.length < at + TAG_BYTES) throw new RangeError(`no room for the tag in ${payload.length} bytes`);
  payload[at] = layer;
  setU32(payload, at + 1, frame);
  setU16(payload, at + 5, index);
  setU16(payload, at + 7, count);
  payload[at + 9] = key ? 1 : 0;
}

function writeHead(
  codec: CodecName,
  payload: Uint8Array,
  frame: number,
  index: number,
  count: number,
  key: boolean,
): void {
  if (codec === "VP8") writeVp8Head(payload, frame, index, key);
  else if (codec === "H264") writeH264Head(payload, index, count, key);
}

/** RFC 7741 §4.2: 15-bit picture id, TL0PICIDX, temporal layer 0, then the frame tag. */
function writeVp8Head(payload: Uint8Array, frame: number, index: number, key: boolean): void {
  payload[0] = index === 0 ? 0x90 : 0x80;
  payload[1] = 0xe0;
  setU16(payload, 2, 0x8000 | (frame & 0x7fff));
  payload[4] = frame & 0xff;
  payload[5] = 0;
  payload[6] = key ? 0 : 1;
}

/** RFC 6184 §5: a key frame is a sequence parameter set, then an IDR picture in fragments. */
function writeH264Head(payload: Uint8Array, index: number, count: number, key: boolean): void {
  if (key && index === 0) {
    payload[0] = 0x67;
    return;
  }
  const first = index === (key ? 1 : 0) ? 0x80 : 0;
  const last = index === count - 1 ? 0x40 : 0;
  payload[0] = 0x7c;
  payload[1] = first | last | (key ? 5 : 1);
}
