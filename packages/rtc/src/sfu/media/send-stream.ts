/** One track on its way to one subscriber: which layer it is sent, and when that changes. Sans-I/O. */
import type { Allocate } from "../../rtp/packet-template.ts";
import type { Incoming } from "./incoming.ts";
import { wantedOf, wantedPixels } from "./layers.ts";
import { ALL_TEMPORAL, currentOption, type Option, optionsOf } from "./options.ts";
import type { Outlet } from "./outlet.ts";
import { PacketWriter } from "./packet-writer.ts";
import type { Publication, Subscriber } from "./publication.ts";
import { ReceiverView } from "./receiver-view.ts";
import type { MediaCounters, SendSection, StreamState, TrackSettings, WantedQuality } from "./types.ts";

/** As target: whichever layer begins first; nothing is known yet of what will come. */
const ANY = -2;
const NONE = -1;
/** An H.264 publisher that never repeats its parameter sets is joined at a bare IDR picture after this. */
const SLICE_PATIENCE_MS = 1_500;
/** Rates of a VP8 stream of 30 frames per second with three temporal layers: its lowest one, and the lowest two. */
const BASE_FPS = 8;
const MIDDLE_FPS = 15;

/** Everything, at the best quality. */
export const DEFAULT_SETTINGS: TrackSettings = { disabled: false, quality: 2, width: 0, height: 0, fps: 0 };

export type SendStreamOptions = Readonly<{
  publication: Publication;
  section: SendSection;
  settings: TrackSettings;
  outlet: Outlet;
  counters: MediaCounters;
  scratch: Allocate;
  /** 0 (inclusive) to 1. */
  random: () => number;
}>;

/** Made by MediaLink.subscribe, ended by MediaLink.unsubscribe or with its publication. */
export class SendStream implements Subscriber {
  readonly publication: Publication;
  readonly section: SendSection;
  /** How the subscriber receives it. */
  readonly receiver = new ReceiverView();
  readonly #writer: PacketWriter;
  readonly #counters: MediaCounters;
  #settings: TrackSettings;
  #wanted: WantedQuality;
  #options: readonly Option[] = [];
  #state: StreamState = "active";
  #target: number = ANY;
  #temporal = ALL_TEMPORAL;
  /** The layer being forwarded, NONE while nothing is. */
  #current = NONE;
  #waitingSinceMs: number;

  /** @throws {RangeError} a mid longer than 32 bytes */
  constructor({ publication, section, settings, ...rest }: SendStreamOptions, nowMs: number) {
    this.publication = publication;
    this.section = section;
    this.#settings = settings;
    this.#wanted = wantedOf(settings, publication.infos);
    this.#counters = rest.counters;
    this.#waitingSinceMs = nowMs;
    this.#writer = new PacketWriter({ publication, section, receiver: this.receiver, ...rest });
    if (settings.disabled) this.#stop();
    publication.add(this);
  }

  /** "paused" while the link is too narrow for even the lowest layer. */
  get state(): StreamState {
    return this.#state;
  }

  /** What the subscriber asked for last. */
  get settings(): TrackSettings {
    return this.#settings;
  }

  get wanted(): WantedQuality {
    return this.#wanted;
  }

  /** Index of the publication's layer that is being sent, -1 while none is. */
  get currentLayer(): number {
    return this.#current;
  }

  get awaitedLayer(): number {
    return this.#target >= 0 && this.#target !== this.#current ? this.#target : NONE;
  }

  /** How many layers it is below what was wanted and flows. */
  get layersMissed(): number {
    const best = this.#options.at(-1)?.layer ?? NONE;
    return this.#state === "paused" || this.#target < 0 ? 0 : Math.max(0, best - this.#target);
  }

