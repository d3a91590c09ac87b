/** RTP packets that clients of tests send. */

/** A packet of 20 ms of sound, or whatever the payload is. */
export function rtpPacket(ssrc: number, sequence: number, payload: Uint8Array, payloadType = 96): Uint8Array {
  return packetOf([0x80, payloadType], ssrc, sequence, payload);
}

/** A packet of a loud voice: its header says −10 dBov (RFC 6464), under the id that clients of tests offer. */
export function loudPacket(ssrc: number, sequence: number): Uint8Array {
  return packetOf([0x90, 96], ssrc, sequence, Uint8Array.of(0xbe, 0xde, 0, 1, 0x20, 0x80 | 10, 0, 0, 1));
}

/** @param rest what follows the fixed header (RFC 3550 §5.1) */
function packetOf(start: readonly [number, number], ssrc: number, sequence: number, rest: Uint8Array): Uint8Array {
  const packet = new Uint8Array(12 + rest.length);
  const view = new DataView(packet.buffer);
  packet.set([...start, sequence >> 8, sequence & 0xff]);
  view.setUint32(4, sequence * 960);
  view.setUint32(8, ssrc);
  packet.set(rest, 12);
  return packet;
}
