/** The video is given something else to play: the last picture stands meanwhile, and a short wait is no stall. Pure; monotonic ms. */

/** A still of this length is no fault that a viewer sees. */
const UNSEEN_MS = 800;

/** `moved`: the viewer went elsewhere in the show, and expects to wait. */
export type ExchangeKind = "same_place" | "moved";

export class Exchange {
  #kind: ExchangeKind = "same_place";
  #sinceMs: number | undefined;

  /** Until `ended`. */
  get isOn(): boolean {
    return this.#sinceMs !== undefined;
  }

  begin(kind: ExchangeKind, nowMs: number): void {
    this.#kind = kind;
    this.#sinceMs = nowMs;
  }

  /** The new source plays. */
  ended(): void {
    this.#sinceMs = undefined;
  }

  /** Ask often. Once for each exchange that takes too long: from now on it is a wait like any other. */
  isLate(nowMs: number): ExchangeKind | undefined {
    if (this.#sinceMs === undefined || nowMs - this.#sinceMs < UNSEEN_MS) return undefined;
    this.#sinceMs = undefined;
    return this.#kind;
  }
}
