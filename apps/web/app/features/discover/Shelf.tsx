/** A titled grid of cards that can be continued. */
import type { BroadcastFilters, Page } from "@rostrum/client/client";
import type { Broadcast } from "@rostrum/contract/broadcasts";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { browserApi, messageOf } from "../../lib/api.ts";
import { Button } from "../../ui/Button.tsx";
import { toast } from "../../ui/toast.ts";

type ShelfProps = {
  title: string;
  page: Page<Broadcast>;
  /** What the page was asked for with: the rest is asked for in the same way. */
  query: BroadcastFilters;
  card: (broadcast: Broadcast, index: number) => ReactNode;
  /** Shows above the grid; what it shows is left out of the grid. */
  featured?: (broadcast: Broadcast) => ReactNode;
};

/** Nothing when the page is empty. Give it a `key` that changes with the query. */
export function Shelf({ title, page, query, card, featured }: ShelfProps) {
  const { t } = useTranslation();
  const { more, cursor, busy, load } = useMore(page, query);
  const [first, ...others] = page.items;
  if (first === undefined) return null;
  const items = [...(featured ? others : page.items), ...more];
  return (
    <section aria-label={title} className="flex flex-col gap-5">
      <h2 className="text-md font-semibold">{title}</h2>
      {featured ? featured(first) : null}
      {items.length > 0 ? (
        <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,17.5rem),1fr))] gap-x-5 gap-y-8">
          {items.map((broadcast, index) => (
            <li key={broadcast.id} className="min-w-0">
              {card(broadcast, index)}
            </li>
          ))}
        </ul>
      ) : null}
      {cursor === null ? null : (
        <Button className="self-center" busy={busy} onClick={() => void load()}>
          {t("discover:more")}
        </Button>
      )}
    </section>
  );
}

function useMore(page: Page<Broadcast>, query: BroadcastFilters) {
  const { t } = useTranslation();
  const [added, setAdded] = useState<Page<Broadcast> | null>(null);
  const [busy, setBusy] = useState(false);
  const known = new Set(page.items.map(({ id }) => id));
  const cursor = added === null ? page.nextCursor : added.nextCursor;
  const load = async (): Promise<void> => {
    if (cursor === null) return;
    setBusy(true);
    try {
      const next = await browserApi().broadcasts.list({ ...query, cursor });
      setAdded({ items: [...(added?.items ?? []), ...next.items], nextCursor: next.nextCursor });
    } catch (error) {
      toast.error(messageOf(error, t("error.unknown")));
    } finally {
      setBusy(false);
    }
  };
  // The first page is asked for again while it is open: what moved there must not stand twice.
  return { more: (added?.items ?? []).filter(({ id }) => !known.has(id)), cursor, busy, load };
}
