/** Time and networks for tests of the forwarding core: events in order of a made-up clock, links that delay, lose and queue. */

/** Numbers from 0 to 1, the same ones for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Event = Readonly<{ atMs: number; run: () => void }>;

/** A clock that stands still except in `runFor`. Starts at 10 s, so that no time is mistaken for "never". */
export class Simulation {
  nowMs = 10_000;
  /** By time, and of the same time in the order of their making. */
  readonly #events: Event[] = [];

  at(atMs: number, run: () => void): void {
    const before = this.#events.findLastIndex((event) => event.atMs <= atMs);
    this.#events.splice(before + 1, 0, { atMs, run });
  }

  /** Runs now and each `everyMs` after, until it returns false. */
  every(everyMs: number, run: () => unknown): void {
    const again = (): void => {
      if (run() !== false) this.at(this.nowMs + everyMs, again);
    };
    this.at(this.nowMs, again);
  }

  runFor(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (let next = this.#events[0]; next !== undefined && next.atMs <= endMs; next = this.#events[0]) {
      this.#events.shift();
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = endMs;
  }
}

export type LinkLimits = {
  /** One way. */
  delayMs: number;
  bps: number;
  /** What waits beyond this is dropped. */
  queueBytes: number;
  /** 0 to 1. */
  loss: number;
  /** Share of packets that come 30 ms later than they should. */
  reorder: number;
};

const GOOD_LINK: LinkLimits = { delayMs: 10, bps: 50_000_000, queueBytes: 250_000, loss: 0, reorder: 0 };

/** One direction of a network path. Its limits may be changed at any time. */
export class SimLink {
  readonly limits: LinkLimits;
  sent = 0;
  dropped = 0;
  readonly #simulation: Simulation;
  readonly #random: () => number;
  readonly #deliver: (packet: Uint8Array) => void;
  #busyUntilMs = 0;

  constructor(
    simulation: Simulation,
    deliver: (packet: Uint8Array) => void,
    limits: Partial<LinkLimits> = {},
    seed = 1,
  ) {
    this.#simulation = simulation;
    this.#deliver = deliver;
    this.#random = randomFrom(seed);
    this.limits = { ...GOOD_LINK, ...limits };
  }

  /** Copies the packet. */
  send(packet: Uint8Array): boolean {
    const { delayMs, bps, queueBytes, loss, reorder } = this.limits;
    const { nowMs } = this.#simulation;
    this.sent += 1;
    const waitingBytes = (Math.max(0, this.#busyUntilMs - nowMs) * bps) / 8_000;
    if (this.#random() < loss || waitingBytes + packet.length > queueBytes) {
      this.dropped += 1;
      return true;
    }
    this.#busyUntilMs = Math.max(nowMs, this.#busyUntilMs) + (packet.length * 8_000) / bps;
    const copy = packet.slice();
    const extraMs = this.#random() < reorder ? 30 : 0;
    this.#simulation.at(this.#busyUntilMs + delayMs + extraMs, () => {
      this.#deliver(copy);
    });
    return true;
  }
}
