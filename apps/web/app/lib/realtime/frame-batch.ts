/** Gathers what comes one by one and hands it on once per picture of the screen. */

/** Hands on what waits, then starts anew. `add` after `close` does nothing. */
export interface FrameBatch<T> {
  add(item: T): void;
  /** What waits is handed on now. */
  flush(): void;
  /** What waits is dropped. */
  close(): void;
}

/** A page in the background has no frames: then once in this time. */
const HIDDEN_MS = 1000;
/** So many do not wait for the frame: nothing grows without bound while a page is busy. */
const MAX_WAITING = 2000;

export type Schedule = (run: () => void) => () => void;

/** `schedule` calls `run` once, soon, and returns what calls it off; default: the browser's next frame. */
export function createFrameBatch<T>(
  take: (items: readonly T[]) => void,
  schedule: Schedule = nextFrame,
): FrameBatch<T> {
  let waiting: T[] = [];
  let callOff: (() => void) | undefined;
  let isClosed = false;
  const flush = (): void => {
    callOff?.();
    callOff = undefined;
    if (waiting.length === 0) return;
    const items = waiting;
    waiting = [];
    take(items);
  };
  return {
    flush,
    add(item) {
      if (isClosed) return;
      waiting.push(item);
      if (waiting.length >= MAX_WAITING) flush();
      else callOff ??= schedule(flush);
    },
    close() {
      isClosed = true;
      callOff?.();
      waiting = [];
    },
  };
}

function nextFrame(run: () => void): () => void {
  if (document.visibilityState === "hidden") {
    const timer = setTimeout(run, HIDDEN_MS);
    return () => clearTimeout(timer);
  }
  const frame = requestAnimationFrame(run);
  // A page that goes into the background now would wait for its frame until somebody looks.
  const timer = setTimeout(run, HIDDEN_MS);
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}
