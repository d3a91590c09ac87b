/** The scrolling of a long list: what is in view, what the rows measure, and what must stay in its place. No React in here. */
import { type RowWindow, type Rows, windowAt, windowAtEnd } from "./row-window.ts";

const ESTIMATE_PX = 30;
const OVERSCAN_PX = 400;
/** So close to the end is at the end. */
const AT_END_PX = 32;
/** Heights of rows that are long gone are forgotten now and then. */
const SPARE_HEIGHTS = 500;

/** What the reader looks at: the first row in view, and how far its top is from the view's. */
type Anchor = Readonly<{ key: string; offsetPx: number }>;

/** The same object until something has to be drawn anew. */
export type ScrollState = Readonly<{ isAtEnd: boolean }>;

/** Rows are elements with `data-key` below the box. Fits useSyncExternalStore. */
export class RowScroller {
  readonly #heights = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  #state: ScrollState = { isAtEnd: true };
  #box: HTMLElement | null = null;
  #anchor: Anchor | null = null;
  #topPx = 0;
  #heightPx = 600;
  #widthPx = 0;

  readonly state = (): ScrollState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Which rows to draw. `sticks`: the last ones. */
  windowOf(keys: readonly string[], sticks: boolean): RowWindow {
    if (this.#heights.size > keys.length + SPARE_HEIGHTS) this.#forgetAllBut(keys);
    const rows: Rows = { keys, heights: this.#heights, estimatePx: ESTIMATE_PX };
    return sticks
      ? windowAtEnd(rows, this.#heightPx, OVERSCAN_PX)
      : windowAt(rows, this.#topPx, this.#heightPx, OVERSCAN_PX);
  }

  /** Watches the box for as long as it is shown. Returns what ends it. */
  attach(box: HTMLElement): () => void {
    this.#box = box;
    this.#widthPx = box.clientWidth;
    const observer = new ResizeObserver(() => this.#resized(box));
    observer.observe(box);
    return () => {
      observer.disconnect();
      this.#box = null;
    };
  }

  /** Rows were drawn, and nothing of it is on the screen yet. `hasMore`: there are rows above those. */
  drawn(sticks: boolean, hasMore: boolean): void {
    const box = this.#box;
    if (box === null) return;
    const drawnPx = this.#measure(box);
    if (sticks) box.scrollTop = box.scrollHeight;
    else if (this.#anchor !== null) keepInPlace(box, this.#anchor);
    this.#topPx = box.scrollTop;
    this.#anchor = anchorOf(box);
    // Rows that turned out smaller than expected left the view unfilled; by now their heights are known.
    if (sticks && hasMore && drawnPx < box.clientHeight) this.#redraw();
  }

  /** The box was scrolled, by the reader or by `drawn`. */
  scrolled(): void {
    const box = this.#box;
    if (box === null) return;
    const { scrollTop, scrollHeight, clientHeight } = box;
    if (Math.abs(scrollTop - this.#topPx) < 1) return;
    this.#topPx = scrollTop;
    this.#anchor = anchorOf(box);
    this.#redraw({ isAtEnd: scrollHeight - scrollTop - clientHeight <= AT_END_PX });
  }

  toEnd(): void {
    this.#redraw({ isAtEnd: true });
  }

  #redraw(state: ScrollState = { ...this.#state }): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }

  #resized(box: HTMLElement): void {
    // Other lines break at another width.
    if (box.clientWidth !== this.#widthPx) this.#heights.clear();
    this.#widthPx = box.clientWidth;
    this.#heightPx = box.clientHeight;
    this.#redraw();
  }

  /** Answers what the drawn rows measure together. */
  #measure(box: HTMLElement): number {
    let sumPx = 0;
    for (const row of rowsIn(box)) {
      const heightPx = row.offsetHeight;
      this.#heights.set(row.dataset["key"] ?? "", heightPx);
      sumPx += heightPx;
    }
    return sumPx;
  }

  #forgetAllBut(keys: readonly string[]): void {
    const kept = new Set(keys);
    for (const key of this.#heights.keys()) if (!kept.has(key)) this.#heights.delete(key);
  }
}

const rowsIn = (box: HTMLElement): HTMLElement[] => [...box.querySelectorAll<HTMLElement>("[data-key]")];

function anchorOf(box: HTMLElement): Anchor | null {
  const topPx = box.getBoundingClientRect().top;
  for (const row of rowsIn(box)) {
    const { top, bottom } = row.getBoundingClientRect();
    if (bottom > topPx) return { key: row.dataset["key"] ?? "", offsetPx: top - topPx };
  }
  return null;
}

function keepInPlace(box: HTMLElement, { key, offsetPx }: Anchor): void {
  const row = rowsIn(box).find((one) => one.dataset["key"] === key);
  if (row === undefined) return;
  const movedPx = row.getBoundingClientRect().top - box.getBoundingClientRect().top - offsetPx;
  if (Math.abs(movedPx) >= 1) box.scrollTop += movedPx;
}
