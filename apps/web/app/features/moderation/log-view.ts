/** Which entries of the log are shown, and which of them can be taken back. Pure; the server decides. */
import { type LogEntry, type ModerationAct, UndoableAct } from "@rostrum/contract/moderation";

/** `person` is a handle: of whom it concerns, or of who did it. Null: everything. */
export type LogFilter = Readonly<{ act: ModerationAct | null; person: string | null }>;

/** What was heard and what was loaded, newest first, each once, those that were undone marked as such. */
export function logView(
  heard: readonly LogEntry[],
  loaded: readonly LogEntry[],
  filter: LogFilter,
): readonly LogEntry[] {
  const byId = new Map([...loaded, ...heard].map((entry) => [entry.id, entry]));
  const undone = new Set([...byId.values()].flatMap(({ undoes }) => (undoes === null ? [] : [undoes])));
  return [...byId.values()]
    .filter((entry) => isWanted(entry, filter))
    .toSorted((a, b) => (a.id < b.id ? 1 : -1))
    .map((entry) => (undone.has(entry.id) && !entry.undone ? { ...entry, undone: true } : entry));
}

function isWanted({ act, by, account }: LogEntry, filter: LogFilter): boolean {
  if (filter.act !== null && filter.act !== act) return false;
  return filter.person === null || by?.handle === filter.person || account?.handle === filter.person;
}

export function mayUndo({ act, undone }: LogEntry): boolean {
  return !undone && UndoableAct.safeParse(act).success;
}

/** What the entry's details say that a moderator wants to know. */
export type LogDetails = Readonly<{ until: string | null; isShared: boolean; removed: number; lifted: boolean }>;

/** Details are written by the server of today and of years ago: whatever is not there is left out. */
export function detailsOf({ details }: LogEntry): LogDetails {
  const { until, scope, removed, removedHeld, decision } = details;
  return {
    until: typeof until === "string" ? until : null,
    isShared: scope === "owner",
    removed: lengthOf(removed) + lengthOf(removedHeld),
    lifted: decision === "lift",
  };
}

const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

/** A handle as people type it: "@Kim " is "kim"; null for nothing. */
export function handleOf(typed: string): string | null {
  const handle = typed.trim().replace(/^@/, "").toLowerCase();
  return handle === "" ? null : handle;
}
