/** v1: the sections in which a client offers to receive, and which of others' tracks each of them carries. */
import { MediaSectionsRequirement } from "@livekit/protocol";
import { matchCodecs } from "../../sdp/codecs.ts";
import { type MediaSection, receives, sends } from "../../sdp/model.ts";
import type { AgreedMedia, Agreement, MediaWant } from "../../sdp/wants.ts";
import type { TrackKind } from "../media/types.ts";
import type { Subscription } from "../room/subscriptions.ts";
import { codecWants, idleWant, sendWant } from "./media-wants.ts";
import { codecOf, senderOf } from "./senders.ts";

/** Begins and ends a subscription in a section, at the forwarding core. */
export type SubscribeMedia = Readonly<{
  begin: (subscription: Subscription, media: AgreedMedia) => void;
  end: (subscription: Subscription) => void;
  unsupported: (subscription: Subscription) => void;
}>;

type Slot = {
  readonly kind: TrackKind;
  /** What the last answer, or the one that is being made, sends in it. */
  carries: Subscription | undefined;
  /** The forwarding core sends. */
  begun: boolean;
  /**
   * Its subscription ended, and the client was not told yet. It has to see the section inactive once: a section that goes from one
   * track to the next at once makes no new track in a browser (W3C WebRTC §4.4.1.5, "process the addition of a remote track").
   */
  ended: boolean;
};

/** For each offer: `want` for each section in which the client does not send, then `settle`; then ask for what is missing. */
export class ReceiveSlots {
  readonly #media: SubscribeMedia;
  readonly #slots = new Map<string, Slot>();
  #waiting: Subscription[] = [];
  /** Found while an offer is read; told when it has been answered. */
  #unsupported: Subscription[] = [];
  /** Sections that the client was asked for and has not offered yet. */
  readonly #asked: Record<TrackKind, number> = { audio: 0, video: 0 };
  #offerAsked = false;
  #answered = false;

  constructor(media: SubscribeMedia) {
    this.#media = media;
  }

  add(subscription: Subscription): void {
    this.#waiting.push(subscription);
  }

  remove(subscription: Subscription): void {
    this.#waiting = this.#waiting.filter((one) => one !== subscription);
    for (const slot of this.#slots.values()) {
      if (slot.carries !== subscription || slot.ended) continue;
      slot.ended = true;
      if (slot.begun) this.#media.end(subscription);
      slot.begun = false;
    }
  }

  /** Whether the section has been one of these. */
  has(mid: string): boolean {
    return this.#slots.has(mid);
  }

  /** What to answer to an offered section. */
  want(section: MediaSection): MediaWant {
    const { kind } = section;
    const slot = this.#slotOf(section);
    if (!receives(section.direction)) this.#release(slot);
    else if (slot.ended) this.#free(slot);
    else slot.carries ??= this.#takeWaiting(section);
    const { carries } = slot;
    return carries === undefined ? idleWant(kind) : sendWant(kind, codecOf(carries), senderOf(carries));
  }

  /** Begins what the answer carries anew, and forgets sections that are rejected: they may come back under other names. */
  settle(agreement: Agreement): void {
    const agreed = new Map(agreement.media.filter(({ direction }) => sends(direction)).map((one) => [one.mid, one]));
    const present = new Set(agreement.media.map(({ mid }) => mid));
    for (const [mid, slot] of this.#slots) {
      if (!present.has(mid)) {
        this.#release(slot);
        this.#slots.delete(mid);
        continue;
      }
      const media = agreed.get(mid);
      const { carries } = slot;
      if (carries === undefined || slot.ended) continue;
      if (media === undefined) this.#release(slot);
      else if (!slot.begun) {
        slot.begun = true;
        this.#media.begin(carries, media);
      }
    }
    this.#answered = true;
    this.#offerAsked = false;
    for (const subscription of this.#unsupported.splice(0)) this.#media.unsupported(subscription);
  }

  /** For the answer: which track is in which section. */
  midToTrackId(): Record<string, string> {
    const entries: Record<string, string> = {};
    for (const [mid, { carries, ended }] of this.#slots) {
      if (carries !== undefined && !ended) entries[mid] = carries.track.sid;
    }
    return entries;
  }

  /**
   * What to ask the client for, so that it offers again: sections for those that wait beyond the free ones, or none when the ones
   * there are will do. Undefined when no new offer is needed, one was asked for already, or the first has not come.
   */
  requirement(): MediaSectionsRequirement | undefined {
    if (!this.#answered) return undefined;
    const numAudios = this.#missing("audio");
    const numVideos = this.#missing("video");
    const isNews = this.#waiting.length > 0 || [...this.#slots.values()].some(({ ended }) => ended);
    if (!isNews || (this.#offerAsked && numAudios + numVideos === 0)) return undefined;
    this.#asked.audio += numAudios;
    this.#asked.video += numVideos;
    this.#offerAsked = true;
    return new MediaSectionsRequirement({ numAudios, numVideos });
  }

  #missing(kind: TrackKind): number {
    let free = this.#asked[kind];
    for (const slot of this.#slots.values()) if (slot.kind === kind && slot.carries === undefined) free += 1;
    const waiting = this.#waiting.filter(({ track }) => track.kind === kind).length;
    return Math.max(0, waiting - free);
  }

  #slotOf({ mid, kind }: MediaSection): Slot {
    const known = this.#slots.get(mid);
    if (known !== undefined && known.kind === kind) return known;
    const slot: Slot = { kind, carries: undefined, begun: false, ended: false };
    this.#slots.set(mid, slot);
    this.#asked[kind] = Math.max(0, this.#asked[kind] - 1);
    return slot;
  }

  /** The first that waits for such a section; those that the client cannot decode do not wait any longer. */
  #takeWaiting(section: MediaSection): Subscription | undefined {
    for (const subscription of this.#waiting.filter(({ track }) => track.kind === section.kind)) {
      this.#waiting = this.#waiting.filter((one) => one !== subscription);
      if (matchCodecs(section.codecs, codecWants(codecOf(subscription)), true).length > 0) return subscription;
      this.#unsupported.push(subscription);
    }
    return undefined;
  }

  /** The client takes nothing in this section: what it carried waits for another one. */
  #release(slot: Slot): void {
    const { carries, ended, begun } = slot;
    if (carries !== undefined && !ended) {
      if (begun) this.#media.end(carries);
      this.#waiting.push(carries);
    }
    this.#free(slot);
  }

  #free(slot: Slot): void {
    slot.carries = undefined;
    slot.begun = false;
    slot.ended = false;
  }
}
