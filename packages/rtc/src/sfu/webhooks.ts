/** Webhooks: what happens in rooms, posted in order to each URL, signed as livekit-server-sdk's WebhookReceiver verifies. */
import { setTimeout as sleep } from "node:timers/promises";
import { WebhookEvent, type ParticipantInfo, type Room, type TrackInfo } from "@livekit/protocol";
import type { Log } from "./log.ts";
import { createSid } from "./sids.ts";
import type { Tokens } from "./tokens.ts";

export type WebhookName =
  | "room_started"
  | "room_finished"
  | "participant_joined"
  | "participant_left"
  | "participant_connection_aborted"
  | "track_published"
  | "track_unpublished";

/** What an event is about; messages are copied when it is posted, so later changes do not reach a waiting event. */
export type WebhookSubject = Readonly<{ room: Room; participant?: ParticipantInfo; track?: TrackInfo }>;

export type WebhookCounters = { delivered: number; failed: number; dropped: number };

export type WebhookOptions = Readonly<{
  urls: readonly string[];
  tokens: Tokens;
  log: Log;
  /** Default 200; the oldest waiting event gives way and the next one says how many did (`numDropped`). */
  maxWaiting?: number;
  /** Default 5. A refusal (4xx) is final, all else is tried again. */
  maxAttempts?: number;
  /** Default 500: doubled for each attempt, with up to half of it at random. */
  firstDelayMs?: number;
  /** Default 5,000. */
  timeoutMs?: number;
}>;

/** What receivers take, ours among them. */
const MAX_BODY_BYTES = 256 * 1024;

type Queue = {
  readonly url: string;
  readonly waiting: WebhookEvent[];
  dropped: number;
  busy: Promise<void> | undefined;
};

/** One queue for each URL: a slow receiver delays only itself. */
export class Webhooks {
  readonly counters: WebhookCounters = { delivered: 0, failed: 0, dropped: 0 };
  readonly #options: Required<WebhookOptions>;
  readonly #queues: readonly Queue[];
  readonly #stop = new AbortController();

  constructor(options: WebhookOptions) {
    this.#options = { maxWaiting: 200, maxAttempts: 5, firstDelayMs: 500, timeoutMs: 5_000, ...options };
    this.#queues = options.urls.map((url) => ({ url, waiting: [], dropped: 0, busy: undefined }));
  }

  /** Puts the event in every queue; never waits and never throws. */
  post(event: WebhookName, { room, participant, track }: WebhookSubject): void {
    if (this.#queues.length === 0 || this.#stop.signal.aborted) return;
    const message = new WebhookEvent({
      event,
      id: createSid("EV"),
      createdAt: BigInt(Math.floor(Date.now() / 1000)),
      room: room.clone(),
      ...(participant === undefined ? {} : { participant: participant.clone() }),
      ...(track === undefined ? {} : { track: track.clone() }),
    });
    for (const queue of this.#queues) this.#enqueue(queue, message.clone());
  }

  /** Waits at most `withinMs` for what is queued, then gives up the rest. */
  async close(withinMs: number): Promise<void> {
    const idle = this.#idle();
    const late = AbortSignal.timeout(withinMs);
    await Promise.race([idle, new Promise((resolve) => late.addEventListener("abort", resolve, { once: true }))]);
    this.#stop.abort();
    await this.#idle();
  }

  async #idle(): Promise<void> {
    for (const { busy } of this.#queues) await busy;
  }

  #enqueue(queue: Queue, event: WebhookEvent): void {
    if (queue.waiting.length >= this.#options.maxWaiting) {
      queue.waiting.shift();
      queue.dropped += 1;
      this.counters.dropped += 1;
    }
    queue.waiting.push(event);
    this.#start(queue);
  }

  #start(queue: Queue): void {
    queue.busy ??= this.#drain(queue).finally(() => {
      queue.busy = undefined;
      // One that came after the last look into the queue.
      if (queue.waiting.length > 0 && !this.#stop.signal.aborted) this.#start(queue);
    });
  }

  async #drain(queue: Queue): Promise<void> {
    for (let event = queue.waiting.shift(); event !== undefined; event = queue.waiting.shift()) {
      if (this.#stop.signal.aborted) return;
      event.numDropped = queue.dropped;
      const delivered = await this.#deliver(queue.url, event);
      if (delivered) queue.dropped -= event.numDropped;
      this.counters[delivered ? "delivered" : "failed"] += 1;
    }
  }

  async #deliver(url: string, event: WebhookEvent): Promise<boolean> {
    const { maxAttempts, firstDelayMs, log } = this.#options;
    const body = bodyOf(event);
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#send(url, body);
      if (outcome === "delivered") return true;
      if (outcome.final || attempt === maxAttempts || this.#stop.signal.aborted) {
        log.warn("webhook given up", { event: event.event, attempts: attempt, why: outcome.why });
        return false;
      }
      const delayMs = firstDelayMs * 2 ** (attempt - 1) * (1 + Math.random() / 2);
      await sleep(delayMs, undefined, { signal: this.#stop.signal }).catch(() => undefined); // stopped: seen above
    }
  }

  async #send(url: string, body: string): Promise<"delivered" | { final: boolean; why: string }> {
    try {
      const response = await fetch(url, {
        method: "POST",
        // Signed anew for each attempt: a token made before a long wait could have expired.
        headers: {
          authorization: await this.#options.tokens.signBody(body),
          "content-type": "application/webhook+json",
        },
        body,
        redirect: "error",
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(this.#options.timeoutMs)]),
      });
      await response.body?.cancel();
      if (response.ok) return "delivered";
      const isRefusal = response.status >= 400 && response.status < 500 && response.status !== 429;
      return { final: isRefusal, why: `status ${response.status}` };
    } catch (error) {
      return { final: false, why: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** Metadata is as long in JSON as its writer likes, up to six times; that somebody came or went has to arrive all the same. */
function bodyOf(event: WebhookEvent): string {
  const body = event.toJsonString();
  if (Buffer.byteLength(body) <= MAX_BODY_BYTES) return body;
  if (event.room !== undefined) event.room.metadata = "";
  if (event.participant !== undefined) Object.assign(event.participant, { metadata: "", attributes: {} });
  return event.toJsonString();
}
