/** The tips of a show as its crew sees them, and what they come to; asked for again when something new is told. */
import type { StaffTip, TipTotal } from "@rostrum/contract/tips";
import { useEffect, useRef } from "react";
import { usePolling } from "../../../lib/use-polling.ts";
import type { TipsApi } from "../TipButton.tsx";

/** `tips` newest first; those that were begun and never paid are left out. */
export type StaffTips = Readonly<{ tips: readonly StaffTip[]; totals: readonly TipTotal[] }>;

const POLL_MS = 20_000;
const SHOWN = 50;
/** Many at once are asked for once. */
const SETTLE_MS = 400;

/** `mark` changes whenever something was told. Null until it is known. Give the component a key that changes with the show. */
export function useStaffTips(api: TipsApi, at: Readonly<{ channelId: string; broadcastId: string }>, mark: unknown) {
  const { channelId, broadcastId } = at;
  const { data, failure, refresh } = usePolling<StaffTips | null>(
    async (signal) => {
      const [page, totals] = await Promise.all([
        api.tips.list(channelId, { broadcastId, limit: SHOWN }, { signal }),
        api.tips.totals(channelId, { broadcastId }, { signal }),
      ]);
      return { tips: page.items.filter(isPaid), totals: totals.items };
    },
    { initial: null, intervalMs: POLL_MS, atOnce: true },
  );
  const known = useRef(mark);
  useEffect(() => {
    if (mark === known.current) return undefined;
    known.current = mark;
    const timer = setTimeout(refresh, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [mark, refresh]);
  return { data, failure, refresh };
}

const isPaid = ({ state }: StaffTip): boolean => state !== "pending" && state !== "expired" && state !== "failed";
