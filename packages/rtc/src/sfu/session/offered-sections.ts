/** v0: the sections of our own offers, and which of others' tracks each of them carries. */
import type { HeaderExtension } from "../../sdp/model.ts";
import { assignPayloadTypes } from "../../sdp/offer.ts";
import type { Agreement, OfferedData, OfferedMedia, OfferWants } from "../../sdp/wants.ts";
import type { TrackKind } from "../media/types.ts";
import type { Subscription } from "../room/subscriptions.ts";
import { allCodecWants, EXTENSIONS } from "./media-wants.ts";
import type { SubscribeMedia } from "./receive-slots.ts";
import { senderOf } from "./senders.ts";

type Slot = {
  readonly mid: string;
  readonly kind: TrackKind;
  carries: Subscription | undefined;
  /** The client has answered an offer that carries it, and the forwarding core sends. */
  begun: boolean;
  /** Its subscription ended: the section is offered inactive once before it may carry another one. */
  ended: boolean;
};

const CODECS = assignPayloadTypes(allCodecWants("audio"), firstProfiles(allCodecWants("video")));

/** The same id for the same extension in every section: bundled sections share one map (RFC 9143 §15). */
const EXTENSION_IDS = new Map(
  [...new Set([...EXTENSIONS.audio, ...EXTENSIONS.video])].map((uri, index) => [uri, index + 1]),
);

/** Grows by one section when a track finds none free; none is ever taken away (RFC 8829 §5.2.2). */
export class OfferedSections {
  readonly #media: SubscribeMedia;
  readonly #data: OfferedData;
  readonly #slots: Slot[] = [];
  /** What the offer under way was made of, by slot. */
  #offered: readonly (readonly [Slot, Subscription | undefined])[] = [];

  constructor(media: SubscribeMedia, maxMessageBytes: number) {
    this.#media = media;
    this.#data = { kind: "application", mid: "0", maxMessageSizeBytes: maxMessageBytes };
  }

  add(subscription: Subscription): void {
    const { kind } = subscription.track;
    const free = this.#slots.find((slot) => slot.kind === kind && slot.carries === undefined);
    if (free !== undefined) free.carries = subscription;
    else {
      const mid = String(this.#slots.length + 1);
      this.#slots.push({ mid, kind, carries: subscription, begun: false, ended: false });
    }
  }

  remove(subscription: Subscription): void {
    const slot = this.#slots.find(({ carries, ended }) => carries === subscription && !ended);
    if (slot === undefined) return;
    if (slot.begun) this.#media.end(subscription);
    slot.begun = false;
    // One that was never offered is free again: else a client that does not answer would make us add section after section.
    if (this.#offered.some(([one, carried]) => one === slot && carried === subscription)) slot.ended = true;
    else slot.carries = undefined;
  }

  /** The sections of the next offer. */
  sections(): OfferWants["sections"] {
    this.#offered = this.#slots.map((slot) => [slot, slot.ended ? undefined : slot.carries] as const);
    return [this.#data, ...this.#offered.map(([slot, carries]) => offeredMedia(slot, carries))];
  }

  /** For the offer: which track is in which section. */
  midToTrackId(): Record<string, string> {
    const entries: Record<string, string> = {};
    for (const [{ mid }, carries] of this.#offered) if (carries !== undefined) entries[mid] = carries.track.sid;
    return entries;
  }

  /** Begins what the answer took, and frees what it has seen inactive. */
  settle(agreement: Agreement): void {
    const agreed = new Map(agreement.media.map((media) => [media.mid, media]));
    for (const [slot, carried] of this.#offered) {
      const media = agreed.get(slot.mid);
      if (carried === undefined) this.#seenInactive(slot);
      else if (slot.carries !== carried || slot.ended || slot.begun) continue;
      else if (media?.direction !== "sendonly") this.#media.unsupported(carried);
      else {
        slot.begun = true;
        this.#media.begin(carried, media);
      }
    }
  }

  #seenInactive(slot: Slot): void {
    if (!slot.ended) return;
    slot.ended = false;
    slot.carries = undefined;
  }
}

function offeredMedia({ mid, kind }: Slot, carries: Subscription | undefined): OfferedMedia {
  return {
    kind,
    mid,
    direction: carries === undefined ? "inactive" : "sendonly",
    codecs: CODECS[kind],
    extensions: extensionsOf(kind),
    ...(carries === undefined ? {} : { sender: senderOf(carries) }),
  };
}

function extensionsOf(kind: TrackKind): HeaderExtension[] {
  return EXTENSIONS[kind].map((uri) => ({ id: EXTENSION_IDS.get(uri) ?? 0, uri }));
}

/** A payload type for each profile would say nothing: what a publisher sends is sent on, and all browsers decode all of them. */
function firstProfiles(wants: ReturnType<typeof allCodecWants>): ReturnType<typeof allCodecWants> {
  return wants.map((want) =>
    want.h264Profiles === undefined ? want : { ...want, h264Profiles: want.h264Profiles.slice(0, 1) },
  );
}
