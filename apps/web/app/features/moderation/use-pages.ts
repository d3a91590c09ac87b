/** A list that is loaded page by page, from its first page whenever what is asked for changes. */
import type { Page } from "@rostrum/client/client";
import { useCallback, useEffect, useState } from "react";

/** Memoised by the caller: another function is another list. */
export type LoadPage<T> = (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>;

export type Pages<T> = Readonly<{
  phase: "loading" | "ready" | "failed";
  items: readonly T[];
  /** Why the last page did not come. */
  failure: unknown;
  hasMore: boolean;
}>;

type Kept<T> = Pages<T> & Readonly<{ load: LoadPage<T>; cursor: string | null }>;

const begun = <T>(load: LoadPage<T>): Kept<T> => ({
  ...{ load, phase: "loading", items: [], failure: null, hasMore: false, cursor: null },
});

export function usePages<T>(load: LoadPage<T>) {
  const [kept, setKept] = useState<Kept<T>>(() => begun(load));
  const pages = kept.load === load ? kept : begun(load);
  const change = useCallback(
    (how: (before: Kept<T>) => Kept<T>) => setKept((now) => how(now.load === load ? now : begun(load))),
    [load],
  );
  const take = useCallback(
    ({ items, nextCursor }: Page<T>, isFirst: boolean): void =>
      change((before) => ({
        ...{ load, phase: "ready", failure: null, cursor: nextCursor, hasMore: nextCursor !== null },
        items: isFirst ? items : [...before.items, ...items],
      })),
    [load, change],
  );
  const fail = useCallback(
    (failure: unknown): void => change((before) => ({ ...before, phase: "failed", failure })),
    [change],
  );
  useEffect(() => {
    const asking = new AbortController();
    const { signal } = asking;
    load(undefined, signal).then(
      (page) => (signal.aborted ? undefined : take(page, true)),
      (error: unknown) => (signal.aborted ? undefined : fail(error)),
    );
    return () => asking.abort();
  }, [load, take, fail]);
  const again = (cursor: string | undefined): void => {
    change((before) => ({ ...before, phase: "loading" }));
    load(cursor, new AbortController().signal).then((page) => take(page, cursor === undefined), fail);
  };
  return {
    ...(pages satisfies Pages<T>),
    /** The next page; after a failure the one that did not come. */
    more: () => again(pages.items.length === 0 ? undefined : (pages.cursor ?? undefined)),
    reload: () => again(undefined),
    /** What is known from elsewhere, such as by the answer of an action. */
    setItems: (how: (items: readonly T[]) => readonly T[]) =>
      change((before) => ({ ...before, items: how(before.items) })),
  };
}
