/** The pictures of one viewer on their way out: paced, numbered, kept for a while to be sent again. */
import type { TrackSender } from "@rostrum/rtc/rtp/track-sender";
import type { Frame } from "./frames.ts";
import { type LiveEdge, LiveStamps } from "./live-stamps.ts";
import { Pacer } from "./pacer.ts";

export type OutletOptions = Readonly<{
  sender: TrackSender;
  /** One packet to the viewer; what is not taken is lost, as on the network. */
  send: (packet: Uint8Array) => void;
  nowMs: number;
}>;

/** What waits to be sent; beyond it the viewer goes on with the next key frame. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** With so much waiting a key frame is not queued behind it: what waits is left out. */
const SKIP_WAITING_TICKS = 90_000;
const MAX_PER_NACK = 100;
/** Packets that are sent again in a second at most. */
const MAX_RESENT_PER_SEC = 600;

export class VideoOutlet {
  readonly #sender: TrackSender;
  readonly #send: (packet: Uint8Array) => void;
  readonly #pacer: Pacer;
  readonly #stamps = new LiveStamps();
  #frames: Frame[] = [];
  #waitingBytes = 0;
  /** Packets of the frame that is being sent, and how many of them are out. */
  #packets: readonly Uint8Array[] = [];
  #next = 0;
  #needsKeyframe = true;
  #resent = 0;

  constructor({ sender, send, nowMs }: OutletOptions) {
    this.#sender = sender;
    this.#send = send;
    this.#pacer = new Pacer(nowMs);
  }

  get isIdle(): boolean {
    return this.#frames.length === 0 && this.#next >= this.#packets.length;
  }

  /** A decoder can go on with what is queued or was sent. */
  get hasBegun(): boolean {
    return !this.#needsKeyframe;
  }

  /** Queues frames that begin with a key frame, in the place of what waits. Nothing to begin with: the next key frame will do. */
  begin(frames: readonly Frame[]): void {
    this.#frames = [...frames];
    this.#waitingBytes = frames.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#needsKeyframe = frames.length === 0;
  }

  /** Queues a frame. Returns how many were left out for it. */
  push(frame: Frame): number {
    const skipped = this.#makeRoom(frame);
    if (this.#needsKeyframe && !frame.keyframe) return skipped + 1;
    this.#needsKeyframe = false;
    this.#frames.push(frame);
    this.#waitingBytes += frame.bytes;
    return skipped;
  }

  /** Sends what may be sent by now. */
  pump(live: LiveEdge, nowMs: number): void {
    while (!this.isIdle && this.#pacer.maySend(nowMs)) {
      const packet = this.#packets[this.#next] ?? this.#begunFrame(live, nowMs);
      if (packet === undefined) continue;
      this.#next += 1;
      this.#pacer.sent(packet.length);
      this.#send(packet);
    }
  }

  /** Answers a NACK. Returns how many packets were sent again. */
  resend(sequences: readonly number[], nowMs: number): number {
    const most = Math.min(MAX_PER_NACK, MAX_RESENT_PER_SEC - this.#resent);
    const packets = most > 0 ? this.#sender.resend(sequences, most, nowMs) : [];
    for (const packet of packets) {
      this.#pacer.sent(packet.length);
      this.#send(packet);
    }
    this.#resent += packets.length;
    return packets.length;
  }

  /** Call every second. */
  tick(mediaBps: number, estimateBps: number | undefined): void {
    this.#resent = 0;
    this.#pacer.setRates(mediaBps, estimateBps);
  }

  report(ntp: Parameters<TrackSender["report"]>[0], ticks: number): Uint8Array {
    return this.#sender.report(ntp, ticks);
  }

  /** The first packet of the next frame. A frame that was begun is always finished: a piece of one is of no use. */
  #begunFrame(live: LiveEdge, nowMs: number): Uint8Array | undefined {
    const frame = this.#frames.shift();
    this.#next = 0;
    this.#packets = [];
    if (frame === undefined) return undefined;
    this.#waitingBytes -= frame.bytes;
    this.#packets = this.#sender.send(frame.payloads, this.#stamps.stamp(frame, live, nowMs), true, nowMs);
    return this.#packets[0];
  }

  #makeRoom(frame: Frame): number {
    const oldest = this.#frames[0];
    const isFull = this.#waitingBytes + frame.bytes > MAX_WAITING_BYTES;
    const isLate = oldest !== undefined && frame.keyframe && frame.ticks - oldest.ticks > SKIP_WAITING_TICKS;
    if (!isFull && !isLate) return 0;
    const skipped = this.#frames.length;
    this.#frames = [];
    this.#waitingBytes = 0;
    this.#needsKeyframe = true;
    return skipped;
  }
}
