/** What an attacker does on the network: a UDP relay that spoils what goes through it, and datagrams that nobody should send. For tests. */
import { createHmac } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** From 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;

/** What goes on in place of a datagram, in this order. `sent`: what went that way before, of all senders. */
export type Spoil = (datagram: Uint8Array, sent: readonly Uint8Array[]) => readonly Uint8Array[];

/** mulberry32: the same numbers for the same seed. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const KEPT = 500;
const LARGEST_BYTES = 9_000;

/** Sends what comes from each peer on to `target` from a port of its own, spoiled, and what comes back as it is. */
export class HostileRelay {
  /** Peers send here. */
  readonly port: number;
  /** What is done with datagrams to the target; may be changed at any time. */
  spoil: Spoil = (datagram) => [datagram];
  /** Datagrams to the target. */
  sent = 0;
  readonly seen: Uint8Array[] = [];
  readonly #target: number;
  readonly #front: Socket;
  readonly #ways = new Map<number, Socket>();

  private constructor(front: Socket, target: number) {
    this.#front = front;
    this.port = front.address().port;
    this.#target = target;
    front.on("message", (datagram, { port }) => this.#toTarget(datagram, port));
  }

  static async open(target: number): Promise<HostileRelay> {
    return new HostileRelay(await openUdp(), target);
  }

  /** From the port of one of the peers, to the target. @returns whether a peer has come: else nothing is sent */
  inject(datagrams: readonly Uint8Array[]): boolean {
    const [way] = [...this.#ways.values()].slice(-1);
    if (way === undefined) return false;
    for (const datagram of datagrams) this.#send(way, datagram);
    return true;
  }

  close(): void {
    this.#front.close();
    for (const way of this.#ways.values()) way.close();
  }

  #toTarget(datagram: Uint8Array, port: number): void {
    let way = this.#ways.get(port);
    if (way === undefined) {
      way = createSocket("udp4");
      way.on("message", (answer) => this.#front.send(answer, port, "127.0.0.1"));
      this.#ways.set(port, way);
    }
    for (const spoiled of this.spoil(datagram, this.seen)) this.#send(way, spoiled);
    if (this.seen.length < KEPT) this.seen.push(datagram);
    else this.seen[this.sent % KEPT] = datagram;
  }

  #send(way: Socket, datagram: Uint8Array): void {
    this.sent += 1;
    way.send(datagram, this.#target, "127.0.0.1");
  }
}

/** A socket on a free port of the loopback. */
export async function openUdp(): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

/** Spoils a datagram in one of all the ways there are. */
export function spoiler(random: Random): Spoil {
  const below = (count: number): number => Math.floor(random() * count);
  const ways: readonly Spoil[] = [
    (datagram) => [flipped(datagram, below)],
    (datagram) => [datagram.subarray(0, below(datagram.length + 1))],
    (datagram) => [datagram, datagram],
    (datagram, sent) => [sent[below(sent.length)] ?? datagram, datagram],
    (datagram) => [Buffer.concat([datagram, noise(random, below(LARGEST_BYTES))])],
    () => [new Uint8Array()],
    (datagram) => [startingLike(datagram, random)],
    (datagram, sent) => sent.slice(-3).toReversed().concat(datagram),
  ];
  return (datagram, sent) => ways[below(ways.length)]?.(datagram, sent) ?? [];
}

/** What a datagram claims to be by its first byte. RFC 7983 §7. */
export function kindOf([first = 255]: Uint8Array): "stun" | "dtls" | "media" | "none" {
  if (first <= 3) return "stun";
  if (first >= 20 && first <= 63) return "dtls";
  return first >= 128 && first <= 191 ? "media" : "none";
}

/** Random bytes behind a first byte as the library sorts them by (RFC 7983 §7): STUN, TURN channels, DTLS, RTP, RTCP. */
export function pretending(random: Random): Uint8Array {
  const first = [0, 1, 64, 20, 21, 22, 23, 25, 128, 144, 191][Math.floor(random() * 11)] ?? 0;
  const bytes = noise(random, 1 + Math.floor(random() * 1_500));
  bytes[0] = first;
  // Half of the STUN ones have its cookie and their own length.
  if (first < 2 && bytes.length >= 20 && random() < 0.5) {
    bytes.set([0, 1, (bytes.length - 20) >> 8, (bytes.length - 20) & 0xfc, 0x21, 0x12, 0xa4, 0x42]);
    return bytes.subarray(0, 20 + ((bytes.length - 20) & ~3));
  }
  return bytes;
}

/** Random bytes under a header that is looked at (RFC 3550 §5.1, §6.4): RTCP of its own length, else RTP of `ssrc`, if there is one. */
export function mediaLike(random: Random, kind: "rtp" | "rtcp", ssrc?: number): Uint8Array {
  const bytes = noise(random, 12 + Math.floor(random() * 270) * 4);
  const [first = 0, second = 0] = bytes;
  const words = bytes.length / 4 - 1;
  if (kind === "rtcp") bytes.set([0x80 | (first & 31), 200 + (second & 7), words >> 8, words & 0xff]);
  else bytes.set([0x80 | (first < 128 ? first & 63 : 0), second < 128 ? 96 + (second & 3) : second]);
  if (kind === "rtp" && ssrc !== undefined) new DataView(bytes.buffer).setUint32(8, ssrc);
  return bytes;
}

export type StunFaults = Readonly<{
  /** Attributes that follow the user name, as they are. */
  attributes?: Uint8Array;
  /** The key of the message's integrity; left out without one. */
  password?: string;
}>;

const USERNAME = 0x0006;
const INTEGRITY = 0x0008;

/** A binding request (RFC 8489 §5) without a fingerprint. @param username left out when undefined */
export function bindingRequest(username: string | undefined, { attributes, password }: StunFaults = {}): Uint8Array {
  const named = username === undefined ? [] : [stunAttribute(USERNAME, Buffer.from(username))];
  const body = Buffer.concat([...named, ...(attributes === undefined ? [] : [attributes])]);
  const head = Buffer.alloc(20);
  head.writeUInt16BE(1, 0);
  head.writeUInt32BE(0x2112a442, 4);
  for (let at = 8; at < 20; at++) head[at] = Math.floor(Math.random() * 256);
  head.writeUInt16BE(body.length + (password === undefined ? 0 : 24), 2);
  if (password === undefined) return Buffer.concat([head, body]);
  const digest = createHmac("sha1", password).update(head).update(body).digest();
  return Buffer.concat([head, body, stunAttribute(INTEGRITY, digest)]);
}

/** @param length what it says of its own length, when that is a lie */
export function stunAttribute(type: number, value: Uint8Array, length = value.length): Uint8Array {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(length, 2);
  bytes.set(value, 4);
  return bytes;
}

export function noise(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random() * 256);
}

function flipped(datagram: Uint8Array, below: (count: number) => number): Uint8Array {
  const bytes = Uint8Array.from(datagram);
  for (let count = 1 + below(8); count > 0 && bytes.length > 0; count--) {
    const at = below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
  }
  return bytes;
}

function startingLike(datagram: Uint8Array, random: Random): Uint8Array {
  const bytes = noise(random, Math.max(1, datagram.length));
  bytes.set(datagram.subarray(0, 13));
  return bytes;
}
