/** The health samples of a broadcast, asked for every 5 s. */
import type { Client } from "@rostrum/client/client";
import type { HealthSample } from "@rostrum/contract/health";
import { usePolling } from "../../lib/use-polling.ts";
import { mergeSamples } from "./series.ts";

const POLL_MS = 5000;

/** `samples` newest last, at most an hour; `latest` is null before the first. */
export type Health = Readonly<{ samples: readonly HealthSample[]; latest: HealthSample | null }>;

/** Only what is new is asked for. While the server does not answer the last samples stay: their age tells. */
export function useHealth(api: Pick<Client, "broadcasts">, id: string, initial: readonly HealthSample[]): Health {
  const { data } = usePolling<readonly HealthSample[]>(
    async (signal, known) => {
      const { samples } = await api.broadcasts.health(id, { signal, after: known.at(-1)?.at ?? null });
      return mergeSamples(known, samples);
    },
    { initial, intervalMs: POLL_MS },
  );
  return { samples: data, latest: data.at(-1) ?? null };
}
