/** Lists of shows that stay true while they are looked at: asked for every 20 s, and when the page comes back into view. */
import type { BroadcastFilters, Client, Page } from "@rostrum/client/client";
import type { Broadcast } from "@rostrum/contract/broadcasts";
import { useEffect } from "react";
import { usePolling } from "../../lib/use-polling.ts";

const EVERY_MS = 20_000;
const LIMITS = { live: 24, upcoming: 12, recent: 24 } as const;

type Api = Pick<Client, "broadcasts">;

/** The first page of each list. */
export type Shelves = Readonly<Record<keyof typeof LIMITS, Page<Broadcast>>>;

export async function listShelves(api: Api, filters: BroadcastFilters, signal?: AbortSignal): Promise<Shelves> {
  const list = (view: keyof Shelves): Promise<Page<Broadcast>> =>
    api.broadcasts.list({ ...filters, view, limit: LIMITS[view] }, signal ? { signal } : {});
  const [live, upcoming, recent] = await Promise.all([list("live"), list("upcoming"), list("recent")]);
  return { live, upcoming, recent };
}

export const isBare = ({ live, upcoming, recent }: Shelves): boolean =>
  live.items.length + upcoming.items.length + recent.items.length === 0;

/** What cannot be asked for stays as it was. Give the component a `key` that changes with the filters. */
export function useShelves(api: Api, filters: BroadcastFilters, initial: Shelves): Shelves {
  const { data, refresh } = usePolling<Shelves>(
    async (signal, known) => (isSeen() ? listShelves(api, filters, signal) : known),
    { initial, intervalMs: EVERY_MS },
  );
  useEffect(() => {
    const seen = (): void => {
      if (isSeen()) refresh();
    };
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, [refresh]);
  return data;
}

const isSeen = (): boolean => document.visibilityState === "visible";
