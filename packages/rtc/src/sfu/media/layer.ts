/** One encoding of a publication as it arrives: its last packets, its rate, its clock, and the way to ask for a key frame. */
import type { SenderClock } from "../../rtp/ntp.ts";
import { KeyframeRequests } from "./keyframe-requests.ts";
import { PacketStore } from "./packet-store.ts";
import { RateMeter } from "./rate-meter.ts";
import type { LayerInfo, TrackKind } from "./types.ts";

/** At the 200 packets a second of the highest layer 2.5 s, more than any retransmission waits for. */
const VIDEO_PACKETS = 512;
const AUDIO_PACKETS = 64;

/** What the receiving connection does for a layer. */
export type LayerSource = Readonly<{
  ssrc: number;
  /** Sends a PLI. */
  requestKeyframe: () => void;
}>;

export class Layer {
  readonly info: LayerInfo;
  readonly store: PacketStore;
  /** Over 2 s, so that a key frame does not look like a dearer layer. */
  readonly rate = new RateMeter(2_000);
  /** VP8 with temporal layers: what the lowest of them costs. Stays 0 for all else. */
  readonly baseRate = new RateMeter(2_000);
  /** From the last sender report; undefined before the first. */
  clock: SenderClock | undefined;
  /** When the last packet with media came; -Infinity before the first. */
  lastAtMs = -Infinity;
  #source: LayerSource | undefined;
  readonly #requests = new KeyframeRequests();

  constructor(info: LayerInfo, kind: TrackKind) {
    this.info = info;
    this.store = new PacketStore(kind === "video" ? VIDEO_PACKETS : AUDIO_PACKETS);
  }

  /** Undefined until a first packet was learnt to be of this layer. */
  get source(): LayerSource | undefined {
    return this.#source;
  }

  /** Another source from now on; undefined when it ended. What the one before sent is forgotten. */
  attach(source: LayerSource | undefined): void {
    this.#source = source;
    this.store.clear();
    this.clock = undefined;
    this.lastAtMs = -Infinity;
    this.rate.reset();
    this.baseRate.reset();
  }

  /** Asks the publisher, unless it was asked just before. @returns whether a request was sent */
  requestKeyframe(nowMs: number): boolean {
    if (this.#source === undefined || !this.#requests.ask(nowMs)) return false;
    this.#source.requestKeyframe();
    return true;
  }

  keyframeCame(): void {
    this.#requests.came();
  }
}
