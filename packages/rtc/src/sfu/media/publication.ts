/** One published track: up to three layers of it come in, and go out to its subscribers. Sans-I/O. */
import { type ExtensionIds, NO_EXTENSIONS } from "../../rtp/extensions.ts";
import { projectTimestamp, type SenderClock } from "../../rtp/ntp.ts";
import type { RtpView } from "../../rtp/packet.ts";
import { unwrapRtx } from "../../rtp/rtx.ts";
import { Incoming } from "./incoming.ts";
import { IncomingQueue } from "./incoming-queue.ts";
import { Layer, type LayerSource } from "./layer.ts";
import { orderedLayers } from "./layers.ts";
import { SpeakerMeter } from "./speakers.ts";
import type { CodecName, LayerInfo, MediaCounters, TrackKind, TrackSource, WantedQuality } from "./types.ts";
import { rank, WantedQualityGate } from "./wanted-quality.ts";

/** A layer this much staler than the newest one of its track has stopped: two pictures at five a second. */
const STALE_MS = 450;
/**
 * So long a packet waits for those that follow it in its picture, whose last one lets all of them go: nobody can show it before. Browsers
 * send a picture within a millisecond or two, so this is only reached where a narrow line draws it out or the last packet is lost.
 */
const GATHER_MS = 5;

export type PublicationOptions = Readonly<{
  /** The track's sid. */
  id: string;
  kind: TrackKind;
  source: TrackSource;
  codec: CodecName;
  clockRateHz: number;
  /** As announced, in any order; empty for audio. The highest three count. */
  layers: readonly LayerInfo[];
  counters: MediaCounters;
  /** Dynacast: the best quality that anyone wants has changed. Tell the publisher (SubscribedQualityUpdate). Video only. */
  onWantedQuality?: (wanted: WantedQuality) => void;
  /** Lets packets wait for each other, which costs far less than going through all subscribers for each. Absent: each goes out at once. */
  defer?: Defer;
}>;

/**
 * Calls `flush` once: after `waitMs`, or, where that is 0, when all that has arrived by now was taken in (`setImmediate`). Nothing has to
 * be cancelled: a call that comes when there is nothing more to do does nothing.
 */
export type Defer = (flush: (nowMs: number) => void, waitMs: number) => void;

/** The end of a publication at one subscriber: a SendStream. */
export type Subscriber = Readonly<{
  /** The best quality wanted, for dynacast. */
  wanted: WantedQuality;
  /** The layer it is being sent, -1 for none. */
  currentLayer: number;
  forward: (incoming: Incoming, nowMs: number) => void;
  /** A sender report of this layer came. */
  clockChanged: (layer: number, nowMs: number) => void;
  /** Another source sends this layer from now on: nothing of its numbers goes on. */
  layerReplaced: (layer: number, nowMs: number) => void;
  /** Which layer a key frame is waited for; -1 for none. */
  awaitedLayer: number;
  publicationMuted: (muted: boolean, nowMs: number) => void;
}>;

/** Close it when the track is unpublished; its subscribers then end too. */
export class Publication {
  readonly id: string;
  readonly kind: TrackKind;
  readonly source: TrackSource;
  readonly codec: CodecName;
  readonly clockRateHz: number;
  /** By rising quality. */
  readonly layers: readonly Layer[];
  /** What was announced of them, in the same order. */
  readonly infos: readonly LayerInfo[];
  /** Loudness; only an audio track that carries levels moves it. */
  readonly speaker = new SpeakerMeter();
  /** Header extension ids of the connection it comes from. */
  extensions: ExtensionIds = NO_EXTENSIONS;
  readonly #counters: MediaCounters;
  readonly #subscribers: Subscriber[] = [];
  readonly #queue: IncomingQueue;
  readonly #again: Incoming;
  readonly #defer: Defer | undefined;
  /** How long what waits may wait in all, Infinity while nothing does. */
  #waitMs = Infinity;
  /** How often what waited went out: a call that was deferred before that has nothing more to do. */
  #flushes = 0;
  readonly #gate: WantedQualityGate | undefined;
  #muted = false;
  #closed = false;
  #mediaPayloadType = 0;

