/** The stream keys of a channel, masked, with which of them is in use. */
import type { MaskedKey } from "@rostrum/contract/channels";
import { usePolling } from "../../lib/use-polling.ts";
import type { KeysApi } from "./StreamKeyCard.tsx";

const POLL_MS = 15_000;

/** `initial` null: the caller may not see them, and nothing is asked for. `refresh` asks at once. */
export function useKeys(api: KeysApi, channelId: string, initial: readonly MaskedKey[] | null) {
  const { data, refresh } = usePolling<readonly MaskedKey[] | null>(
    async (signal) => (initial === null ? null : (await api.keys.list(channelId, { signal })).items),
    { initial, intervalMs: POLL_MS },
  );
  return { keys: data ?? [], refresh };
}
