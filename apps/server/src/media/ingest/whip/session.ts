/** One WHIP publisher: a peer connection whose media goes to a program. The key was checked before. RFC 9725. */
import { randomInt } from "node:crypto";
import { ProtocolViolation } from "@rostrum/media/errors";
import type { Pipe } from "@rostrum/rtc/pipe";
import type { PipeClose, PipeState } from "@rostrum/rtc/pipe/options";
import type { SectionWant } from "@rostrum/rtc/sdp/wants";
import { type Cancel, systemClock } from "../../../lib/clock.ts";
import type { Logger } from "../../../lib/log.ts";
import { answerPeer } from "../../rtc/answer-peer.ts";
import type { RtcEndpoint } from "../../rtc/endpoint.ts";
import type { OfferRequest, RtcSession, SessionOpened } from "../../rtc/resources.ts";
import type { OpenSource, Publisher, SourceSink } from "../publisher.ts";
import { WhipMedia } from "./media.ts";
import type { WhipLimits } from "./limits.ts";
import { offeredParameterSets } from "./wants.ts";

export type WhipSessionOptions = Readonly<{
  endpoint: RtcEndpoint;
  publisher: Omit<Publisher, "end">;
  request: Pick<OfferRequest, "offer" | "reachedAt">;
  sections: readonly SectionWant[];
  limits: WhipLimits;
  keyframeIntervalMs: number;
  log: Logger;
  openSource: OpenSource;
}>;

const TICK_MS = 20;
const MAX_SSRC = 2 ** 32;
const LEFT = "The encoder ended the broadcast.";
/** In the words of whoever looks for the reason. */
const CLOSED: Readonly<Record<PipeClose["reason"], string>> = {
  local: "The connection ended.",
  remote: "The encoder closed the connection.",
  lost: "The encoder does not answer any more.",
  timeout: "The encoder did not connect in time: is the UDP port open, and RTC_PUBLIC_IP the address that it knows?",
  dtls: "The encoder's encryption could not be set up.",
  error: "The connection failed.",
};

/**
 * Takes the publisher in, then answers its offer. Refused: somebody else is live with the key (409), or the offer cannot be used.
 * The caller ends the session that it gets.
 */
export async function openWhipSession(options: WhipSessionOptions): Promise<SessionOpened> {
  const session = new WhipSession(options);
  const message = session.open();
  if (message !== undefined) return { ok: false, refusal: { status: 409, message } };
  try {
    await session.answer();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    session.end(`The offer could not be answered: ${reason}.`);
    const status = error instanceof ProtocolViolation ? 400 : 422;
    return { ok: false, refusal: { status, message: `The offer cannot be used: ${reason}.` } };
  }
  return { ok: true, session };
}

/** Whatever happens the pipe is closed, the sink is closed once, and one line says why. */
class WhipSession implements RtcSession {
  readonly closed: Promise<void>;
  readonly #options: WhipSessionOptions;
  readonly #log: Logger;
  readonly #resolveClosed: () => void;
  #sdp = "";
  #sink: SourceSink | undefined;
  #pipe: Pipe | undefined;
  #media: WhipMedia | undefined;
  #cancelTick: Cancel | undefined;
  #heard = { packets: 0, atMs: 0 };
  #ended = false;

  constructor(options: WhipSessionOptions) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#options = options;
    const { remote, protocol, id, grant } = options.publisher;
    this.#log = options.log.child({ remote, protocol, publisherId: id, broadcastId: grant.broadcastId });
  }

  get sdp(): string {
    return this.#sdp;
  }

  /** A sentence when the program does not take it. */
  open(): string | undefined {
    const { openSource, publisher } = this.#options;
    const opened = openSource({ ...publisher, end: (reason) => this.end(reason) });
    if (!opened.ok) {
      this.#log.warn({ refused: "second_publisher" }, "WHIP publisher refused");
      this.#ended = true;
      this.#resolveClosed();
      return opened.message;
    }
    // The sink may have ended the publisher from inside of openSource().
    if (this.#ended) {
      opened.sink.closed(CLOSED.local);
      return CLOSED.local;
    }
    this.#sink = opened.sink;
    return undefined;
  }

  /** @throws {ProtocolViolation | Error} the offer cannot be used */
  async answer(): Promise<void> {
    const { endpoint, publisher, request, sections, keyframeIntervalMs } = this.#options;
    const { offer, reachedAt } = request;
    const handlers = {
      onPacket: (packet: Uint8Array) => this.#media?.receive(packet, systemClock.monotonicMs()),
      onState: (state: PipeState) => this.#changed(state),
    };
    const answered = await answerPeer(endpoint, { name: `whip ${publisher.id}`, offer, sections, reachedAt, handlers });
    const { pipe, sdp, agreement } = answered;
    if (this.#ended) {
      pipe.close();
      throw new Error("the publisher was ended meanwhile");
    }
    this.#pipe = pipe;
    this.#sdp = sdp;
    this.#media = new WhipMedia({
      ...{ agreement, keyframeIntervalMs },
      parameterSets: offeredParameterSets(offer, agreement),
      senderSsrc: randomInt(1, MAX_SSRC),
      onEvent: (event) => this.#sink?.push(event),
      // Feedback that cannot be sent is not worth waiting for: what is true later is sent later.
      send: (packet) => void pipe.send(packet),
    });
    this.#media.begin();
    this.#log.info({ encoder: publisher.encoder }, "publisher accepted");
    void pipe.closed.then(({ reason, message }) => this.#finish(CLOSED[reason], false, message));
  }

  addCandidate(candidate: string): void {
    this.#pipe?.addCandidate(candidate);
  }

  leave(): void {
    this.#finish(LEFT, true);
  }

  /** May be called repeatedly. */
  end(reason: string): void {
    this.#finish(reason, false);
  }

  #changed(state: PipeState): void {
    if (state !== "connected" || this.#ended) return;
    this.#heard = { packets: 0, atMs: systemClock.monotonicMs() };
    this.#cancelTick ??= systemClock.every(TICK_MS, () => this.#tick());
  }

  #tick(): void {
    const media = this.#media;
    if (media === undefined) return;
    const nowMs = systemClock.monotonicMs();
    media.tick(nowMs);
    const { idleMs } = this.#options.limits;
    if (media.packets !== this.#heard.packets) this.#heard = { packets: media.packets, atMs: nowMs };
    else if (nowMs - this.#heard.atMs >= idleMs) this.end(`The encoder sent nothing for ${idleMs / 1000} s.`);
  }

  /** The one end. @param cause what the connection itself said */
  #finish(reason: string, stopped: boolean, cause?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelTick?.();
    const packets = this.#media?.packets ?? 0;
    const line = { reason, packets, ...(cause === undefined ? {} : { cause }) };
    this.#log[packets === 0 && !stopped ? "warn" : "info"](line, "publisher left");
    this.#pipe?.close();
    this.#sink?.closed(reason, stopped);
    this.#sink = undefined;
    this.#resolveClosed();
  }
}
