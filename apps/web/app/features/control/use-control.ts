/** The broadcast of a control room: polled, changed at once on the page, and rolled back with a sentence when refused. */
import { ApiError } from "@rostrum/client/api-error";
import { type Client, isOwn } from "@rostrum/client/client";
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePolling } from "../../lib/use-polling.ts";
import { errorText } from "../../lib/use-save.ts";
import { type ActionName, stateAfter } from "./next-action.ts";

export type ControlApi = Pick<Client, "broadcasts">;

const POLL_MS = 3000;

async function loadOwn(api: ControlApi, id: string, notMember: string, signal: AbortSignal): Promise<OwnBroadcast> {
  const broadcast = await api.broadcasts.get(id, { signal });
  if (isOwn(broadcast)) return broadcast;
  throw new ApiError("forbidden", notMember, { status: 403 });
}

/** `busy` is the action under way. `refusal` is the sentence of the last one that failed, until the next or `dismiss`. */
export function useControl(api: ControlApi, initial: OwnBroadcast) {
  const { t } = useTranslation();
  const { id } = initial;
  const polled = usePolling((signal) => loadOwn(api, id, t("control:notMember"), signal), {
    initial,
    intervalMs: POLL_MS,
  });
  const [wish, setWish] = useState<Partial<OwnBroadcast>>({});
  const [busy, setBusy] = useState<ActionName | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const broadcast = { ...polled.data, ...wish };

  const change = async (wished: Partial<OwnBroadcast>, act: () => Promise<OwnBroadcast>): Promise<boolean> => {
    setWish(wished);
    setRefusal(null);
    try {
      polled.set(await act());
      return true;
    } catch (error) {
      setRefusal(errorText(error, t));
      polled.refresh();
      return false;
    } finally {
      setWish({});
    }
  };

  return {
    broadcast,
    busy,
    refusal,
    dismiss: () => setRefusal(null),
    failure: polled.failure,
    retryAt: polled.retryAt,
    retry: polled.refresh,
    /** What was saved elsewhere on the page. */
    replace: polled.set,
    /** False: it was refused. */
    rename: (title: string) => change({ title }, () => api.broadcasts.update(id, { title })),
    act: async (action: ActionName) => {
      setBusy(action);
      await change({ state: stateAfter(broadcast, action) }, () => api.broadcasts[action](id));
      setBusy(null);
    },
  };
}

export type Control = ReturnType<typeof useControl>;
