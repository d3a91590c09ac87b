/** The layout of one account on this device. Browser only. */
import { type Layout, readLayout, writeLayout } from "./layout.ts";

/** Fits useSyncExternalStore. `get` is null while nothing was moved. */
export interface LayoutStore {
  readonly get: () => Layout | null;
  readonly subscribe: (changed: () => void) => () => void;
  /** Null: back to how it was at first. */
  readonly set: (layout: Layout | null) => void;
}

const keyOf = (accountId: string): string => `rostrum.control.layout.${accountId}`;

/** Follows what another window changes. Where storage is switched off the layout lasts as long as the page. */
export function openLayoutStore(accountId: string): LayoutStore {
  const key = keyOf(accountId);
  const listeners = new Set<() => void>();
  let layout = readLayout(stored(key));
  const change = (next: Layout | null): void => {
    layout = next;
    for (const changed of listeners) changed();
  };
  const onStorage = (event: StorageEvent): void => {
    if (event.key === key || event.key === null) change(readLayout(stored(key)));
  };
  return {
    get: () => layout,
    subscribe(changed) {
      if (listeners.size === 0) addEventListener("storage", onStorage);
      listeners.add(changed);
      return () => {
        listeners.delete(changed);
        if (listeners.size === 0) removeEventListener("storage", onStorage);
      };
    },
    set(next) {
      keep(key, next);
      change(next);
    },
  };
}

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, layout: Layout | null): void {
  try {
    if (layout === null) localStorage.removeItem(key);
    else localStorage.setItem(key, writeLayout(layout));
  } catch {
    // Not remembered, nothing lost.
  }
}
