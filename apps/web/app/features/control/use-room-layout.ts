/** The arrangement of the panels as the page shows and changes it. */
import { createContext, useCallback, useMemo, useState, useSyncExternalStore } from "react";
import { useHydrated } from "../../lib/locale.tsx";
import { type Direction, type Layout, layoutOf, placed, shownIn, stepFrom, type Target, withState } from "./layout.ts";
import { type LayoutStore, openLayoutStore } from "./layout-store.ts";
import type { Panel, PanelState } from "./panels.ts";

/** `isFront`: the one that was opened last, which gets room before the others of its column. */
export type PlacedPanel = Readonly<{ panel: Panel; isOpen: boolean; isFront: boolean }>;

export type RoomLayout = Readonly<{
  columns: readonly (readonly PlacedPanel[])[];
  hidden: readonly Panel[];
  isArranging: boolean;
  setArranging: (isArranging: boolean) => void;
  /** The panel that phones show. */
  tab: string | null;
  setTab: (id: string) => void;
  /** True when there was room in that direction. */
  step: (id: string, direction: Direction) => boolean;
  canStep: (id: string, direction: Direction) => boolean;
  put: (id: string, target: Target) => void;
  setState: (id: string, state: PanelState) => void;
  /** Brings a panel into view, wherever it is, and puts the focus into it. */
  reveal: (id: string) => void;
  reset: () => void;
}>;

/** For panels that lead to other panels: brings one into view by its id. */
export const RevealContext = createContext<(id: string) => void>(() => undefined);

const NO_STORE: LayoutStore = { get: () => null, subscribe: () => () => undefined, set: () => undefined };
const atHome = (): null => null;

/** Remembered for the account on this device. */
export function useRoomLayout(panels: readonly Panel[], accountId: string): RoomLayout {
  const hydrated = useHydrated();
  const store = useMemo(() => (hydrated ? openLayoutStore(accountId) : NO_STORE), [hydrated, accountId]);
  const saved = useSyncExternalStore(store.subscribe, store.get, atHome);
  const [isArranging, setArranging] = useState(false);
  const [wanted, setTab] = useState<string | null>(null);
  const [front, setFront] = useState<string | null>(null);
  const layout = layoutOf(
    saved,
    panels.map(({ id }) => id),
  );
  const present = new Set(panels.map(({ id }) => id));
  const columns = shownIn(layout, present).map((places) =>
    places.flatMap(({ id, state }) => {
      const panel = panels.find((one) => one.id === id);
      return panel === undefined ? [] : [{ panel, isOpen: state === "open", isFront: id === front }];
    }),
  );
  const inOrder = columns.flat();
  const tab = inOrder.find(({ panel }) => panel.id === wanted) ?? inOrder[0];
  const change = (next: Layout): void => (next === layout ? undefined : store.set(next));
  return {
    columns,
    hidden: panels.filter(({ id }) => !inOrder.some(({ panel }) => panel.id === id)),
    isArranging,
    setArranging,
    tab: tab?.panel.id ?? null,
    setTab,
    canStep: (id, direction) => stepFrom(layout, id, direction, present) !== null,
    step: (id, direction) => {
      const target = stepFrom(layout, id, direction, present);
      if (target === null) return false;
      change(placed(layout, id, target));
      return true;
    },
    put: (id, target) => change(placed(layout, id, target)),
    setState: (id, state) => {
      if (state === "open") setFront(id);
      change(withState(layout, id, state));
    },
    reveal: useReveal((id) => {
      setTab(id);
      setFront(id);
      change(withState(layout, id, "open"));
    }),
    reset: () => store.set(null),
  };
}

/** The place of a panel in the document. */
export const panelElementId = (id: string): string => `panel-${id}`;

const FIRST_FIELD = "input:not([type=hidden]), textarea, select";

/** The panel may have to be drawn first. */
function useReveal(open: (id: string) => void): (id: string) => void {
  const focus = useCallback((id: string) => {
    const panel = document.getElementById(panelElementId(id));
    panel?.scrollIntoView({ block: "nearest" });
    const fields = [...(panel?.querySelectorAll<HTMLElement>(FIRST_FIELD) ?? [])];
    (fields.find((field) => field.checkVisibility()) ?? panel)?.focus({ preventScroll: true });
  }, []);
  return (id) => {
    open(id);
    requestAnimationFrame(() => requestAnimationFrame(() => focus(id)));
  };
}