  /** Pixels at which it is shown, to rank it among the subscriber's other tracks. */
  get sizePx(): number {
    return wantedPixels(this.#settings, this.publication.infos);
  }

  /** Whether it can pad a probe now, also while it is paused itself. */
  get canPad(): boolean {
    return this.#wanted !== "off" && this.publication.kind === "video" && this.#writer.canPad;
  }

  /** What could be sent now, by rising cost, and which of it is in use. The connection chooses, and calls `choose`. */
  offer(nowMs: number): Readonly<{ options: readonly Option[]; current: number }> {
    this.#options = optionsOf(this.publication, this.#wanted, nowMs);
    const current = this.#target >= 0 ? currentOption(this.#options, this.#target, this.#temporal) : NONE;
    return { options: this.#options, current };
  }

  /** @param option index into what was offered last, -1 to pause. @returns whether the state changed */
  choose(option: number, nowMs: number): boolean {
    const before = this.#state;
    const chosen = this.#options[option];
    if (chosen !== undefined) {
      this.#state = "active";
      this.#aim(chosen, nowMs);
    } else if (this.#options.length > 0) {
      this.#state = "paused";
      this.#stop();
    } else if (this.#wanted === "off") this.#state = "active";
    return before !== this.#state;
  }

  /** What the subscriber asks for from now on. The connection shares out anew. */
  setSettings(settings: TrackSettings, nowMs: number): void {
    const wasDisabled = this.#settings.disabled;
    this.#settings = settings;
    this.#wanted = wantedOf(settings, this.publication.infos);
    if (settings.disabled) this.#stop();
    else if (wasDisabled) this.#begin(nowMs);
  }

  /** One packet of any layer of the publication. */
  forward(incoming: Incoming, nowMs: number): void {
    const { layer } = incoming;
    if (layer === this.#current) {
      this.#writer.write(incoming, nowMs);
      return;
    }
    if (this.#target === NONE || !this.#beginsWith(incoming, nowMs)) return;
    const { sequence } = incoming.view;
    if (this.#current !== NONE) this.#counters.layerSwitches += 1;
    this.#current = layer;
    if (this.#target === ANY) this.#target = layer;
    this.#writer.switchTo(incoming, nowMs);
    this.#writer.write(incoming, nowMs);
    this.publication.replayAfter(sequence, layer, this, nowMs);
  }

  clockChanged(layer: number, nowMs: number): void {
    if (layer === this.#current) this.#writer.report(nowMs);
  }

  layerReplaced(layer: number, nowMs: number): void {
    this.#writer.forgetSent();
    if (layer !== this.#current) return;
    this.#current = NONE;
    this.#waitingSinceMs = nowMs;
  }

  publicationMuted(muted: boolean, nowMs: number): void {
    if (!muted) {
      if (!this.#settings.disabled) this.#begin(nowMs);
      return;
    }
    if (this.publication.codec === "opus" && this.#current !== NONE) this.#writer.writeSilence(nowMs);
    this.#stop();
  }

  /** The subscriber lost a picture. */
  keyframeAsked(nowMs: number): void {
    this.#counters.keyframeRequestsIn += 1;
    const layer = this.#current >= 0 ? this.#current : this.#target;
    if (layer >= 0) this.publication.requestKeyframe(layer, nowMs);
  }

  /** @returns bytes sent again, at most about `budgetBytes` */
  nacked(sequences: readonly number[], budgetBytes: number, nowMs: number): number {
    this.#counters.nacksIn += sequences.length;
    return this.#writer.answerNack(sequences, budgetBytes, nowMs);
  }

  /** @returns bytes of padding sent */
  pad(nowMs: number): number {
    return this.#writer.pad(nowMs);
  }

  /** Ends it; the publication goes on. */
  close(): void {
    this.#stop();
    this.publication.remove(this);
  }

  #aim({ layer, temporal }: Option, nowMs: number): void {
    this.#temporal = temporal;
    this.#writer.temporalLimit = Math.min(temporal, temporalOfFps(this.#settings.fps));
    if (layer === this.#target) return;
    if (this.#target < 0) this.#waitingSinceMs = nowMs;
    this.#target = layer;
    if (layer !== this.#current) this.publication.requestKeyframe(layer, nowMs);
  }

  #begin(nowMs: number): void {
    this.#target = ANY;
    this.#waitingSinceMs = nowMs;
  }

  #stop(): void {
    this.#target = NONE;
    this.#current = NONE;
  }

  /** Whether the stream can begin with, or change to, this packet. */
  #beginsWith({ mark, layer }: Incoming, nowMs: number): boolean {
    if (mark === "none" || (this.#target !== ANY && this.#target !== layer)) return false;
    return mark === "start" || nowMs - this.#waitingSinceMs > SLICE_PATIENCE_MS;
  }
}

/** Which temporal layers a wish for few pictures per second leaves. */
function temporalOfFps(fps: number): number {
  if (fps <= 0 || fps > MIDDLE_FPS) return ALL_TEMPORAL;
  return fps <= BASE_FPS ? 0 : 1;
}
