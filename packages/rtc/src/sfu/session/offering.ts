/** Makes our offers on one connection: one at a time, and another one when something changed meanwhile. */
import { SessionDescription as DescriptionMessage } from "@livekit/protocol";
import type { SessionDescription, Transport } from "../../sdp/model.ts";
import { offer, readAnswer } from "../../sdp/offer.ts";
import { parseSdp } from "../../sdp/parse.ts";
import { serializeSdp } from "../../sdp/serialize.ts";
import type { Agreement, OfferWants } from "../../sdp/wants.ts";

export type OfferingOptions = Readonly<{
  transport: Transport;
  sections: () => OfferWants["sections"];
  midToTrackId: () => Record<string, string>;
  /** Gives the first answer to the pipe. */
  complete: (answer: SessionDescription) => void;
  send: (offer: DescriptionMessage) => void;
}>;

export class Offering {
  readonly #options: OfferingOptions;
  readonly #sessionId = String(Math.floor(Math.random() * Number.MAX_SAFE_INTEGER));
  #id = 0;
  /** What the offer under way has; undefined when none is. */
  #pending: OfferWants["sections"] | undefined;
  #isDue = false;
  #completed = false;

  constructor(options: OfferingOptions) {
    this.#options = options;
  }

  /** Offers what is there now, at once or as soon as the answer to the last offer has come. */
  offerSoon(): void {
    if (this.#pending !== undefined) {
      this.#isDue = true;
      return;
    }
    this.#isDue = false;
    this.#id += 1;
    const { transport, sections, midToTrackId, send } = this.#options;
    this.#pending = sections();
    const sdp = offer({ transport, sessionId: this.#sessionId, sessionVersion: this.#id, sections: this.#pending });
    send(new DescriptionMessage({ type: "offer", sdp: serializeSdp(sdp), id: this.#id, midToTrackId: midToTrackId() }));
  }

  /**
   * @returns what holds from now on; undefined for an answer to an older offer or to none
   * @throws {MalformedError} it is no description
   * @throws {ProtocolViolation} it does not fit the offer
   * @throws {Error} the library refuses it
   */
  answered({ id, sdp }: DescriptionMessage): Agreement | undefined {
    const pending = this.#pending;
    // Older clients do not number their answers.
    if (pending === undefined || (id !== 0 && id !== this.#id)) return undefined;
    const answer = parseSdp(sdp);
    const agreement = readAnswer(pending, answer);
    if (!this.#completed) this.#options.complete(answer);
    this.#completed = true;
    this.#pending = undefined;
    return agreement;
  }

  /** After what an answer brought has been settled. */
  offerIfDue(): void {
    if (this.#isDue) this.offerSoon();
  }
}
