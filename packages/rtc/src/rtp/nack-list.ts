/** Which packets are missing, whom to ask for when, and when to give up. RFC 4585 §6.2.1; RFC 4588 for the answers. */
import { sequenceDelta } from "./sequence.ts";

/** What is worth asking for. */
export type NackLimits = Readonly<{
  /** More missing packets than this: all are given up at once. */
  maxMissing: number;
  /** A packet missing for longer is given up. */
  maxAgeMs: number;
  /** Times that one packet is asked for. */
  maxAttempts: number;
  /** A packet may come this much later than its successor without being asked for. */
  reorderMs: number;
  /** At least this much between two requests for one packet, however short the round trip. */
  minIntervalMs: number;
}>;

/** A picture is worth a second. */
export const VIDEO_NACK_LIMITS: NackLimits = {
  maxMissing: 500,
  maxAgeMs: 1_000,
  maxAttempts: 10,
  reorderMs: 10,
  minIntervalMs: 20,
};

/** Sound that comes later than the listener's jitter buffer is of no use. */
export const AUDIO_NACK_LIMITS: NackLimits = {
  maxMissing: 50,
  maxAgeMs: 300,
  maxAttempts: 4,
  reorderMs: 10,
  minIntervalMs: 20,
};

/** Until the first answer came. */
const FIRST_ANSWER_MS = 50;
/** One request names at most this many packets: what fits one datagram in the worst case is more. */
const MAX_PER_REQUEST = 250;

type Missing = { sinceMs: number; askedAtMs: number; attempts: number };

/** The list of one ssrc. Numbers are 16 bits. */
export class NackList {
  readonly #limits: NackLimits;
  readonly #missing = new Map<number, Missing>();
  #newest = -1;
  #abandoned = 0;
  #answerMs = FIRST_ANSWER_MS;
  #isMeasured = false;

  constructor(limits: NackLimits) {
    this.#limits = limits;
  }

  /** How many packets are missing now. */
  get missing(): number {
    return this.#missing.size;
  }

  /** How long an answer to a request takes, smoothed: the round trip, for who only receives. */
  get answerMs(): number {
    return this.#answerMs;
  }

  /** Whether `answerMs` was measured, not guessed. */
  get isMeasured(): boolean {
    return this.#isMeasured;
  }

  /** A packet came, by itself or as retransmission. False: nobody waits for it any more, or it was there before. */
  received(sequence: number, nowMs: number): boolean {
    if (this.#newest < 0) {
      this.#newest = sequence;
      return true;
    }
    const ahead = sequenceDelta(sequence, this.#newest);
    if (ahead <= 0) return this.#found(sequence, nowMs);
    if (ahead > 1) this.#miss(ahead - 1, nowMs);
    this.#newest = sequence;
    return true;
  }

  /** Numbers to ask for now, ascending, at most 250; each counts as asked. */
  takeDue(nowMs: number, roundTripMs: number): number[] {
    const due: number[] = [];
    const interval = Math.max(this.#limits.minIntervalMs, roundTripMs);
    for (const [sequence, missing] of this.#missing) {
      if (this.#isHopeless(missing, nowMs, interval)) {
        this.#missing.delete(sequence);
        this.#abandoned += 1;
      } else if (due.length < MAX_PER_REQUEST && this.#isDue(missing, nowMs, interval)) {
        missing.askedAtMs = nowMs;
        missing.attempts += 1;
        due.push(sequence);
      }
    }
    return due;
  }

  /** Packets given up since the last call: what they carried is lost, a video needs a key frame. */
  takeAbandoned(): number {
    const abandoned = this.#abandoned;
    this.#abandoned = 0;
    return abandoned;
  }

  /** Nothing before `sequence` is wanted any more: a key frame begins there. It is no loss. */
  forgetBefore(sequence: number): void {
    for (const missing of this.#missing.keys()) {
      if (sequenceDelta(missing, sequence) < 0) this.#missing.delete(missing);
    }
  }

  /** The source began anew, or is not listened to any more. */
  reset(): void {
    this.#missing.clear();
    this.#newest = -1;
    this.#abandoned = 0;
  }

  #found(sequence: number, nowMs: number): boolean {
    const missing = this.#missing.get(sequence);
    // After a second request nobody knows which one was answered.
    if (missing?.attempts === 1) {
      this.#answerMs += (nowMs - missing.askedAtMs - this.#answerMs) / 8;
      this.#isMeasured = true;
    }
    return this.#missing.delete(sequence);
  }

  #miss(count: number, nowMs: number): void {
    if (this.#missing.size + count > this.#limits.maxMissing) {
      this.#abandoned += this.#missing.size + count;
      this.#missing.clear();
      return;
    }
    for (let i = 1; i <= count; i++) {
      this.#missing.set((this.#newest + i) & 0xffff, { sinceMs: nowMs, askedAtMs: 0, attempts: 0 });
    }
  }

  /** The last request gets its time for an answer too. */
  #isHopeless({ sinceMs, attempts, askedAtMs }: Missing, nowMs: number, intervalMs: number): boolean {
    const { maxAgeMs, maxAttempts } = this.#limits;
    return nowMs - sinceMs > maxAgeMs || (attempts >= maxAttempts && nowMs - askedAtMs > intervalMs);
  }

  #isDue({ sinceMs, askedAtMs, attempts }: Missing, nowMs: number, intervalMs: number): boolean {
    if (attempts === 0) return nowMs - sinceMs >= this.#limits.reorderMs;
    return attempts < this.#limits.maxAttempts && nowMs - askedAtMs >= intervalMs;
  }
}
