/** The RTMP handshake without digests, both halves. RTMP 1.0 §5.2. */
import { ProtocolViolation, UnsupportedError } from "../errors.ts";

const VERSION = 3;
const ENCRYPTED_VERSION = 6;
const TLS_HANDSHAKE = 0x16;
const PACKET_BYTES = 1_536;
const FIRST_BYTES = 1 + PACKET_BYTES;

/** Collects a fixed number of bytes out of cuts of any size. */
class Collector {
  readonly #bytes: Uint8Array;
  #length = 0;

  constructor(wanted: number) {
    this.#bytes = new Uint8Array(wanted);
  }

  /** How many bytes of `input` were used. */
  take(input: Uint8Array): number {
    const count = Math.min(input.byteLength, this.#bytes.byteLength - this.#length);
    this.#bytes.set(input.subarray(0, count), this.#length);
    this.#length += count;
    return count;
  }

  /** All bytes, once they are there. */
  complete(): Uint8Array | undefined {
    return this.#length === this.#bytes.byteLength ? this.#bytes : undefined;
  }

  first(): number | undefined {
    return this.#length > 0 ? this.#bytes[0] : undefined;
  }
}

/** `rest` is what follows the handshake; undefined while it goes on. `output` is to be sent, perhaps empty. */
export type HandshakeStep = Readonly<{ output: Uint8Array; rest: Uint8Array | undefined }>;

const NOTHING = new Uint8Array(0);

/** The server's half: waits for C0 and C1, answers S0, S1, S2, waits for C2. */
export class ServerHandshake {
  readonly #first = new Collector(FIRST_BYTES);
  readonly #second = new Collector(PACKET_BYTES);

  /** @throws {UnsupportedError} not plain RTMP: the message tells what it looks like */
  push(input: Uint8Array): HandshakeStep {
    let at = 0;
    let output: Uint8Array = NOTHING;
    if (this.#first.complete() === undefined) {
      at = this.#first.take(input);
      const version = this.#first.first();
      if (version !== undefined) checkVersion(version);
      const packets = this.#first.complete();
      if (packets === undefined) return { output, rest: undefined };
      output = answer(packets);
    }
    at += this.#second.take(input.subarray(at));
    // The content of C2 is not compared: encoders exist that do not echo S1.
    return { output, rest: this.#second.complete() === undefined ? undefined : input.subarray(at) };
  }
}

/** The client's half: sends C0 and C1 at the start, then C2 in answer to S1, and waits for S2. */
export class ClientHandshake {
  readonly #first = new Collector(FIRST_BYTES);
  readonly #second = new Collector(PACKET_BYTES);

  /** C0 and C1. */
  start(): Uint8Array {
    return firstPackets();
  }

  /** @throws {ProtocolViolation} the server speaks another version */
  push(input: Uint8Array): HandshakeStep {
    let at = 0;
    let output: Uint8Array = NOTHING;
    if (this.#first.complete() === undefined) {
      at = this.#first.take(input);
      const version = this.#first.first();
      if (version !== undefined && version !== VERSION) {
        throw new ProtocolViolation(`server answers with version ${version}, ${VERSION} was expected`);
      }
      const packets = this.#first.complete();
      if (packets === undefined) return { output, rest: undefined };
      output = packets.slice(1);
    }
    at += this.#second.take(input.subarray(at));
    return { output, rest: this.#second.complete() === undefined ? undefined : input.subarray(at) };
  }
}

function checkVersion(version: number): void {
  if (version === VERSION) return;
  if (version === TLS_HANDSHAKE) throw new UnsupportedError("TLS on the plain RTMP port: use rtmps:// and its port");
  if (version === ENCRYPTED_VERSION) throw new UnsupportedError("RTMPE is not accepted: use rtmp:// or rtmps://");
  throw new UnsupportedError(`not RTMP: the first byte is ${version}, version ${VERSION} was expected`);
}

/** Version, then time 0, four zero bytes (which say "no digests" to clients that know them) and filler, which needs to be no secret. */
function firstPackets(): Uint8Array {
  const packet = new Uint8Array(FIRST_BYTES);
  packet[0] = VERSION;
  let state = 0x2545f491;
  for (let i = 9; i < FIRST_BYTES; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    packet[i] = state >>> 24;
  }
  return packet;
}

/** S0, S1 and S2, the echo of C1. */
function answer(first: Uint8Array): Uint8Array {
  const output = new Uint8Array(FIRST_BYTES + PACKET_BYTES);
  output.set(firstPackets());
  output.set(first.subarray(1), FIRST_BYTES);
  return output;
}
