/** Who publishes on this node, and who may join them: one encoder per channel and key slot. */
import type { KeySlot } from "@rostrum/contract/channels";
import type { Publisher } from "./publisher.ts";

/** `displaced` is to be ended once the new one is in place. */
export type Admission =
  | { readonly ok: true; readonly displaced: Publisher | undefined }
  | { readonly ok: false; readonly message: string };

type Entry = { readonly publisher: Publisher; lastEventMs: number; drained: boolean };

/** An encoder that sent nothing for this long lost its connection without a word: its successor need not wait for the time-out. */
const SILENT_MS = 4000;
const REFUSAL =
  "Another encoder is already live with this key; stop it first, or allow take-over in the channel's settings.";
/** What a displaced encoder is told. */
export const TAKEN_OVER = "Another encoder took over with the same key.";

export class Publishers {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  /** Takes `publisher` in unless its slot is in use and the channel does not allow take-over. Times are monotonic. */
  admit(publisher: Publisher, nowMs: number): Admission {
    const { channelId, slot, secondPublisher } = publisher.grant;
    const present = this.#of(channelId, slot).at(-1);
    const givesWay = present === undefined || present.drained || nowMs - present.lastEventMs > SILENT_MS;
    if (!givesWay && secondPublisher === "refuse") return { ok: false, message: REFUSAL };
    this.#entries.set(publisher.id, { publisher, lastEventMs: nowMs, drained: false });
    return { ok: true, displaced: present?.publisher };
  }

  heard(publisher: Publisher, nowMs: number): void {
    const entry = this.#entries.get(publisher.id);
    if (entry !== undefined) entry.lastEventMs = nowMs;
  }

  remove(publisher: Publisher): void {
    this.#entries.delete(publisher.id);
  }

  /** The broadcast has ended: these encoders stay connected, not shown, and give way to any other one. */
  drain(broadcastId: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.publisher.grant.broadcastId === broadcastId) entry.drained = true;
    }
  }

  end(channelId: string, slot: KeySlot, reason: string): void {
    for (const { publisher } of this.#of(channelId, slot)) publisher.end(reason);
  }

  /** Ends the encoders of this broadcast, drained ones too. */
  cut(broadcastId: string, reason: string): void {
    for (const { publisher } of this.#entries.values()) {
      if (publisher.grant.broadcastId === broadcastId) publisher.end(reason);
    }
  }

  endAll(reason: string): void {
    for (const { publisher } of this.#entries.values()) publisher.end(reason);
  }

  inUse(channelId: string, slot: KeySlot): boolean {
    return this.#of(channelId, slot).length > 0;
  }

  /** Whether an encoder is connected for this broadcast, shown or not. */
  feeds(broadcastId: string): boolean {
    return [...this.#entries.values()].some((one) => !one.drained && one.publisher.grant.broadcastId === broadcastId);
  }

  #of(channelId: string, slot: KeySlot): Entry[] {
    return [...this.#entries.values()].filter(
      ({ publisher: { grant } }) => grant.channelId === channelId && grant.slot === slot,
    );
  }
}
