/** What is connected to a broadcast, asked for every two seconds, and the choice among it. */
import type { Client } from "@rostrum/client/client";
import type { ConnectedSources } from "@rostrum/contract/sources";
import { usePolling } from "../../lib/use-polling.ts";
import { useSave } from "../../lib/use-save.ts";

const POLL_MS = 2000;
const NONE: ConnectedSources = { items: [], selected: null, override: null, slateSince: null };

type Api = Pick<Client, "sources">;

/** `allowed`: the caller may see them; without that nothing is asked. */
export function useSources(api: Api, broadcastId: string, allowed: boolean) {
  const polled = usePolling<ConnectedSources>(
    async (signal) => (allowed ? api.sources.get(broadcastId, { signal }) : NONE),
    { initial: NONE, intervalMs: POLL_MS, atOnce: true },
  );
  const { state, run } = useSave(async (sourceId: ConnectedSources["override"]) => {
    polled.set(await api.sources.take(broadcastId, sourceId));
  });
  return {
    ...polled.data,
    take: (sourceId: ConnectedSources["override"]) => void run(sourceId),
    busy: state.kind === "saving",
    refusal: state.kind === "failed" ? state.text : null,
  };
}

export type Sources = ReturnType<typeof useSources>;
