/** One peer connection of a participant: its pipe, what it trickles, and its two data channels. */
import { DataPacket_Kind as Kind, SignalTarget, TrickleRequest } from "@livekit/protocol";
import type { PipeChannel } from "../../pipe/channel.ts";
import type { ChannelHandlers, ChannelInit, PipeClose, PipeOptions } from "../../pipe/options.ts";
import { Pipe } from "../../pipe.ts";
import type { SessionDescription, Transport } from "../../sdp/model.ts";
import type { SignalMessage } from "../signal/outgoing.ts";

/** Settings that all pipes of this process share. */
export type PeerOptions = Omit<PipeOptions, "name">;

export type PeerHandlers = Readonly<{
  send: (message: SignalMessage) => void;
  onPacket: (packet: Uint8Array) => void;
  onData: (kind: Kind, bytes: Uint8Array) => void;
  onConnected: () => void;
}>;

const LABELS: ReadonlyMap<string, Kind> = new Map([
  ["_reliable", Kind.RELIABLE],
  ["_lossy", Kind.LOSSY],
]);

/** Channels that we open where we offer. */
export const DATA_CHANNELS: readonly ChannelInit[] = [
  { label: "_reliable" },
  { label: "_lossy", ordered: false, maxRetransmits: 0 },
];

/** What is kept for a participant whose reliable channel is not open yet. */
const MAX_EARLY_BYTES = 256 * 1024;

export class Peer {
  readonly closed: Promise<PipeClose>;
  readonly #pipe: Pipe;
  readonly #target: SignalTarget;
  readonly #handlers: PeerHandlers;
  readonly #channels = new Map<Kind, PipeChannel>();
  #early: Uint8Array[] = [];
  #earlyBytes = 0;

  /** @throws {Error} options that the library refuses */
  constructor(name: string, target: SignalTarget, options: PeerOptions, handlers: PeerHandlers) {
    this.#target = target;
    this.#handlers = handlers;
    this.#pipe = new Pipe(
      { name, ...options },
      {
        onPacket: handlers.onPacket,
        onCandidate: (candidate) => this.#trickle(candidate),
        onState: (state) => {
          if (state === "connected") handlers.onConnected();
        },
        onChannel: (channel) => this.#channel(channel),
      },
    );
    this.closed = this.#pipe.closed;
  }

  get isConnected(): boolean {
    return this.#pipe.state === "connected";
  }

  /** @throws {Error} an offer that the library refuses */
  accept(offer: SessionDescription): Transport {
    return this.#pipe.accept(offer);
  }

  /** With our data channels. @throws {Error} called twice */
  offer(): Transport {
    return this.#pipe.offer(DATA_CHANNELS);
  }

  /** @throws {Error} an answer that the library refuses */
  complete(answer: SessionDescription): void {
    this.#pipe.complete(answer);
  }

  /** What the client trickled: a JSON object of RTCIceCandidateInit. What is none is left. */
  addCandidate(candidateInit: string): void {
    const text = candidateOf(candidateInit);
    if (text !== undefined) this.#pipe.addCandidate(text);
  }

  /** One RTP or RTCP packet; false when it was not taken. */
  send(packet: Uint8Array): boolean {
    return this.#pipe.send(packet);
  }

  /** One data packet. Reliable ones wait, within bounds, for the channel to open. False: it was dropped. */
  sendData(kind: Kind, bytes: Uint8Array): boolean {
    const channel = this.#channels.get(kind);
    if (channel !== undefined) return channel.send(bytes);
    if (kind !== Kind.RELIABLE || this.#earlyBytes + bytes.byteLength > MAX_EARLY_BYTES) return false;
    this.#early.push(bytes);
    this.#earlyBytes += bytes.byteLength;
    return true;
  }

  close(): void {
    this.#early = [];
    this.#pipe.close();
  }

  /** That there are no more is not told: clients hand the candidate on without looking whether it is one. */
  #trickle(candidate: string | undefined): void {
    if (candidate === undefined) return;
    const init = { candidate: candidate.replace(/^a=/, ""), sdpMid: "0", sdpMLineIndex: 0 };
    this.#handlers.send({
      case: "trickle",
      value: new TrickleRequest({ candidateInit: JSON.stringify(init), target: this.#target }),
    });
  }

  /** Channels of other labels stay open, so that the client sees no error, and are not listened to. */
  #channel(channel: PipeChannel): ChannelHandlers {
    const kind = LABELS.get(channel.label);
    if (kind === undefined) return { onMessage: () => undefined };
    this.#channels.set(kind, channel);
    if (kind === Kind.RELIABLE) this.#flush(channel);
    return {
      onMessage: (message) => {
        if (typeof message !== "string") this.#handlers.onData(kind, message);
      },
      onClose: () => {
        if (this.#channels.get(kind) === channel) this.#channels.delete(kind);
      },
    };
  }

  #flush(channel: PipeChannel): void {
    const early = this.#early;
    this.#early = [];
    this.#earlyBytes = 0;
    for (const bytes of early) channel.send(bytes);
  }
}

function candidateOf(candidateInit: string): string | undefined {
  try {
    const init: unknown = JSON.parse(candidateInit);
    if (typeof init !== "object" || init === null || !("candidate" in init)) return undefined;
    return typeof init.candidate === "string" && init.candidate !== "" ? init.candidate : undefined;
  } catch {
    return undefined;
  }
}
