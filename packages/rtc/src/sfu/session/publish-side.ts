/** Which sections of a client's offers carry which of its tracks. */
import type { ExtensionIds } from "../../rtp/extensions.ts";
import { type MediaSection, receives, sends } from "../../sdp/model.ts";
import type { AgreedMedia, Agreement, MediaWant } from "../../sdp/wants.ts";
import type { CodecName } from "../media/types.ts";
import type { PublishedTrack } from "../room/published-track.ts";
import { publishCodec, settleTrack } from "../room/track-info.ts";
import { agreedCodec, connectionExtensions } from "./agreed-sections.ts";
import { receiveWant } from "./media-wants.ts";
import type { SessionHost } from "./session.ts";

/** Begins and ends the media of a track in a section, at the forwarding core. */
export type PublishMedia = Readonly<{
  begin: (track: PublishedTrack, codec: CodecName, media: AgreedMedia, extensions: ExtensionIds) => void;
  end: (track: PublishedTrack, mid: string) => void;
}>;

type Host = Pick<SessionHost, "announced" | "onPublished" | "onUnpublished">;

/** One for each connection on which a client publishes. For each offer: `want` for its sections, then `settle`. */
export class PublishSide {
  readonly #host: Host;
  readonly #media: PublishMedia;
  readonly #byMid = new Map<string, PublishedTrack>();
  /** What the offer that is being answered carries; takes effect with the agreement. */
  readonly #next = new Map<string, PublishedTrack>();
  /** Sections whose track was ended by us while the client still sends in them. */
  readonly #stopped = new Set<string>();

  constructor(host: Host, media: PublishMedia) {
    this.#host = host;
    this.#media = media;
  }

  /** What to answer to a section in which the client sends. Undefined: none of its announced tracks is meant. */
  want(section: MediaSection): MediaWant | undefined {
    const track = this.#trackOf(section);
    if (track === undefined) return undefined;
    this.#next.set(section.mid, track);
    return receiveWant(section.kind, track.info, wantedCodec(track));
  }

  /** Begins what is new in the agreement and ends what is gone from it. */
  settle(agreement: Agreement): void {
    const agreed = new Map(agreement.media.filter(({ direction }) => receives(direction)).map((one) => [one.mid, one]));
    for (const [mid, track] of this.#byMid) {
      if (agreed.has(mid) && this.#next.get(mid) === track) continue;
      this.#byMid.delete(mid);
      this.#media.end(track, mid);
      this.#host.onUnpublished(track);
    }
    const extensions = connectionExtensions(agreement);
    for (const [mid, track] of this.#next) {
      const media = agreed.get(mid);
      if (media !== undefined && !this.#byMid.has(mid)) this.#begin(track, media, extensions);
    }
    this.#next.clear();
  }

  /** Ends a track before the client's offer does, e.g. because its permission was taken. */
  stop(track: PublishedTrack): void {
    for (const [mid, one] of this.#byMid) {
      if (one !== track) continue;
      this.#byMid.delete(mid);
      this.#stopped.add(mid);
      this.#media.end(track, mid);
    }
  }

  #begin(track: PublishedTrack, media: AgreedMedia, extensions: ExtensionIds): void {
    const codec = agreedCodec(media);
    if (codec === undefined) return;
    this.#byMid.set(media.mid, track);
    settleTrack(track.info, media.mid, codec);
    this.#media.begin(track, codec, media, extensions);
    this.#host.onPublished(track);
  }

  /**
   * A section keeps its track as long as it names it, or names none that was announced. Clients whose sections do not name their
   * tracks by the announced ids get the one that waits longest.
   */
  #trackOf({ mid, kind, direction, msids }: MediaSection): PublishedTrack | undefined {
    if (!sends(direction)) {
      this.#stopped.delete(mid);
      return undefined;
    }
    const ids = msids.map(({ track }) => track);
    const present = this.#byMid.get(mid);
    if (present !== undefined && ids.includes(present.cid)) return present;
    const taken = [...this.#next.values()];
    const free = this.#host.announced(kind).filter((track) => !taken.includes(track));
    const named = free.find(({ cid }) => ids.includes(cid));
    if (named !== undefined) this.#stopped.delete(mid);
    return named ?? present ?? (this.#stopped.has(mid) ? undefined : free[0]);
  }
}

function wantedCodec({ kind, info }: PublishedTrack): CodecName {
  if (kind === "audio") return "opus";
  return publishCodec(info.mimeType.replace(/^video\//i, "")) ?? "VP8";
}
