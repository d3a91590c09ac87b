/** The same topics and sends over HTTP, for where no WebSocket passes. */
import type { ServerMessage } from "@rostrum/contract/realtime";
import { ApiError } from "./api-error.ts";
import type { Http } from "./http.ts";
import { isFrame } from "./realtime-frame.ts";
import { offline, type Outbox, type SendMessage } from "./realtime-outbox.ts";
import type { RealtimeTiming } from "./realtime-timing.ts";

export type PollerOptions = Readonly<{
  http: Http;
  timing: RealtimeTiming;
  outbox: Outbox;
  /** Topics with their cursors, as the server reads them; empty: nothing is followed. */
  asked: () => Readonly<{ topics: string; token: string | undefined }>;
  onMessage: (message: ServerMessage) => void;
  /** Told after each poll. */
  onTried: (works: boolean) => void;
}>;

export class Poller {
  readonly #options: PollerOptions;
  readonly #carried = new Set<string>();
  /** What was given to carry last: two messages of one person stay the first and the second. */
  #lastCarried: Promise<void> = Promise.resolve();
  #stop: AbortController | undefined;
  #wake: () => void = () => {};
  #isWanted = false;
  #works = false;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#stop !== undefined;
  }

  /** The last poll was answered. */
  get works(): boolean {
    return this.#works;
  }

  start(): void {
    if (this.#stop !== undefined) return;
    this.#stop = new AbortController();
    void this.#run(this.#stop.signal);
  }

  stop(): void {
    this.#stop?.abort();
    this.#stop = undefined;
    this.#works = false;
    this.#wake();
  }

  /** Asks anew, as who the cookies say now: what is under way was asked by somebody else. */
  restart(): void {
    this.stop();
    this.start();
  }

  /** Without waiting for the next time: there is something new to ask for. */
  hurry(): void {
    this.#isWanted = true;
    this.#wake();
  }

  /** Sends it, after those that came before, again and again until it is answered or given up. */
  carry(message: SendMessage): void {
    if (this.#carried.has(message.id)) return;
    this.#carried.add(message.id);
    this.#lastCarried = this.#lastCarried.then(() => this.#carryNow(message));
  }

  async #carryNow(message: SendMessage): Promise<void> {
    const { outbox, timing } = this.#options;
    for (let failures = 0; outbox.has(message.id) && this.isRunning; failures += 1) {
      if (await this.#sendOnce(message)) break;
      await new Promise((resolve) => setTimeout(resolve, timing.pauseMs(failures)));
    }
    this.#carried.delete(message.id);
  }

  /** False: no answer that means anything. */
  async #sendOnce(message: SendMessage): Promise<boolean> {
    const { http, outbox } = this.#options;
    try {
      const { result } = await this.#inTime((signal) =>
        http.call<{ result: unknown }>("/realtime/send", { method: "POST", body: message, signal }),
      );
      outbox.resolve(message.id, result);
      this.hurry();
      return true;
    } catch (error) {
      const refusal = error instanceof ApiError ? error : offline();
      // 500 is an answer: the same would be said again.
      if (refusal.status === 0 || refusal.status > 500) return false;
      outbox.reject(message.id, refusal);
      return true;
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#isWanted = false;
      await this.#pollOnce(signal);
      if (!signal.aborted && !this.#isWanted) await this.#pause();
    }
  }

  async #pollOnce(signal: AbortSignal): Promise<void> {
    const { http, asked, onMessage, onTried } = this.#options;
    const query = asked();
    if (query.topics === "") return;
    try {
      const { messages } = await this.#inTime(
        (over) => http.call<{ messages: unknown }>("/realtime/poll", { query, signal: over }),
        signal,
      );
      if (signal.aborted) return;
      if (!isFrame(messages)) throw offline();
      for (const message of messages) onMessage(message);
      this.#works = true;
    } catch {
      // Said by the state; the next poll is the next try.
      this.#works = false;
    }
    if (!signal.aborted) onTried(this.#works);
  }

  /** A network that changes leaves requests behind that nobody answers. */
  async #inTime<T>(ask: (over: AbortSignal) => Promise<T>, stop?: AbortSignal): Promise<T> {
    const over = new AbortController();
    const end = (): void => over.abort();
    const timer = setTimeout(end, this.#options.timing.requestWithinMs);
    stop?.addEventListener("abort", end);
    try {
      return await ask(over.signal);
    } finally {
      clearTimeout(timer);
      stop?.removeEventListener("abort", end);
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.timing.pollEveryMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
