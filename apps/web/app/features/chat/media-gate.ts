/** Chat that follows the picture: what was said about a picture is shown when that picture is. Pure; times are media time, ms. */

export type Timed = Readonly<{ id: string; mediaTimeMs: number | null }>;

/** `shown` in the order in which they appeared; `waiting` for their picture. */
export type Gate<T extends Timed> = Readonly<{ shown: readonly T[]; waiting: readonly T[]; atMs: number | null }>;

export const emptyGate = <T extends Timed>(): Gate<T> => ({ shown: [], waiting: [], atMs: null });

/** Less than this backwards is the jitter of a player, not a jump. */
const BACK_MS = 1500;

/** Whether the picture has come to it. */
export const isDue = ({ mediaTimeMs }: Timed, atMs: number | null): boolean =>
  atMs === null || mediaTimeMs === null || mediaTimeMs <= atMs;

/** Whether it is later than the picture by more than a player's jitter. */
export const isAhead = (message: Timed, atMs: number | null): boolean =>
  !isDue(message, atMs === null ? null : atMs + BACK_MS);

/** New messages in the order of their arrival. `now` are shown at once: one's own, and what belongs to no picture. */
export function arrived<T extends Timed>(gate: Gate<T>, messages: readonly T[], now: (message: T) => boolean): Gate<T> {
  const due = messages.filter((message) => isDue(message, gate.atMs) || now(message));
  const later = messages.filter((message) => !due.includes(message));
  return { ...gate, shown: [...gate.shown, ...due], waiting: [...gate.waiting, ...later] };
}

/** Messages from before all that are known, in their order: those of pictures that are yet to come wait. */
export function foundEarlier<T extends Timed>(gate: Gate<T>, messages: readonly T[]): Gate<T> {
  const due = messages.filter((message) => isDue(message, gate.atMs));
  const later = messages.filter((message) => !isDue(message, gate.atMs));
  return { ...gate, shown: [...due, ...gate.shown], waiting: [...later, ...gate.waiting] };
}

/** The picture is at `atMs`; null: chat does not follow it. The same gate when nothing is due. */
export function moved<T extends Timed>(gate: Gate<T>, atMs: number | null): Gate<T> {
  if (atMs !== null && mustWaitAgain(gate, atMs)) return wentBack(gate, atMs);
  const due = gate.waiting.filter((message) => isDue(message, atMs));
  if (due.length === 0) return atMs === gate.atMs ? gate : { ...gate, atMs };
  const waiting = gate.waiting.filter((message) => !isDue(message, atMs));
  return { shown: [...gate.shown, ...due.toSorted(byTime)], waiting, atMs };
}

/** The viewer went back, or it is only known now how far behind their picture is. */
function mustWaitAgain<T extends Timed>(gate: Gate<T>, atMs: number): boolean {
  if (gate.atMs !== null) return atMs < gate.atMs - BACK_MS;
  return gate.shown.some((message) => isAhead(message, atMs));
}

/** What is said later waits again. */
function wentBack<T extends Timed>(gate: Gate<T>, atMs: number): Gate<T> {
  const all = [...gate.shown, ...gate.waiting];
  return {
    shown: all.filter((message) => isDue(message, atMs)),
    waiting: all.filter((message) => !isDue(message, atMs)),
    atMs,
  };
}

const byTime = (a: Timed, b: Timed): number => (a.mediaTimeMs ?? 0) - (b.mediaTimeMs ?? 0);
