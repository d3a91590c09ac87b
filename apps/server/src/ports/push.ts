/** Messages to browsers, by the push service of each. */

export type PushTarget = Readonly<{ endpoint: string; p256dh: string; auth: string }>;

export type PushMessage = Readonly<{
  /** At most 3,000 bytes; only the browser can read it. */
  payload: string;
  /** How long the service keeps it for a browser that is away. */
  ttlSec: number;
  /** A later message of the same topic takes its place: 1 to 32 letters, digits, `-`, `_`. */
  topic: string;
}>;

/** `gone`: the browser has left for good. `refused`: it will never be taken. `later`: it may be taken another time. */
export type PushOutcome = "sent" | "gone" | "refused" | "later";

export interface Push {
  /** What pages subscribe with, base64url. */
  readonly publicKey: string;
  /** True when messages can be encrypted for it and its address may be asked. */
  accepts(target: PushTarget): boolean;
  send(target: PushTarget, message: PushMessage, signal: AbortSignal): Promise<PushOutcome>;
}
