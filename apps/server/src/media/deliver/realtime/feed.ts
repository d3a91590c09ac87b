/** The realtime viewers of one program: one hub subscription, each fragment built once, one write for each viewer. */
import type { Cancel, Clock } from "../../../lib/clock.ts";
import type { Logger } from "../../../lib/log.ts";
import { CurrentGop } from "../../hub/current-gop.ts";
import type { ProgramEvent } from "../../hub/program-event.ts";
import type { ProgramHub, Subscription } from "../../hub/program-hub.ts";
import { PING_EVERY_MS } from "./backlog.ts";
import { joined, type Packet, Packets } from "./packet.ts";
import type { RealtimeViewer } from "./viewer.ts";
import { CLOSE, pingFrame } from "./wire.ts";

export type FeedOptions = Readonly<{
  hub: ProgramHub;
  clock: Clock;
  log: Logger;
  /** Called once, when the last viewer has left or the program is over. */
  onIdle: () => void;
}>;

type SampleEvent = Extract<ProgramEvent, { type: "sample" }>;

/** More than the longest GOP that the hub keeps. */
const QUEUE = { maxBytes: 32 * 1024 * 1024, maxMs: 15_000 };

export class RealtimeFeed {
  readonly hub: ProgramHub;
  readonly #options: FeedOptions;
  readonly #viewers = new Set<RealtimeViewer>();
  readonly #packets = new Packets();
  readonly #gop = new CurrentGop<Packet>();
  readonly #stop = new AbortController();
  readonly #cancelPing: Cancel;
  readonly #done: Promise<void>;
  /** What describes the media to those who come now. */
  #description: Packet | undefined;
  /** An audio frame that waits for the next sample, to be written together with it. */
  #held: Packet | undefined;
  #pings = 0;

  /** Runs until its last viewer has left; the first one is to be added at once. */
  constructor(options: FeedOptions) {
    const { hub, clock } = options;
    this.hub = hub;
    this.#options = options;
    this.#cancelPing = clock.every(PING_EVERY_MS, () => this.#ping());
    const { signal } = this.#stop;
    this.#done = this.#run(hub.subscribe({ ...QUEUE, name: "realtime", from: "current_gop", signal }));
  }

  /** It takes no viewer any more. */
  get isOver(): boolean {
    return this.#stop.signal.aborted;
  }

  viewers(): ReadonlySet<RealtimeViewer> {
    return this.#viewers;
  }

  /** The viewer begins with the newest key frame and everything since, or with the next one. */
  add(viewer: RealtimeViewer): void {
    this.#flush();
    this.#viewers.add(viewer);
    if (this.#description !== undefined) viewer.begin([this.#description, ...this.#gop.read()]);
  }

  remove(viewer: RealtimeViewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size === 0) this.#stop.abort();
  }

  /** Who comes from now on gets nothing of what came until now. */
  forgetGop(): void {
    this.#gop.forget();
  }

  /** Closes all viewers' sockets and resolves when nothing is read any more. */
  async close(): Promise<void> {
    for (const viewer of this.#viewers) viewer.leave(CLOSE.stopping, "The server is stopping.");
    this.#stop.abort();
    await this.#done;
  }

  async #run(subscription: Subscription): Promise<void> {
    let ended = false;
    try {
      for await (const batch of subscription) {
        for (const event of batch) this.#take(event);
        ended ||= batch.some(({ type }) => type === "end");
      }
    } catch (error) {
      this.#options.log.error({ err: error }, "media could not be sent in real time; its viewers go on with LL-HLS");
      for (const viewer of this.#viewers) viewer.handOver("mode");
    }
    this.#stop.abort();
    this.#flush();
    this.#cancelPing();
    for (const viewer of this.#viewers) {
      if (ended) viewer.end();
      else viewer.leave(CLOSE.stopping, "The program has stopped.");
    }
    this.#options.onIdle();
  }

  #take(event: ProgramEvent): void {
    if (event.type === "sample") return this.#sample(event);
    this.#flush();
    if (event.type !== "tracks") return;
    this.#packets.begin(event);
    this.#gop.tracks(event.video !== undefined);
    this.#description = undefined;
  }

  #sample(event: SampleEvent): void {
    const description = this.#packets.describe(event);
    if (description !== undefined) {
      this.#description = description.late;
      this.#send(description.now);
    }
    const packet = this.#packets.sample(event.sample);
    this.#gop.push(packet, event);
    this.#sendGrouped(packet, event.sample.kind);
  }

  /** A write for each viewer is what costs: a frame of sound is written together with what comes next. */
  #sendGrouped(packet: Packet, kind: "video" | "audio"): void {
    const before = this.#held;
    if (before !== undefined && !packet.begins) {
      this.#held = undefined;
      this.#send(joined(before, packet));
    } else if (kind === "audio" && this.#packets.hasVideo) {
      this.#held = packet;
    } else {
      this.#flush();
      this.#send(packet);
    }
  }

  #flush(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#send(held);
  }

  #send(packet: Packet): void {
    for (const viewer of this.#viewers) viewer.take(packet);
  }

  #ping(): void {
    this.#pings += 1;
    const bytes = pingFrame(this.#pings);
    for (const viewer of this.#viewers) viewer.ping(bytes, this.#pings);
  }
}
