/** Answers the offers of one connection, one after the other. */
import type { SessionDescription as OfferMessage } from "@livekit/protocol";
import { answer } from "../../sdp/answer.ts";
import { isMedia, type MediaSection, type Section, type SessionDescription, type Transport } from "../../sdp/model.ts";
import { parseSdp } from "../../sdp/parse.ts";
import { serializeSdp } from "../../sdp/serialize.ts";
import { requireSuccessor, sameTransport } from "../../sdp/session.ts";
import type { Agreement, MediaWant, SectionWant } from "../../sdp/wants.ts";

export type AnsweringOptions = Readonly<{
  /** Gives our side of the transport for the first offer. */
  accept: (offer: SessionDescription) => Transport;
  /** What to do with each open media section. */
  want: (section: MediaSection) => MediaWant;
  maxMessageBytes: number;
}>;

/** The text to send, and what holds from now on. */
export type Answered = Readonly<{ sdp: string; agreement: Agreement }>;

/** Thrown for an offer that asks for what a pipe cannot do: the client has to come back with a new connection. */
export class NewConnectionNeeded extends Error {
  override readonly name = "NewConnectionNeeded";
}

export class Answering {
  readonly #options: AnsweringOptions;
  /** RFC 8866 §5.2: of no meaning to anyone, the same for the whole session. */
  readonly #sessionId = String(Math.floor(Math.random() * Number.MAX_SAFE_INTEGER));
  #version = 0;
  #offer: SessionDescription | undefined;
  #transport: Transport | undefined;

  constructor(options: AnsweringOptions) {
    this.#options = options;
  }

  /**
   * @throws {MalformedError} the offer is no description
   * @throws {ProtocolViolation} the offer does not follow from the one before, or is too large
   * @throws {NewConnectionNeeded} it wants another transport
   * @throws {Error} the library refuses it
   */
  answer({ sdp }: OfferMessage): Answered {
    const offer = parseSdp(sdp);
    const transport = this.#transportFor(offer);
    const { description, agreement } = answer(offer, {
      transport,
      sessionId: this.#sessionId,
      sessionVersion: (this.#version += 1),
      sections: offer.sections.map((section) => this.#want(section)),
    });
    this.#offer = offer;
    return { sdp: serializeSdp(description), agreement };
  }

  #transportFor(offer: SessionDescription): Transport {
    if (this.#offer === undefined || this.#transport === undefined)
      return (this.#transport = this.#options.accept(offer));
    if (!sameTransport(this.#offer.transport, offer.transport))
      throw new NewConnectionNeeded("the offer restarts ICE or has another certificate");
    requireSuccessor(this.#offer, offer);
    return this.#transport;
  }

  #want(section: Section): SectionWant {
    if (section.rejected) return { kind: "reject" };
    if (section.kind === "application") return { kind: "data", maxMessageSizeBytes: this.#options.maxMessageBytes };
    return isMedia(section) ? this.#options.want(section) : { kind: "reject" };
  }
}
