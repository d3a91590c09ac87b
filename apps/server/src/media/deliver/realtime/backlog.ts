/** How far a socket's reader is behind: by what waits in this process, and by the pings that it has not answered. No I/O, no clock. */

/** How often a viewer is pinged. */
export const PING_EVERY_MS = 500;

export class Backlog {
  /** Writes that had to wait: the count of all bytes up to and with it, and when it was made. */
  #waiting: { end: number; atMs: number }[] = [];
  #written = 0;
  #pinged: number | undefined;
  #answered: number | undefined;

  /** Notes a write. `queuedBytes` is what waits for the socket after it. */
  wrote(bytes: number, queuedBytes: number, nowMs: number): void {
    this.#written += bytes;
    if (queuedBytes > 0) this.#waiting.push({ end: this.#written, atMs: nowMs });
    else this.#waiting = [];
  }

  pinged(sequence: number): void {
    // Pings of before it came are none of its business.
    this.#answered ??= sequence - 1;
    this.#pinged = sequence;
  }

  ponged(sequence: number): void {
    if (this.#answered === undefined || this.#pinged === undefined || sequence > this.#pinged) return;
    this.#answered = Math.max(this.#answered, sequence);
  }

  /**
   * Milliseconds since the oldest write that is not read. What the operating systems and the network hold between here
   * and the reader is only known by the pings, to their interval: counted in pings, so that a halt of this process is
   * not taken for one of the reader.
   */
  behindMs(queuedBytes: number, nowMs: number): number {
    if (this.#waiting.length > 0) this.#drop(this.#written - queuedBytes);
    const queuedMs = nowMs - (this.#waiting[0]?.atMs ?? nowMs);
    const unanswered = (this.#pinged ?? 0) - (this.#answered ?? this.#pinged ?? 0);
    return Math.max(queuedMs, Math.max(0, unanswered - 1) * PING_EVERY_MS);
  }

  #drop(sent: number): void {
    const from = this.#waiting.findIndex(({ end }) => end > sent);
    this.#waiting = from < 0 ? [] : this.#waiting.slice(from);
  }
}
