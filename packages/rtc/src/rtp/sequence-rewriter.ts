/** One continuous numbering for packets that come from changing sources and of which some are not sent. */
import { sequenceDelta } from "./sequence.ts";

/** Packets that may come late and still find their number. At 300 packets a second about 1.7 s. */
const DEFAULT_HISTORY = 512;
/** A step beyond this, either way, is a sender that began anew. RFC 3550 A.1 has it forward only; retransmissions may be old. */
const MAX_DROPOUT = 3_000;
const NONE = -1;
/** Beside the outgoing number: a packet with it was already there. */
const TAKEN = 0x1_0000;

/**
 * Maps incoming sequence numbers to outgoing ones. A lost packet leaves a hole (the receiver asks for it), a dropped packet leaves none.
 * Numbers are 16 bits; −1 means that there is none.
 */
export class SequenceRewriter {
  readonly #outgoing: Int32Array;
  readonly #mask: number;
  #newest = 0;
  #last: number;
  #started = false;
  #expectedAnew = NONE;

  /**
   * @param first the first outgoing number, 0 to 65535; below 2^15, so that SRTP starts well (RFC 3711 §3.3.1)
   * @param history packets that may come late, a power of two up to 2048
   */
  constructor(first: number, history = DEFAULT_HISTORY) {
    this.#last = (first - 1) & 0xffff;
    this.#mask = history - 1;
    this.#outgoing = new Int32Array(history).fill(NONE);
  }

  /** The highest outgoing number given so far. */
  get last(): number {
    return this.#last;
  }

  /** From now on numbers come from another source, whose first packet is `sequence`. Outgoing numbers go on without a hole. */
  start(sequence: number): void {
    this.#outgoing.fill(NONE);
    this.#newest = (sequence - 1) & 0xffff;
    this.#started = true;
    this.#expectedAnew = NONE;
  }

  /** The outgoing number of a packet to send; −1 when it was there before, was dropped, or is older than the source's first or than is remembered. */
  map(sequence: number): number {
    if (!this.#started) this.start(sequence);
    const ahead = sequenceDelta(sequence, this.#newest);
    if (Math.abs(ahead) > MAX_DROPOUT) return this.#beginAnew(sequence) ? this.#take(sequence) : NONE;
    if (ahead > 0) this.#advance(ahead);
    return ahead < -this.#mask ? NONE : this.#take(sequence);
  }

  /**
   * A packet that is not sent. The numbers after it close up, so that nobody misses it.
   * @returns a number that was already kept free for it and must now be filled (with padding), else −1
   */
  drop(sequence: number): number {
    if (!this.#started) this.start(sequence);
    const ahead = sequenceDelta(sequence, this.#newest);
    if (ahead > MAX_DROPOUT || ahead < -this.#mask) return NONE;
    if (ahead <= 0) return this.#take(sequence);
    this.#advance(ahead - 1);
    this.#newest = sequence;
    this.#outgoing[sequence & this.#mask] = NONE;
    return NONE;
  }

  /** A number for a packet of our own, after all that were given. */
  insert(): number {
    this.#last = (this.#last + 1) & 0xffff;
    return this.#last;
  }

  /** Two packets in a row, far from the rest, are a sender that began anew; one alone is a stray. RFC 3550 A.1. */
  #beginAnew(sequence: number): boolean {
    const isSecond = sequence === this.#expectedAnew;
    this.#expectedAnew = (sequence + 1) & 0xffff;
    if (!isSecond) return false;
    this.start(sequence);
    // One hole: what comes does not follow on what was.
    this.#last = (this.#last + 1) & 0xffff;
    this.#advance(1);
    return true;
  }

  #advance(ahead: number): void {
    for (let i = Math.max(1, ahead - this.#mask); i <= ahead; i++) {
      this.#outgoing[(this.#newest + i) & this.#mask] = (this.#last + i) & 0xffff;
    }
    this.#newest = (this.#newest + ahead) & 0xffff;
    this.#last = (this.#last + ahead) & 0xffff;
  }

  #take(sequence: number): number {
    const at = sequence & this.#mask;
    const outgoing = this.#outgoing[at] ?? NONE;
    if (outgoing < 0 || outgoing >= TAKEN) return NONE;
    this.#outgoing[at] = outgoing | TAKEN;
    return outgoing;
  }
}
