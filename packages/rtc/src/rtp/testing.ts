/** Packets for tests of rtp/. */
import { setU16, setU32, u16At } from "./octets.ts";
import { RtpView } from "./packet.ts";

/** Bytes of hexadecimal text; blanks are left out. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, "");
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

/** Hexadecimal text of bytes, without blanks. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Fields of a packet; what is left out is 0, false or empty. */
export type PacketFields = Readonly<{
  sequence?: number;
  timestamp?: number;
  ssrc?: number;
  payloadType?: number;
  marker?: boolean;
  payload?: Uint8Array;
}>;

/** A packet without extensions. */
export function packetBytes(fields: PacketFields): Uint8Array {
  const {
    sequence = 0,
    timestamp = 0,
    ssrc = 0,
    payloadType = 96,
    marker = false,
    payload = new Uint8Array(),
  } = fields;
  const bytes = new Uint8Array(12 + payload.length);
  bytes[0] = 0x80;
  bytes[1] = payloadType | (marker ? 0x80 : 0);
  setU16(bytes, 2, sequence);
  setU32(bytes, 4, timestamp);
  setU32(bytes, 8, ssrc);
  bytes.set(payload, 12);
  return bytes;
}

/** A view of its own. @throws {Error} not RTP */
export function viewOf(packet: PacketFields | Uint8Array): RtpView {
  const view = new RtpView();
  const bytes = packet instanceof Uint8Array ? packet : packetBytes(packet);
  if (!view.parse(bytes)) throw new Error(`not RTP: ${toHex(bytes)}`);
  return view;
}

/** Numbers from 0 to `limit` − 1, the same ones for the same seed. */
export function randomFrom(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** The packets of a capture: each stands behind two bytes of its length. */
export function framed(bytes: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const end = at + 2 + u16At(bytes, at);
    packets.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return packets;
}
