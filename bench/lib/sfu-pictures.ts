/** What the publishers of `sfu` and `sfu-core` send: pictures in packets of up to 1,100 bytes, at once or some ms apart. */
import type { PacketTemplate } from "@rostrum/rtc/rtp/packet-template";
import { framePayloads } from "@rostrum/rtc/sfu/media/testing/frames";

const FRAME_MS = 1_000 / 30;
/** How often it is looked whether a picture is due, when its packets go out at once. */
const STEP_MS = 4;
/** In so many steps what waits of a picture is gone, before the next one. */
const STEPS_LEFT = 6;
const KEYFRAME_EVERY = 300;
const TICKS_PER_MS = 90;

/** Pictures of VP8, 30 a second, in the numbering of one source. Begins anew with a key frame each time that it is started. */
export class Pictures {
  timestamp = 0;
  readonly #template: PacketTemplate;
  readonly #frameBytes: number;
  readonly #send: (packet: Uint8Array) => void;
  readonly #waiting: Uint8Array[] = [];
  #frame = 0;
  #sequence = 0;
  #sinceKey = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(template: PacketTemplate, kbps: number, send: (packet: Uint8Array) => void) {
    this.#template = template;
    this.#frameBytes = (kbps * FRAME_MS) / 8;
    this.#send = send;
  }

  /** @param gapMs from one packet of a picture to the next, at most 5; 0 for all of them at once */
  start(gapMs: number): void {
    const waiting = this.#waiting;
    let dueMs = performance.now();
    this.askKey();
    this.#timer = setInterval(() => {
      for (; dueMs <= performance.now(); dueMs += FRAME_MS) waiting.push(...this.#next(dueMs));
      const count = gapMs > 0 ? Math.ceil(waiting.length / STEPS_LEFT) : waiting.length;
      for (const packet of waiting.splice(0, count)) this.#send(packet);
    }, gapMs || STEP_MS);
  }

  /** What was numbered is sent: a hole would be asked for. */
  stop(): void {
    clearInterval(this.#timer);
    for (const packet of this.#waiting.splice(0)) this.#send(packet);
  }

  /** The next picture is a key frame. */
  askKey(): void {
    this.#sinceKey = 0;
  }

  #next(dueMs: number): Uint8Array[] {
    this.timestamp = Math.round(dueMs * TICKS_PER_MS) >>> 0;
    const payloads = framePayloads("VP8", 0, this.#frame++, this.#sinceKey === 0, this.#frameBytes);
    this.#sinceKey = (this.#sinceKey + 1) % KEYFRAME_EVERY;
    return payloads.map((payload, index) => {
      const packet = this.#template.build(payload, this.#sequence, this.timestamp, index === payloads.length - 1);
      this.#template.stampTransportSequence(packet, this.#sequence++);
      return packet;
    });
  }
}
