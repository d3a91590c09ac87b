/** Remembers when packets of a connection arrived, and tells their sender. draft-holmer-rmcat-transport-wide-cc-extensions-01 §3. */
import { SequenceUnwrapper } from "./sequence.ts";
import { NOT_RECEIVED, serializeTransportFeedback, TICKS_PER_MS, TICKS_PER_REFERENCE } from "./transport-feedback.ts";

/** Packets remembered, a power of two. At 4,000 a second half a second. */
const CAPACITY = 2_048;
const MASK = CAPACITY - 1;
/** At two bytes each a feedback stays below 1,000 bytes. */
const MAX_STATUSES = 400;
/** What the difference of two arrivals can say, less than 2^15. */
const MAX_APART_TICKS = 0x7f00;
/** Packets that may be missing in front of one that arrived; beyond, the sender began anew. */
const MAX_GAP = CAPACITY;

/** The receiver's half of transport-wide congestion control, for one connection. */
export class TransportArrivals {
  readonly #ticks = new Float64Array(CAPACITY).fill(NOT_RECEIVED);
  readonly #unwrapper = new SequenceUnwrapper();
  #newest = -1;
  /** The first packet that the next feedback speaks of. */
  #from = 0;
  #empty = true;
  /** Of the packet that would follow on one that cannot be of this numbering. */
  #expectedAnew = -1;
  #feedbackCount = 0;

  /** @param sequence transport-wide, 16 bits @param nowMs on any steady clock */
  received(sequence: number, nowMs: number): void {
    let number = this.#unwrapper.unwrap(sequence);
    if (this.#empty || number - this.#newest > MAX_GAP) this.#begin(number);
    if (number <= this.#newest - CAPACITY || this.#hasArrived(number)) {
      // One alone is late beyond measure, or came twice. Two in a row are a sender that began anew, with lower numbers.
      const isSecond = sequence === this.#expectedAnew;
      this.#expectedAnew = (sequence + 1) & 0xffff;
      if (!isSecond) return;
      this.#unwrapper.reset();
      number = this.#unwrapper.unwrap(sequence);
      this.#begin(number);
    }
    while (this.#newest < number) this.#ticks[++this.#newest & MASK] = NOT_RECEIVED;
    this.#ticks[number & MASK] = Math.floor(nowMs * TICKS_PER_MS);
    // A late one is told again with all that came after it: the sender took it for lost.
    this.#from = Math.max(Math.min(this.#from, number), this.#newest - CAPACITY + 1);
  }

  /** Feedback on all packets since the last call, as RTCP packets; none when nothing came. */
  takeFeedback(senderSsrc: number, mediaSsrc: number): Uint8Array[] {
    const packets: Uint8Array[] = [];
    while (!this.#empty && this.#from <= this.#newest) {
      const first = this.#firstReceived();
      const referenceTime = Math.floor((this.#ticks[first & MASK] ?? 0) / TICKS_PER_REFERENCE);
      const arrivals = this.#arrivalsFrom(referenceTime * TICKS_PER_REFERENCE);
      const baseSequence = this.#from & 0xffff;
      const feedbackCount = this.#feedbackCount;
      packets.push(
        serializeTransportFeedback({ senderSsrc, mediaSsrc, feedbackCount, baseSequence, referenceTime, arrivals }),
      );
      this.#feedbackCount = (feedbackCount + 1) & 0xff;
      this.#from += arrivals.length;
    }
    return packets;
  }

  #hasArrived(number: number): boolean {
    return number <= this.#newest && this.#ticks[number & MASK] !== NOT_RECEIVED;
  }

  #begin(number: number): void {
    this.#ticks.fill(NOT_RECEIVED);
    this.#newest = number - 1;
    this.#from = number;
    this.#empty = false;
    this.#expectedAnew = -1;
  }

  /** The newest packet did arrive, so there is one. */
  #firstReceived(): number {
    let number = this.#from;
    while (number < this.#newest && this.#ticks[number & MASK] === NOT_RECEIVED) number += 1;
    return number;
  }

  /** As many as one feedback can say: it ends where two arrivals are too far apart. */
  #arrivalsFrom(reference: number): Int32Array {
    const arrivals = new Int32Array(Math.min(MAX_STATUSES, this.#newest - this.#from + 1));
    let before = 0;
    for (let i = 0; i < arrivals.length; i++) {
      const ticks = this.#ticks[(this.#from + i) & MASK] ?? NOT_RECEIVED;
      const arrival = ticks === NOT_RECEIVED ? NOT_RECEIVED : ticks - reference;
      if (ticks !== NOT_RECEIVED && Math.abs(arrival - before) > MAX_APART_TICKS) return arrivals.slice(0, i);
      arrivals[i] = arrival;
      if (ticks !== NOT_RECEIVED) before = arrival;
    }
    return arrivals;
  }
}
