/** Which panel stands where in the control room. Pure; nothing here knows what the panels are. */
import { HOMES, type PanelState } from "./panels.ts";

export type Place = Readonly<{ id: string; state: PanelState }>;

/** Three columns, from top to bottom. Panels that are not there at the moment keep their places. */
export type Layout = Readonly<{ columns: readonly (readonly Place[])[] }>;

export type Direction = "up" | "down" | "left" | "right";

/** Where a panel goes: above `before`, or to the end of the column. `column` from 0. */
export type Target = Readonly<{ column: number; before: string | null }>;

const VERSION = 1;
const COLUMNS = 3;
/** More is no layout of ours. */
const MAX_PLACES = 60;
const ID = /^[a-z0-9-]{1,40}$/;

const NOTHING: Layout = { columns: [[], [], []] };

/** What was stored, and after it at their homes the panels it does not know. `stored` null: everything stands at home. */
export function layoutOf(stored: Layout | null, ids: readonly string[]): Layout {
  const layout = stored ?? NOTHING;
  const known = new Set(layout.columns.flat().map(({ id }) => id));
  const fresh = ids.filter((id) => !known.has(id)).map(homeOf);
  if (fresh.length === 0) return layout;
  const inOrder = fresh.toSorted((a, b) => a.rank - b.rank);
  return {
    columns: layout.columns.map((places, column) => [
      ...places,
      ...inOrder.filter((home) => home.column === column).map(({ id, state }) => ({ id, state })),
    ]),
  };
}

function homeOf(id: string): Readonly<{ id: string; column: number; state: PanelState; rank: number }> {
  const rank = HOMES.findIndex((home) => home.id === id);
  const home = HOMES[rank];
  return home === undefined ? { id, column: COLUMNS - 1, state: "closed", rank: HOMES.length } : { ...home, rank };
}

/** The panels of each column that are there and not hidden. */
export function shownIn(layout: Layout, present: ReadonlySet<string>): readonly (readonly Place[])[] {
  return layout.columns.map((places) => places.filter(({ id, state }) => state !== "hidden" && present.has(id)));
}

/** The same layout when the panel is not in it. */
export function withState(layout: Layout, id: string, state: PanelState): Layout {
  return {
    columns: layout.columns.map((places) => places.map((place) => (place.id === id ? { ...place, state } : place))),
  };
}

/** Moves a panel. The same layout when it is not there. */
export function placed(layout: Layout, id: string, { column, before }: Target): Layout {
  const place = layout.columns.flat().find((one) => one.id === id);
  if (place === undefined || before === id) return layout;
  const columns = layout.columns.map((places) => places.filter((one) => one.id !== id));
  const into = columns[column];
  if (into === undefined) return layout;
  const index = into.findIndex((one) => one.id === before);
  into.splice(index === -1 ? into.length : index, 0, place);
  return { columns };
}

/** Where one step leads, past what is shown; null when there is no room in that direction. */
export function stepFrom(
  layout: Layout,
  id: string,
  direction: Direction,
  present: ReadonlySet<string>,
): Target | null {
  const shown = shownIn(layout, present);
  const column = shown.findIndex((places) => places.some((place) => place.id === id));
  const here = shown[column];
  if (here === undefined) return null;
  const index = here.findIndex((place) => place.id === id);
  if (direction === "left" || direction === "right") {
    const next = column + (direction === "left" ? -1 : 1);
    const there = shown[next];
    return there === undefined ? null : { column: next, before: there[index]?.id ?? null };
  }
  if (direction === "up") {
    const above = here[index - 1];
    return above === undefined ? null : { column, before: above.id };
  }
  return here[index + 1] === undefined ? null : { column, before: here[index + 2]?.id ?? null };
}

/** What was stored by `writeLayout`; null for anything else. */
export function readLayout(text: string | null): Layout | null {
  if (text === null) return null;
  try {
    const stored: unknown = JSON.parse(text);
    if (!isRecord(stored) || stored["v"] !== VERSION || !Array.isArray(stored["columns"])) return null;
    const columns = stored["columns"].map((places: unknown) => (Array.isArray(places) ? places.map(placeOf) : [null]));
    const all = columns.flat();
    const good = all.filter((place) => place !== null);
    const isWhole = good.length === all.length && new Set(good.map(({ id }) => id)).size === good.length;
    if (columns.length !== COLUMNS || !isWhole || good.length > MAX_PLACES) return null;
    return { columns: columns.map((places) => places.filter((place) => place !== null)) };
  } catch {
    // Not JSON.
    return null;
  }
}

export function writeLayout({ columns }: Layout): string {
  return JSON.stringify({ v: VERSION, columns: columns.map((places) => places.map(({ id, state }) => [id, state])) });
}

const STATES: readonly PanelState[] = ["open", "closed", "hidden"];

function placeOf(stored: unknown): Place | null {
  if (!Array.isArray(stored)) return null;
  const [id, wanted] = stored as readonly unknown[];
  const state = STATES.find((known) => known === wanted);
  return typeof id === "string" && ID.test(id) && state !== undefined ? { id, state } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
