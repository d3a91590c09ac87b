/** One read for many who ask at the same time. */

type Slot<T> = { running: Promise<T>; next: Promise<T> | undefined };

/**
 * Reads by key, one at a time. Who asks while a read is running gets the next one: it begins after the question, so that what had
 * happened by then is in its answer.
 */
export class SharedReads<T> {
  readonly #read: (key: string) => Promise<T>;
  readonly #slots = new Map<string, Slot<T>>();

  constructor(read: (key: string) => Promise<T>) {
    this.#read = read;
  }

  get(key: string): Promise<T> {
    const slot = this.#slots.get(key);
    if (slot === undefined) return this.#begin(key);
    slot.next ??= slot.running.then(
      () => this.#begin(key),
      () => this.#begin(key),
    );
    return slot.next;
  }

  /** Once it is read, and nobody waits for the next one. Who asked hears what went wrong. */
  async #forget(key: string, slot: Slot<T>): Promise<void> {
    await Promise.allSettled([slot.running]);
    if (this.#slots.get(key) === slot && slot.next === undefined) this.#slots.delete(key);
  }

  #begin(key: string): Promise<T> {
    const running = this.#read(key);
    const slot: Slot<T> = { running, next: undefined };
    this.#slots.set(key, slot);
    void this.#forget(key, slot);
    return running;
  }
}
