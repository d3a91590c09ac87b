/** Draws only what is in view of a long list whose rows have heights of their own, and keeps what is read in its place. */
import { type RefObject, useCallback, useLayoutEffect, useState, useSyncExternalStore } from "react";
import { RowScroller, type ScrollState } from "./row-scroller.ts";
import type { RowWindow } from "./row-window.ts";

export type RowWindowView = RowWindow &
  Readonly<{
    /** New rows move the list; false while the reader has scrolled up. */
    sticks: boolean;
    onScroll: () => void;
    toEnd: () => void;
  }>;

const AT_END: ScrollState = { isAtEnd: true };

/** Each drawn row is an element with `data-key` below `box`. `holds`: rows must not move, for instance while one has the focus. */
export function useRowWindow(
  box: RefObject<HTMLElement | null>,
  keys: readonly string[],
  holds: boolean,
): RowWindowView {
  const [scroller] = useState(() => new RowScroller());
  const { isAtEnd } = useSyncExternalStore(scroller.subscribe, scroller.state, () => AT_END);
  const sticks = isAtEnd && !holds;
  const rows = scroller.windowOf(keys, sticks);
  useLayoutEffect(() => (box.current === null ? undefined : scroller.attach(box.current)), [box, scroller]);
  // After every drawing: any of them may have changed what the rows measure.
  useLayoutEffect(() => scroller.drawn(sticks, rows.from > 0));
  const onScroll = useCallback(() => scroller.scrolled(), [scroller]);
  const toEnd = useCallback(() => scroller.toEnd(), [scroller]);
  return { ...rows, sticks, onScroll, toEnd };
}
