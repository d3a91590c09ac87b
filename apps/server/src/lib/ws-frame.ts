/** Server to client frames of RFC 6455 §5.2, made once and written to many sockets. No I/O. */

export const OPCODE = { text: 0x1, binary: 0x2, ping: 0x9 } as const;
const FIN = 0x80;
/** Payload lengths up to which the length takes 1 and 3 bytes. */
const SHORT = 125;
const MEDIUM = 0xffff;

/** A whole message in one frame; the payload is copied once. */
export function wsFrame(opcode: number, payload: readonly Uint8Array[]): Buffer {
  const length = payload.reduce((sum, bytes) => sum + bytes.length, 0);
  return Buffer.concat([head(opcode, length), ...payload]);
}

function head(opcode: number, length: number): Buffer {
  if (length <= SHORT) return Buffer.from([FIN | opcode, length]);
  const long = length > MEDIUM;
  const bytes = Buffer.alloc(long ? 10 : 4);
  bytes.writeUInt16BE(((FIN | opcode) << 8) | (long ? 127 : 126));
  if (long) bytes.writeBigUInt64BE(BigInt(length), 2);
  else bytes.writeUInt16BE(length, 2);
  return bytes;
}
