/** How a show is being watched, asked for every 10 s. */
import type { Client } from "@rostrum/client/client";
import type { LiveAnalytics } from "@rostrum/contract/analytics";
import { usePolling } from "../../lib/use-polling.ts";

const POLL_MS = 10_000;

/** `live` is null until the first answer. While the server does not answer the last figures stay, and `failing` is true. */
export function useLiveAnalytics(
  api: Pick<Client, "analytics">,
  broadcastId: string,
): Readonly<{ live: LiveAnalytics | null; failing: boolean }> {
  const { data, failure } = usePolling<LiveAnalytics | null>((signal) => api.analytics.live(broadcastId, { signal }), {
    initial: null,
    intervalMs: POLL_MS,
    atOnce: true,
  });
  return { live: data, failing: failure !== null };
}
