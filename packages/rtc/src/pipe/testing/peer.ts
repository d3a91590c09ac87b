/** Two real pipes on the loopback, joined by real descriptions. For tests. */
import { Pipe } from "../../pipe.ts";
import { answer } from "../../sdp/answer.ts";
import { OPUS, VP8 } from "../../sdp/codecs.ts";
import type { SessionDescription, Transport } from "../../sdp/model.ts";
import { assignPayloadTypes, offer } from "../../sdp/offer.ts";
import { parseSdp } from "../../sdp/parse.ts";
import { serializeSdp } from "../../sdp/serialize.ts";
import type { PipeChannel } from "../channel.ts";
import type { ChannelInit, PipeHandlers, PipeOptions, PipeState } from "../options.ts";

const TYPES = assignPayloadTypes([OPUS], [VP8]);

/** A pipe and everything that it told. */
export class TestPeer {
  readonly pipe: Pipe;
  readonly packets: Uint8Array[] = [];
  readonly candidates: Array<string | undefined> = [];
  readonly states: PipeState[] = [];
  readonly channels: PipeChannel[] = [];
  readonly messages: Array<Uint8Array | string> = [];
  /** Resolves when it is connected, rejects when it ends before. */
  readonly connected: Promise<void>;
  #waiting: Array<() => void> = [];

  constructor(name: string, options: Partial<PipeOptions> = {}, handlers: Partial<PipeHandlers> = {}) {
    const connected = Promise.withResolvers<void>();
    this.connected = connected.promise;
    // Whoever does not wait for the connection does not care that it failed either.
    this.connected.catch(() => undefined);
    this.pipe = new Pipe(
      { name, bindAddress: "127.0.0.1", ...options },
      {
        onPacket: (packet) => this.#told(() => this.packets.push(packet)),
        onCandidate: (candidate) => this.#told(() => this.candidates.push(candidate)),
        onState: (state) => this.#told(() => this.states.push(state)),
        onChannel: (channel) => {
          this.#told(() => this.channels.push(channel));
          return { onMessage: (message) => this.#told(() => this.messages.push(message)) };
        },
        ...handlers,
      },
    );
    void this.until(() => this.states.includes("connected")).then(connected.resolve);
    void this.pipe.closed.then(({ reason, message }) => connected.reject(new Error(`${reason}: ${message}`)));
  }

  /** Resolves as soon as something that was told makes `condition` true. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (condition()) resolve();
        else this.#waiting.push(check);
      };
      check();
    });
  }

  #told(record: () => void): void {
    record();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const check of waiting) check();
  }
}

/** An offer of ours as the peer reads it. */
export function offerOf(transport: Transport, hasData: boolean): SessionDescription {
  const video = { kind: "video", mid: "v", direction: "sendrecv", codecs: TYPES.video, extensions: [] } as const;
  const data = { kind: "application", mid: "d", maxMessageSizeBytes: 262_144 } as const;
  const sections = hasData ? [video, data] : [video];
  return parseSdp(serializeSdp(offer({ transport, sessionId: "1", sessionVersion: 1, sections })));
}

/** An answer of ours as the peer reads it. */
export function answerOf(description: SessionDescription, transport: Transport): SessionDescription {
  const sections = [
    { kind: "media", direction: "recvonly", codecs: [VP8], extensions: [] },
    { kind: "data", maxMessageSizeBytes: 262_144 },
  ] as const;
  const answered = answer(description, { transport, sessionId: "2", sessionVersion: 1, sections });
  return parseSdp(serializeSdp(answered.description));
}

/** Connects `offerer` to `answerer`; candidates go both ways as they come. `change` may spoil the answer. */
export async function join(
  offerer: TestPeer,
  answerer: TestPeer,
  channels: readonly ChannelInit[] = [],
  change: (answer: SessionDescription) => SessionDescription = (same) => same,
): Promise<void> {
  const theirs = offerOf(offerer.pipe.offer(channels), channels.length > 0);
  const ours = answerOf(theirs, answerer.pipe.accept(theirs));
  offerer.pipe.complete(change(ours));
  void trickle(offerer, answerer);
  void trickle(answerer, offerer);
  await Promise.all([offerer.connected, answerer.connected]);
}

async function trickle(from: TestPeer, to: TestPeer): Promise<void> {
  for (let next = 0; ; next++) {
    await from.until(() => from.candidates.length > next);
    const candidate = from.candidates[next];
    if (candidate === undefined) return;
    to.pipe.addCandidate(candidate);
  }
}
