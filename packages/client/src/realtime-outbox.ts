/** What is on its way to the server: kept until it is answered, and carried again over the next connection. The server does it once. */
import { ApiError } from "./api-error.ts";
import { randomId } from "./random-id.ts";

/** Fewer than the server takes from one client at once, with the topics that are asked for anew. */
const MAX_SENDINGS = 32;

export type SendMessage = Readonly<{ id: string; action: string; body: unknown }>;

type Sending = {
  readonly message: SendMessage;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: ApiError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
  wasRenewed: boolean;
};

export class Outbox {
  readonly #withinMs: number;
  readonly #carry: (message: SendMessage) => void;
  readonly #sendings = new Map<string, Sending>();

  /** @param carry sends it by the way that is open now, if any */
  constructor(withinMs: number, carry: (message: SendMessage) => void) {
    this.#withinMs = withinMs;
    this.#carry = carry;
  }

  /** @throws {ApiError} the server's refusal; `offline` when no answer came in time */
  send(action: string, body: unknown): Promise<unknown> {
    if (this.#sendings.size >= MAX_SENDINGS) {
      return Promise.reject(
        new ApiError("rate_limited", "Too much is being sent at once; wait a moment.", { status: 0 }),
      );
    }
    const message = { id: randomId(), action, body };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.reject(message.id, offline()), this.#withinMs);
      this.#sendings.set(message.id, { message, resolve, reject, timer, wasRenewed: false });
      this.#carry(message);
    });
  }

  has(id: string): boolean {
    return this.#sendings.has(id);
  }

  /** All that has no answer yet, in order: another way is open. */
  carryAll(): void {
    for (const { message } of this.#sendings.values()) this.#carry(message);
  }

  resolve(id: string, result: unknown): void {
    this.#take(id)?.resolve(result);
  }

  reject(id: string, error: ApiError): void {
    this.#take(id)?.reject(error);
  }

  /** True, once: a fresh session may be let in. */
  mayRenew(id: string): boolean {
    const sending = this.#sendings.get(id);
    if (sending === undefined || sending.wasRenewed) return false;
    sending.wasRenewed = true;
    return true;
  }

  close(): void {
    for (const id of this.#sendings.keys()) this.reject(id, offline());
  }

  #take(id: string): Sending | undefined {
    const sending = this.#sendings.get(id);
    clearTimeout(sending?.timer);
    this.#sendings.delete(id);
    return sending;
  }
}

export function offline(): ApiError {
  return new ApiError("offline", "The server cannot be reached.", { status: 0 });
}
