/** The newest events of one topic that somebody in this process follows: in order and without a hole. */
import { type BusEvent, LagError } from "../ports/bus.ts";
import { KEPT_EVENTS } from "./bus-redis-scripts.ts";

/** What Redis keeps of a topic: `head` is the newest number, `events` are oldest first. */
export type Kept = Readonly<{ head: number; events: readonly BusEvent[] }>;

/** Reads the events behind a number. */
export type ReadBehind = (after: number) => Promise<Kept>;

/** How far one subscriber has come: the number of the last event that it was given. */
export type Place = { seen: number };

/** Events are dropped when so many have been given to everybody. */
const DROP_AT = 64;

export class FollowedTopic {
  /** Whether what is published is heard. */
  isHeard = false;
  readonly #waiting = new Set<() => void>();
  readonly #places = new Set<Place>();
  #events: BusEvent[] = [];
  #dropAt = DROP_AT;
  #head: number | undefined;
  /** The highest number that is known to be taken. */
  #known = 0;
  #isOver = false;
  #catchingUp = false;
  /** How to read what was missed, asked for since the reading began. */
  #again: ReadBehind | undefined;

  get isFollowed(): boolean {
    return this.#places.size > 0;
  }

  /** One more subscriber: from now on everything is kept until it was given to it. */
  enter(): Place {
    const place = { seen: 0 };
    this.#places.add(place);
    return place;
  }

  leave(place: Place): void {
    this.#places.delete(place);
  }

  /** The numbers have begun another life. */
  over(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** Where the first follower begins. */
  open(head: number): void {
    this.#head ??= head;
    this.know(head);
  }

  /** The number is taken, though its event may still be on its way. */
  know(seq: number): void {
    this.#known = Math.max(this.#known, seq);
  }

  /** Takes in an event. False: events before it are missing. */
  hear(event: BusEvent): boolean {
    this.know(event.seq);
    if (this.#head === undefined || event.seq <= this.#head) return true;
    if (event.seq > this.#head + 1) return false;
    this.#append(event);
    this.#wake();
    return true;
  }

  /**
   * Reads what was missed. Who asks while that is being done has it done once more: a connection that is over may take its time to
   * say so, and what the next one would have read must not wait for an event.
   * @throws what the newest `read` throws
   */
  async catchUp(read: ReadBehind): Promise<void> {
    if (!this.isHeard || this.#head === undefined) return;
    this.#again = read;
    if (this.#catchingUp) return;
    this.#catchingUp = true;
    try {
      while (this.#again !== undefined && !this.#isOver) await this.#readOnce(this.#again);
    } finally {
      this.#again = undefined;
      this.#catchingUp = false;
      this.#wake();
    }
  }

  /** @throws what `read` throws, unless there is a newer one */
  async #readOnce(read: ReadBehind): Promise<void> {
    this.#again = undefined;
    try {
      do {
        const known = this.#known;
        const { head, events } = await read(this.#head ?? 0);
        // Somebody removed the number: what was known of it means nothing.
        if (head < known) this.#restart(head);
        else this.#fill(head, events);
        this.#wake();
      } while (this.#known > (this.#head ?? 0) && !this.#isOver);
    } catch (error) {
      if (this.#again === undefined) throw error;
    }
  }

  /**
   * The event behind a place, undefined while there is none.
   * @throws {LagError} it is not kept any more
   */
  behind({ seen: seq }: Place): BusEvent | undefined {
    if (this.#isOver) throw new LagError("The numbers of all topics have begun anew.");
    if (this.#known - seq > KEPT_EVENTS) throw new LagError(`More than ${KEPT_EVENTS} events behind.`);
    if (seq > this.#known) throw new LagError(`The topic has not reached number ${seq}.`);
    if (this.#head === undefined || seq >= this.#head) return undefined;
    const event = this.#events.at(seq - this.#head);
    if (event?.seq !== seq + 1) throw new LagError(`What came after number ${seq} is not kept.`);
    return event;
  }

  /** Resolves when `behind` may have another answer, or when `stop` aborts; leaves no listener behind. */
  changed(stop: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        stop.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      stop.addEventListener("abort", wake);
    });
  }

  #fill(head: number, events: readonly BusEvent[]): void {
    for (const event of events) {
      if (event.seq <= (this.#head ?? 0)) continue;
      // A hole: what is before it is gone for everybody.
      if (event.seq !== (this.#head ?? 0) + 1) this.#events = [];
      this.#append(event);
    }
    if (events.length === 0 && head > (this.#head ?? 0)) this.#restart(head);
    this.know(head);
  }

  #restart(head: number): void {
    this.#events = [];
    this.#head = head;
    this.#known = head;
  }

  #append(event: BusEvent): void {
    this.#events.push(event);
    this.#head = event.seq;
    if (this.#events.length >= this.#dropAt) this.#drop(event.seq);
  }

  /** What everybody has been given, Redis keeps. In growing steps: each one moves the whole array. */
  #drop(head: number): void {
    let seen = head;
    for (const place of this.#places) seen = Math.min(seen, place.seen);
    const needed = Math.min(head - seen, KEPT_EVENTS);
    this.#events = this.#events.slice(Math.max(0, this.#events.length - needed));
    this.#dropAt = Math.max(DROP_AT, 2 * this.#events.length);
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
