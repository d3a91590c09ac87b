/** Puts packets back in order and frames together; waits for what is missing, and goes on without it when it does not come. */
import type { KeyframeMark } from "./keyframe.ts";
import type { RtpView } from "./packet.ts";
import { SequenceUnwrapper, TimestampUnwrapper } from "./sequence.ts";

/** Packets between the oldest that is waited for and the newest, a power of two. A key frame of 1.2 MB has 1,000. */
const CAPACITY = 2_048;
const MASK = CAPACITY - 1;
/** Before anything came out: how much older than the newest a packet may be. */
const MAX_EARLY = 256;

/** - `frame`: all packets with one timestamp. - `hole`: so many packets are lost; of a video nothing follows until a key frame. */
export type FrameEvent =
  | Readonly<{
      type: "frame";
      /** The RTP timestamp without wrapping; the first one is as it was sent. */
      ticks: number;
      /** In order, views of the received packets; none is empty. */
      payloads: readonly Uint8Array[];
      /** What the best of its packets said (keyframe.ts). Audio: `start`. */
      mark: KeyframeMark;
      /** When its last packet came, on the clock of `push`. */
      completeAtMs: number;
    }>
  | Readonly<{ type: "hole"; packets: number }>;

export type FrameBufferOptions = Readonly<{
  /** `audio`: each packet is a frame and none needs another one. `video`: a frame ends with the marker or a new timestamp. */
  kind: "audio" | "video";
  /** Video: a `slice` mark is enough to begin, because parameter sets came out of band. */
  sliceIsEnough?: boolean;
}>;

type Slot = Readonly<{
  sequence: number;
  timestamp: number;
  marker: boolean;
  mark: KeyframeMark;
  atMs: number;
  payload: Uint8Array;
}>;

/** The buffer of one source, at most 2048 packets. It keeps received packets, not copies: their memory must not be used again. */
export class FrameBuffer {
  readonly #options: FrameBufferOptions;
  readonly #slots = new Array<Slot | undefined>(CAPACITY).fill(undefined);
  readonly #sequences = new SequenceUnwrapper();
  readonly #ticks = new TimestampUnwrapper();
  /** The first packet of the next frame. */
  #next: number | undefined;
  #newest = -Infinity;
  #hasBegun = false;
  #isWaiting: boolean;
  /** While waiting: where the first key frame begins that came meanwhile. */
  #keyframeAt: number | undefined;
  #lost = 0;

  constructor(options: FrameBufferOptions) {
    this.#options = options;
    this.#isWaiting = options.kind === "video";
  }

  /** Whether nothing can be shown until a key frame comes: ask for one. */
  get needsKeyframe(): boolean {
    return this.#isWaiting && this.#keyframeAt === undefined;
  }

