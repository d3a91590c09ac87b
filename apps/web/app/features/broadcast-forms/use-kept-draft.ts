/** Fields of a form before they are saved, kept in this tab: neither a reload nor a way to another page and back loses them. Browser only. */
import { useEffect, useState } from "react";
import { changesOf, unsent } from "../../lib/choices.ts";

/** As `useDraft`. `key` names the form among all; fields that are stored with another type than the saved ones have are ignored. */
export function useKeptDraft<T extends object>(key: string, saved: T) {
  const [edited, setEdited] = useState<Partial<T>>(() => read(key, saved));
  const values: T = { ...saved, ...edited };
  const changes = changesOf(saved, values);
  const text = changes === null ? null : JSON.stringify(changes);
  useEffect(() => keep(key, text), [key, text]);
  return {
    values,
    changes,
    set: (fields: Partial<T>) => setEdited((last) => ({ ...last, ...fields })),
    settle: (sent: Partial<T>) => setEdited((last) => unsent(last, sent)),
    undo: () => setEdited({}),
  };
}

function read<T extends object>(key: string, saved: T): Partial<T> {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(key) ?? "{}");
    if (typeof stored !== "object" || stored === null) return {};
    const known = new Map(Object.entries(saved));
    const good = Object.entries(stored).filter(([name, value]) => typeof known.get(name) === typeof value);
    return Object.fromEntries(good) as Partial<T>;
  } catch {
    return {};
  }
}

function keep(key: string, text: string | null): void {
  try {
    if (text === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // Kept for as long as the page, then.
  }
}