  /** @param nowMs of the same steady clock as all times here */
  constructor(options: PublicationOptions, nowMs: number) {
    this.id = options.id;
    this.kind = options.kind;
    this.source = options.source;
    this.codec = options.codec;
    this.clockRateHz = options.clockRateHz;
    this.infos = orderedLayers(options.layers);
    this.layers = this.infos.map((info) => new Layer(info, options.kind));
    this.#counters = options.counters;
    this.#queue = new IncomingQueue(options.codec);
    this.#defer = options.defer;
    this.#again = new Incoming(options.codec);
    const { onWantedQuality } = options;
    if (onWantedQuality !== undefined && options.kind === "video") {
      this.#gate = new WantedQualityGate(onWantedQuality, nowMs);
    }
  }

  get muted(): boolean {
    return this.#muted;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether any media came yet. */
  get flowing(): boolean {
    return this.layers.some(({ lastAtMs }) => lastAtMs > -Infinity);
  }

  /** Index of the layer of a rid; the only layer serves any rid. -1 when it was not announced. */
  layerOf(rid: string): number {
    return this.layers.length === 1 ? 0 : this.layers.findIndex(({ info }) => info.rid === rid);
  }

  /** What is forwarded while muted: nothing. Subscribers stay, and begin again with a key frame. */
  setMuted(muted: boolean, nowMs: number): void {
    if (this.#muted === muted) return;
    this.#flush(nowMs);
    this.#muted = muted;
    for (const subscriber of this.#subscribers) subscriber.publicationMuted(muted, nowMs);
  }

  /** One packet of a layer, retransmissions already unwrapped; `view` is copied, its bytes are kept. */
  receive(layerIndex: number, view: RtpView, nowMs: number): void {
    const layer = this.layers[layerIndex];
    if (layer === undefined) return;
    const incoming = this.#queue.look(view, layerIndex);
    this.#mediaPayloadType = view.payloadType;
    if (view.payloadBytes > 0) {
      layer.store.put(view.sequence, view.bytes);
      layer.lastAtMs = nowMs;
      layer.rate.add(view.bytes.length, nowMs);
      if (incoming.vp8?.temporalId === 0) layer.baseRate.add(view.bytes.length, nowMs);
      if (incoming.mark === "start") layer.keyframeCame();
    }
    if (this.#muted || this.#subscribers.length === 0) return;
    this.#queue.add();
    if (this.#defer === undefined || this.#queue.full) this.#flush(nowMs);
    else this.#flushWithin(this.#isAwaited(view, layer) ? 0 : GATHER_MS, this.#defer);
  }

  /** The clock of a layer, from a sender report: subscribers' audio and video are aligned by it. */
  setClock(layerIndex: number, clock: SenderClock, nowMs: number): void {
    const layer = this.layers[layerIndex];
    if (layer === undefined) return;
    // A report does not overtake the packets that it counts.
    this.#flush(nowMs);
    layer.clock = clock;
    for (const subscriber of this.#subscribers) subscriber.clockChanged(layerIndex, nowMs);
  }

  /** Another source sends a layer from now on; undefined when it has ended. */
  setSource(layerIndex: number, source: LayerSource | undefined, nowMs: number): void {
    const layer = this.layers[layerIndex];
    if (layer === undefined) return;
    this.#flush(nowMs);
    const isFirst = layer.source === undefined;
    layer.attach(source);
    if (isFirst) return;
    for (const subscriber of this.#subscribers) subscriber.layerReplaced(layerIndex, nowMs);
  }

  /** Whether packets of this layer come, compared with the other layers: a still picture is not taken for a stopped layer. */
  isLive(layerIndex: number): boolean {
    const layer = this.layers[layerIndex];
    if (layer?.source === undefined || layer.lastAtMs === -Infinity) return false;
    return this.#newestMs() - layer.lastAtMs <= STALE_MS;
  }

  /** Asks the publisher for a key frame of a layer, at a bounded pace. */
  requestKeyframe(layerIndex: number, nowMs: number): void {
    if (this.kind === "audio" || this.#muted) return;
    if (this.layers[layerIndex]?.requestKeyframe(nowMs) === true) this.#counters.keyframeRequestsOut += 1;
  }

  /** Sends a subscriber all of a layer that came after `sequence`: packets that overtook the first of a key frame. */
  replayAfter(sequence: number, layerIndex: number, subscriber: Subscriber, nowMs: number): void {
    const store = this.layers[layerIndex]?.store;
    if (store === undefined || store.newest < 0) return;
    for (
      let next = (sequence + 1) & 0xffff;
      ((store.newest - next) & 0xffff) < store.size;
      next = (next + 1) & 0xffff
    ) {
      const again = this.recall(layerIndex, next);
      if (again !== undefined) subscriber.forward(again, nowMs);
    }
  }

  /** A packet from the store, looked at again; valid until the next call. Undefined when it is not kept any more. */
  recall(layerIndex: number, sequence: number): Incoming | undefined {
    const layer = this.layers[layerIndex];
    const bytes = layer?.store.get(sequence);
    const ssrc = layer?.source?.ssrc;
    const { view } = this.#again;
    if (bytes === undefined || ssrc === undefined || !view.parse(bytes)) return undefined;
    // What was recovered is kept in the form in which it came.
    if (view.ssrc !== ssrc && !unwrapRtx(view, ssrc, this.#mediaPayloadType)) return undefined;
    this.#again.inspect(layerIndex);
    return this.#again;
  }

  /** A layer was switched off: its subscribers need not wait until it looks stale. */
  layerStopped(layerIndex: number): void {
    const layer = this.layers[layerIndex];
    if (layer !== undefined) layer.lastAtMs = -Infinity;
  }

  /** Packets of a layer are lost for good: who is shown it needs a key frame. */
  layerBroken(layerIndex: number, nowMs: number): void {
    if (this.#subscribers.some(({ currentLayer }) => currentLayer === layerIndex)) {
      this.requestKeyframe(layerIndex, nowMs);
    }
  }

  /** The timestamp of one layer on the clock of another; undefined until both have sent a report. */
  project(timestamp: number, fromLayer: number, toLayer: number): number | undefined {
    if (fromLayer === toLayer) return timestamp;
    const from = this.layers[fromLayer]?.clock;
    const to = this.layers[toLayer]?.clock;
    if (from === undefined || to === undefined) return undefined;
    return projectTimestamp(timestamp, from, to, this.clockRateHz);
  }

  add(subscriber: Subscriber): void {
    if (!this.#closed) this.#subscribers.push(subscriber);
  }

  remove(subscriber: Subscriber): void {
    const at = this.#subscribers.indexOf(subscriber);
    if (at >= 0) this.#subscribers.splice(at, 1);
  }

  /** Takes subscribers' wishes together and repeats unanswered requests for key frames. Its connection's tick calls it. */
  tick(nowMs: number): void {
    if (this.kind === "audio" || this.#closed) return;
    let wanted: WantedQuality = "off";
    for (const subscriber of this.#subscribers) {
      if (rank(subscriber.wanted) > rank(wanted)) wanted = subscriber.wanted;
      const awaited = subscriber.awaitedLayer;
      if (awaited >= 0) this.requestKeyframe(awaited, nowMs);
    }
    this.#gate?.set(wanted, nowMs);
    this.#gate?.tick(nowMs);
  }

  /** Ends it for all subscribers. */
  close(): void {
    this.#closed = true;
    this.#subscribers.length = 0;
    this.#queue.clear();
    for (const layer of this.layers) layer.attach(undefined);
  }

  /** Whether somebody could go on if he had this packet: sound, the end of a picture, and what fills a hole. */
  #isAwaited({ marker, sequence }: RtpView, { store }: Layer): boolean {
    return marker || this.kind === "audio" || sequence !== store.newest;
  }

  #flushWithin(waitMs: number, defer: Defer): void {
    if (waitMs >= this.#waitMs) return;
    this.#waitMs = waitMs;
    const flushes = this.#flushes;
    defer((nowMs) => {
      if (flushes === this.#flushes) this.#flush(nowMs);
    }, waitMs);
  }

  /** One subscriber after the other, so that what belongs to a connection, here and in the library, is at hand for all its packets. */
  #flush(nowMs: number): void {
    const { length } = this.#queue;
    if (length === 0) return;
    this.#waitMs = Infinity;
    this.#flushes += 1;
    try {
      for (let i = 0; i < this.#subscribers.length; i++) {
        const subscriber = this.#subscribers[i];
        for (let j = 0; j < length; j++) {
          const incoming = this.#queue.at(j);
          if (incoming !== undefined) subscriber?.forward(incoming, nowMs);
        }
      }
    } finally {
      this.#queue.clear();
    }
  }

  #newestMs(): number {
    let newest = -Infinity;
    for (const { lastAtMs } of this.layers) if (lastAtMs > newest) newest = lastAtMs;
    return newest;
  }
}