  /** Takes a packet, retransmitted ones too (unwrapped). Strays must be left out before (ReceiveStats). @param mark of the packet; audio: anything */
  push(view: RtpView, mark: KeyframeMark, nowMs: number): void {
    const sequence = this.#sequences.unwrap(view.sequence);
    this.#next ??= sequence;
    if (sequence < this.#next && !this.#mayBegin(sequence)) return;
    if (sequence - this.#next >= CAPACITY) this.#skipTo(sequence - CAPACITY + 1);
    this.#newest = Math.max(this.#newest, sequence);
    const { timestamp, marker } = view;
    this.#slots[sequence & MASK] = { sequence, timestamp, marker, mark, atMs: nowMs, payload: view.payload() };
    if (this.#isWaiting && this.#isEnough(mark)) this.#keyframeAt = Math.min(this.#keyframeAt ?? sequence, sequence);
  }

  /**
   * The next frame or hole; undefined when there is none yet. Call until then after each packet, and when `holdMs` may have passed.
   * @param holdMs how long to wait for a missing packet after one behind it came: some round trips
   */
  pop(nowMs: number, holdMs: number): FrameEvent | undefined {
    if (this.#lost > 0) return this.#takeHole();
    if (this.#isWaiting && !this.#goToKeyframe()) return undefined;
    this.#skipPadding();
    const end = this.#frameEnd();
    if (end !== undefined) return this.#takeFrame(end);
    if (this.#giveUp(nowMs, holdMs)) return this.#takeHole();
    return undefined;
  }

  /** The source began anew: everything is forgotten, a video waits for a key frame. `ticks` begins anew too. */
  reset(): void {
    this.#slots.fill(undefined);
    this.#sequences.reset();
    this.#ticks.reset();
    this.#next = undefined;
    this.#newest = -Infinity;
    this.#hasBegun = false;
    this.#lost = 0;
    this.#wait();
  }

  /** The first packet to come may not be the first one sent. */
  #mayBegin(sequence: number): boolean {
    if (this.#hasBegun || this.#newest - sequence >= MAX_EARLY) return false;
    this.#next = sequence;
    return true;
  }

  #takeHole(): FrameEvent {
    const packets = this.#lost;
    this.#lost = 0;
    return { type: "hole", packets };
  }

  #goToKeyframe(): boolean {
    if (this.#keyframeAt === undefined) return false;
    const at = this.#keyframeAt;
    for (let sequence = this.#next ?? at; sequence < at; sequence++) this.#slots[sequence & MASK] = undefined;
    this.#next = at;
    this.#hasBegun = true;
    this.#isWaiting = false;
    this.#keyframeAt = undefined;
    return true;
  }

  #skipPadding(): void {
    let sequence = this.#next ?? 0;
    for (let slot = this.#at(sequence); slot?.payload.length === 0; slot = this.#at(sequence)) {
      this.#slots[sequence & MASK] = undefined;
      sequence += 1;
      this.#next = sequence;
    }
  }

  /** The last packet of the frame that begins at `#next`; undefined when a packet is missing. */
  #frameEnd(): number | undefined {
    const first = this.#at(this.#next ?? 0);
    if (first === undefined || this.#options.kind === "audio") return first?.sequence;
    for (let sequence = first.sequence; ; sequence++) {
      const slot = this.#at(sequence);
      if (slot === undefined) return undefined;
      if (slot.payload.length === 0) continue;
      if (slot.timestamp !== first.timestamp) return sequence - 1;
      if (slot.marker) return sequence;
    }
  }

  #takeFrame(end: number): FrameEvent {
    const payloads: Uint8Array[] = [];
    const start = this.#next ?? end;
    const ticks = this.#ticks.unwrap(this.#at(start)?.timestamp ?? 0);
    let mark: KeyframeMark = this.#options.kind === "audio" ? "start" : "none";
    let completeAtMs = 0;
    for (let sequence = start; sequence <= end; sequence++) {
      const slot = this.#at(sequence);
      this.#slots[sequence & MASK] = undefined;
      if (slot === undefined) continue;
      if (slot.payload.length > 0) payloads.push(slot.payload);
      if (mark !== "start" && slot.mark !== "none") mark = slot.mark;
      completeAtMs = Math.max(completeAtMs, slot.atMs);
    }
    this.#next = end + 1;
    this.#hasBegun = true;
    return { type: "frame", ticks, payloads, mark, completeAtMs };
  }

  /** Whether the first hole was waited for long enough; then what comes after it is next. */
  #giveUp(nowMs: number, holdMs: number): boolean {
    let sequence = this.#next ?? 0;
    while (sequence <= this.#newest && this.#at(sequence) !== undefined) sequence += 1;
    while (sequence <= this.#newest && this.#at(sequence) === undefined) sequence += 1;
    const behind = this.#at(sequence);
    if (this.#next === undefined || behind === undefined || nowMs - behind.atMs < holdMs) return false;
    this.#skipTo(sequence);
    return true;
  }

  /** Leaves everything before `target` behind; what of it did not come is lost. */
  #skipTo(target: number): void {
    const from = this.#next ?? target;
    for (let sequence = Math.max(from, target - CAPACITY); sequence < target; sequence++) {
      if (this.#at(sequence) === undefined) this.#lost += 1;
      else this.#slots[sequence & MASK] = undefined;
    }
    this.#lost += Math.max(0, target - CAPACITY - from);
    this.#next = target;
    this.#hasBegun = true;
    this.#wait();
  }

  /** From here on a video waits for a key frame, which may be in the buffer already. */
  #wait(): void {
    if (this.#options.kind === "audio") return;
    // Nothing to look for: `push` notes what comes while waiting.
    if (this.#isWaiting && this.#keyframeAt === undefined) return;
    this.#isWaiting = true;
    this.#keyframeAt = undefined;
    for (let sequence = this.#next ?? 0; sequence <= this.#newest && this.#keyframeAt === undefined; sequence++) {
      const slot = this.#at(sequence);
      if (slot !== undefined && this.#isEnough(slot.mark)) this.#keyframeAt = sequence;
    }
  }

  #isEnough(mark: KeyframeMark): boolean {
    return mark === "start" || (mark === "slice" && this.#options.sliceIsEnough === true);
  }

  #at(sequence: number): Slot | undefined {
    const slot = this.#slots[sequence & MASK];
    return slot?.sequence === sequence ? slot : undefined;
  }
}
