/** Several cameras of one layer each, and one subscriber of all of them over one made-up line. For tests. */
import { MediaLink } from "../media-link.ts";
import { Publication } from "../publication.ts";
import { createCounters, type StreamState } from "../types.ts";
import { PublisherPeer, type SimLayer } from "./publisher-peer.ts";
import { type LinkLimits, randomFrom, SimLink, Simulation } from "./simulation.ts";
import { SUBSCRIBER_IDS, SubscriberFeedback, SubscriberPeer } from "./subscriber-peer.ts";

const TICK_MS = 20;
/** Cameras do not take their pictures at the same moment. */
const APART_MS = 5;

/** One camera as the subscriber has it. */
type Picture = { readonly peer: SubscriberPeer; state: StreamState; sinceMs: number; frozenMs: number };

export class Gallery {
  readonly simulation = new Simulation();
  readonly down: SimLink;
  readonly #counters = createCounters();
  readonly #back: SimLink;
  readonly #subscriberLink: MediaLink;
  readonly #pictures: Picture[] = [];

  constructor(cameras: number, bps: number, down: Partial<LinkLimits>) {
    const { simulation } = this;
    this.#back = new SimLink(simulation, (packet) => this.#subscriberLink.receive(packet, simulation.nowMs));
    const feedback = new SubscriberFeedback(simulation, (packet) => this.#back.send(packet));
    this.down = new SimLink(
      simulation,
      (packet) => {
        feedback.receive(packet);
        for (const { peer } of this.#pictures) peer.receive(packet);
      },
      down,
    );
    this.#subscriberLink = new MediaLink({
      ssrc: 2,
      counters: this.#counters,
      random: randomFrom(9),
      send: (packet) => this.down.send(packet),
      onStreamState: ({ section }, state) => {
        this.#changed(Number(section.mid), state);
      },
    });
    for (let index = 0; index < cameras; index++) this.#add(index, bps);
    simulation.every(TICK_MS, () => {
      this.#subscriberLink.tick(simulation.nowMs);
    });
  }

  /** How many cameras showed something in each of the next so many seconds. */
  shownEach(seconds: number): number[] {
    return Array.from({ length: seconds }, () => {
      this.simulation.runFor(1_000);
      return this.#pictures.filter(({ peer }) => peer.shownIn(1_000).length > 0).length;
    });
  }

  /** The longest any picture stood still within the next so many seconds without being told paused. */
  longestFreezeMs(seconds: number): number {
    const fromMs = this.simulation.nowMs;
    for (const picture of this.#pictures) Object.assign(picture, { sinceMs: fromMs, frozenMs: 0 });
    this.simulation.runFor(seconds * 1_000);
    for (const [index, { state }] of this.#pictures.entries()) this.#changed(index, state);
    return Math.max(...this.#pictures.map(({ frozenMs }) => frozenMs));
  }

  #changed(index: number, state: StreamState): void {
    const picture = this.#pictures[index];
    if (picture === undefined) return;
    const { nowMs } = this.simulation;
    if (picture.state === "active")
      picture.frozenMs = Math.max(picture.frozenMs, picture.peer.longestGapMs(nowMs - picture.sinceMs));
    picture.state = state;
    picture.sinceMs = nowMs;
  }

  #add(index: number, bps: number): void {
    const { simulation } = this;
    const info = { rid: "", quality: 2, width: 1280, height: 720, bitrateBps: bps } as const;
    const layers: readonly SimLayer[] = [{ rid: "", bps, info }];
    const link: MediaLink = new MediaLink({
      ssrc: 1,
      counters: this.#counters,
      random: randomFrom(10 + index),
      send: (packet) => {
        camera.receive(packet);
        return true;
      },
    });
    const camera = new PublisherPeer({
      simulation,
      send: (packet) => {
        link.receive(packet, simulation.nowMs);
      },
      codec: "VP8",
      mid: "v",
      layers,
      firstSsrc: 1_000 + 100 * index,
    });
    const publication = new Publication(
      {
        id: `TR_${index}`,
        kind: "video",
        source: "camera",
        codec: "VP8",
        clockRateHz: 90_000,
        layers: [info],
        counters: this.#counters,
        defer: (flush, waitMs) => simulation.at(simulation.nowMs + waitMs, () => flush(simulation.nowMs)),
      },
      simulation.nowMs,
    );
    link.publish(publication, camera.section, simulation.nowMs);
    const section = {
      mid: String(index),
      payloadType: 45,
      ssrc: 5_000 + 2 * index,
      rtxSsrc: 5_001 + 2 * index,
      rtxPayloadType: 46,
      nack: true,
      extensions: SUBSCRIBER_IDS,
    };
    const peer = new SubscriberPeer({ simulation, codec: "VP8", section, send: (packet) => this.#back.send(packet) });
    this.#pictures.push({ peer, state: "active", sinceMs: simulation.nowMs, frozenMs: 0 });
    this.#subscriberLink.subscribe(publication, section, simulation.nowMs);
    simulation.at(simulation.nowMs + APART_MS * index, () => {
      camera.start();
    });
    simulation.every(TICK_MS, () => {
      link.tick(simulation.nowMs);
    });
  }
}
