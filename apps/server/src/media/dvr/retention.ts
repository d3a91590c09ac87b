/** How long segments stay: in memory, in the playlist, on disk. */
import type { Clock } from "../../lib/clock.ts";
import type { LiveSegment, RenditionWindow } from "../package/rendition-window.ts";
import type { WindowStore } from "./window-store.ts";

export type RetentionOptions = Readonly<{
  clock: Clock;
  store: WindowStore;
  /** A segment's file and line are on disk, or could not be written: `stored` says which. */
  onWritten: (rendition: RenditionWindow, segment: LiveSegment) => void;
}>;

/** Bytes of this much media are kept in memory. */
const MEMORY_SEC = 60;
/** rfc8216bis §4.4.3.8: delta updates need six target durations. */
const MIN_TARGET_DURATIONS = 6;
/** Parts that are listed must be there: three target durations, and some time to fetch them. */
const MEMORY_TARGET_DURATIONS = 5;

type Retired = Readonly<{ rendition: RenditionWindow; segment: LiveSegment; untilMs: number }>;

export class Retention {
  /** What viewers may go back; the playlist is never shorter than six target durations. Counts from the next segment on. */
  dvrWindowSec = 0;
  readonly #options: RetentionOptions;
  readonly #retired: Retired[] = [];
  /** Handed to the store, which still needs their bytes. */
  readonly #writing = new Set<LiveSegment>();
  /** For each rendition the first MSN that may have bytes in memory. */
  readonly #inMemory = new Map<RenditionWindow, number>();

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** Stores a segment that was just closed, then takes those out of the playlist that are too old. */
  add(rendition: RenditionWindow, segment: LiveSegment): void {
    const head = this.#headFor(rendition);
    this.#writing.add(segment);
    this.#options.store.addSegment(rendition, segment, head, (stored) => {
      this.#writing.delete(segment);
      segment.stored = stored;
      this.#options.onWritten(rendition, segment);
      // Not before its line says so: after a crash the playlist must not begin earlier than viewers have seen it begin.
      this.#moveHead(rendition, Math.max(head, this.#trimMemory(rendition)));
    });
    this.removeExpired();
  }

  /** Removes files of segments that left the playlist long enough ago. */
  removeExpired(): void {
    const nowMs = this.#options.clock.monotonicMs();
    const kept = this.#retired.filter((one) => {
      if (one.untilMs > nowMs) return true;
      one.rendition.forget(one.segment.msn);
      this.#options.store.removeSegment(one.rendition, one.segment);
      return false;
    });
    this.#retired.splice(0, this.#retired.length, ...kept);
  }

  #headFor(rendition: RenditionWindow): number {
    const closed = rendition.closed();
    const { targetDurationSec } = rendition.promises;
    const windowSec = Math.max(this.dvrWindowSec, MIN_TARGET_DURATIONS * targetDurationSec);
    let head = rendition.head;
    let lastsSec = closed.reduce((total, one) => total + seconds(one), 0);
    for (const segment of closed) {
      lastsSec -= seconds(segment);
      if (lastsSec < windowSec) break;
      head = segment.msn + 1;
    }
    return head;
  }

  /** Lets go of bytes that are on disk. Returns the first MSN that has its media: what could not be written is lost by then. */
  #trimMemory(rendition: RenditionWindow): number {
    const keepSec = Math.max(MEMORY_SEC, MEMORY_TARGET_DURATIONS * rendition.promises.targetDurationSec);
    let head = rendition.head;
    let msn = this.#inMemory.get(rendition) ?? rendition.head;
    let fromEndSec = 0;
    for (let later = msn + 1; later < rendition.nextMsn; later += 1) fromEndSec += seconds(rendition.segment(later));
    for (; fromEndSec > keepSec; msn += 1) {
      const segment = rendition.segment(msn);
      if (segment !== undefined && this.#writing.has(segment)) break;
      if (segment?.stored === false) head = msn + 1;
      rendition.releaseParts(msn);
      fromEndSec -= seconds(rendition.segment(msn + 1));
    }
    this.#inMemory.set(rendition, msn);
    return head;
  }

  #moveHead(rendition: RenditionWindow, head: number): void {
    const leaving = rendition.closed().filter((segment) => segment.msn < head);
    if (leaving.length === 0) return;
    const playlistMs = rendition.closed().reduce((total, one) => total + seconds(one) * 1000, 0);
    const nowMs = this.#options.clock.monotonicMs();
    rendition.moveHead(head);
    // rfc8216bis §6.2.2: for the segment's duration plus that of the longest playlist it was in.
    for (const segment of leaving) {
      this.#retired.push({ rendition, segment, untilMs: nowMs + playlistMs + seconds(segment) * 1000 });
    }
  }
}

function seconds(segment: LiveSegment | undefined): number {
  return segment === undefined ? 0 : segment.durationTicks / segment.init.track.timescale;
}
