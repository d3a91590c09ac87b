/** Whether a connection brings what it should, and how well, by what the browser has counted. Pure; monotonic ms. */

/** Since the connection was opened. */
export type ConnectionTotals = Readonly<{
  packets: number;
  lostPackets: number;
  bytes: number;
  /** Pictures that have come, and those that were decoded. */
  received: number;
  frames: number;
  freezes: number;
  freezesMs: number;
  /** Of the picture, or of the sound of a show without pictures: how long what left the buffer had waited in it, and how much that was. */
  bufferedSec: number;
  buffered: number;
  /** Not a total: as it is now. */
  jitterMs: number;
}>;

export const NOTHING: ConnectionTotals = {
  ...{ packets: 0, lostPackets: 0, bytes: 0, received: 0, frames: 0, freezes: 0, freezesMs: 0 },
  ...{ bufferedSec: 0, buffered: 0, jitterMs: 0 },
};

/** How it goes, between the last two looks. */
export type Figures = Readonly<{ bps: number; jitterMs: number; lostShare: number; bufferSec: number }>;

export type Seen = Readonly<{
  /** Why another delivery would be better; undefined: none would. */
  trouble: string | undefined;
  /** Freezes that are over. */
  freezes: number;
  freezesMs: number;
}>;

/** A connection by which nothing comes for so long has broken off. */
const SILENT_MS = 1300;
/** Sound goes on, and the picture stands: longer than shows of slides take, or three times the longest pause so far. */
const STILL_MS = 4000;
const STILL_TIMES = 3;
/** So many freezes within this time are worse than a higher latency. */
const FREEZES = 3;
const FREEZES_WITHIN_MS = 12_000;

type Looked = Readonly<{ totals: ConnectionTotals; atMs: number }>;

export class FlowWatch {
  #before: Looked | undefined;
  #packetAtMs = 0;
  #frameAtMs = 0;
  #longestPauseMs = 0;
  #freezesAtMs: readonly number[] = [];
  #figures: Figures | undefined;

  get figures(): Figures | undefined {
    return this.#figures;
  }

  /** Ask about twice a second. @param isSeen there is a picture to see: not in a page in the background, which is drawn seldom */
  look(totals: ConnectionTotals, isSeen: boolean, nowMs: number): Seen {
    const before = this.#before;
    this.#before = { totals, atMs: nowMs };
    if (before === undefined || totals.packets > before.totals.packets) this.#packetAtMs = nowMs;
    if (before === undefined || !isSeen || totals.frames > before.totals.frames) this.#moved(nowMs, isSeen);
    if (before === undefined) return { trouble: undefined, freezes: 0, freezesMs: 0 };
    this.#figures = figuresOf(before.totals, totals, nowMs - before.atMs);
    const freezes = isSeen ? Math.max(0, totals.freezes - before.totals.freezes) : 0;
    const recent = this.#freezesAtMs.filter((atMs) => nowMs - atMs < FREEZES_WITHIN_MS);
    this.#freezesAtMs = [...recent, ...Array.from({ length: freezes }, () => nowMs)];
    const freezesMs = freezes === 0 ? 0 : totals.freezesMs - before.totals.freezesMs;
    return { trouble: this.#trouble(nowMs), freezes, freezesMs };
  }

  #moved(nowMs: number, isSeen: boolean): void {
    if (isSeen && this.#frameAtMs > 0) this.#longestPauseMs = Math.max(this.#longestPauseMs, nowMs - this.#frameAtMs);
    this.#frameAtMs = nowMs;
  }

  #trouble(nowMs: number): string | undefined {
    if (nowMs - this.#packetAtMs > SILENT_MS) return "nothing came for a second";
    const stillMs = Math.max(STILL_MS, STILL_TIMES * this.#longestPauseMs);
    if (nowMs - this.#frameAtMs > stillMs) return "no picture came for seconds";
    return this.#freezesAtMs.length >= FREEZES ? "freezes" : undefined;
  }
}

function figuresOf(before: ConnectionTotals, now: ConnectionTotals, passedMs: number): Figures {
  const lost = Math.max(0, now.lostPackets - before.lostPackets);
  const due = now.packets - before.packets + lost;
  const left = now.buffered - before.buffered;
  return {
    bps: Math.round(((now.bytes - before.bytes) * 8000) / passedMs),
    jitterMs: now.jitterMs,
    lostShare: due > 0 ? lost / due : 0,
    bufferSec: left > 0 ? (now.bufferedSec - before.bufferedSec) / left : 0,
  };
}
