/** Much that happens, told a few times a second. */
import type { Cancel, Clock } from "./clock.ts";

export type BatchesOptions<T> = Readonly<{
  clock: Clock;
  everyMs: number;
  /** What is known of one key and has not been told. */
  empty: () => T;
  /** Called once for each key that has something, at most every `everyMs`; never twice at a time for one key. */
  tell: (key: string, batch: T) => Promise<void>;
  onError: (error: unknown) => void;
  /** What comes for more keys than this is left out until some have been told. */
  maxKeys: number;
  /** Ends it; what has not been told is not told. */
  signal: AbortSignal;
}>;

/** Collects by key. The first of a key is told after `everyMs`, together with what came with it. */
export class Batches<T> {
  readonly #options: BatchesOptions<T>;
  readonly #waiting = new Map<string, { batch: T; cancel: Cancel }>();
  readonly #telling = new Set<string>();

  constructor(options: BatchesOptions<T>) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#stop(), { once: true });
  }

  /** False: there is too much, or it has ended. */
  add(key: string, change: (batch: T) => void): boolean {
    const { clock, everyMs, empty, maxKeys, signal } = this.#options;
    let entry = this.#waiting.get(key);
    if (entry === undefined) {
      if (signal.aborted || this.#waiting.size >= maxKeys) return false;
      entry = { batch: empty(), cancel: clock.after(everyMs, () => this.#due(key)) };
      this.#waiting.set(key, entry);
    }
    change(entry.batch);
    return true;
  }

  #due(key: string): void {
    const entry = this.#waiting.get(key);
    if (entry === undefined) return;
    if (this.#telling.has(key)) {
      // The one before takes long: this one grows meanwhile.
      entry.cancel = this.#options.clock.after(this.#options.everyMs, () => this.#due(key));
      return;
    }
    this.#waiting.delete(key);
    this.#telling.add(key);
    this.#options
      .tell(key, entry.batch)
      .catch((error: unknown) => this.#options.onError(error))
      .finally(() => this.#telling.delete(key));
  }

  #stop(): void {
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }
}
