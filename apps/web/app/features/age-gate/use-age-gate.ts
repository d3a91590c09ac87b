/** Whether a visitor has still to say that they are old enough for a show, and saying it. */
import type { Client } from "@rostrum/client/client";
import type { AgeConsent, MinimumAge } from "@rostrum/contract/age-gate";
import { useCallback, useEffect, useState } from "react";
import { useRevalidator } from "react-router";
import { forgetConsent, hasKeptAge, keepConsent } from "../../lib/kept-age.ts";
import { pageConnection } from "../../lib/realtime/connection.ts";
import { type SaveState, useSave } from "../../lib/use-save.ts";

export type AgeGate = Readonly<{
  /** Nothing of the show is to be asked for yet. */
  isClosed: boolean;
  /** It was said, and this browser keeps no cookie of it. */
  lacksCookie: boolean;
  state: SaveState;
  confirm: () => Promise<boolean>;
}>;

export type AgeGateOptions = Readonly<{
  api: Pick<Client, "confirmAge">;
  minimumAge: MinimumAge;
  /** What the server said when it rendered the page. */
  mustConfirm: boolean;
  /** The page plays what only a cookie opens. Left out: a token goes along with each request as well. */
  needsCookie?: boolean;
}>;

/** Browsers cannot wait much longer than three weeks. */
const LONGEST_MS = 2 ** 31 - 1;

/** The page is loaded anew once it is said, and when that is no longer good. */
export function useAgeGate({ api, minimumAge, mustConfirm, needsCookie = false }: AgeGateOptions): AgeGate {
  const { revalidate, state: loading } = useRevalidator();
  const [said, setSaid] = useState<AgeConsent | null>(null);
  const save = useSave(async () => {
    const consent = await api.confirmAge(minimumAge);
    keepConsent(consent);
    pageConnection().reconnect();
    setSaid(consent);
    await revalidate();
  });
  const { run } = save;
  useRestored(mustConfirm && said === null, minimumAge, run);
  useEnd(
    said,
    useCallback(() => {
      setSaid(null);
      void revalidate();
    }, [revalidate]),
  );
  const isOld = said !== null && said.minimumAge >= minimumAge;
  const isClosed = mustConfirm && (needsCookie || !isOld);
  const lacksCookie = needsCookie && mustConfirm && isOld && loading === "idle";
  return { isClosed, lacksCookie, state: save.state, confirm: run };
}

/** It was said before, and the cookie was lost or never kept: the same answer is given again, for as long as it was good. */
function useRestored(isAsked: boolean, minimumAge: MinimumAge, confirm: () => Promise<boolean>): void {
  useEffect(() => {
    if (!isAsked || !hasKeptAge(minimumAge)) return;
    void confirm().then((isDone) => (isDone ? undefined : forgetConsent()));
    // Once for each age: what failed is asked for by its button.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [isAsked, minimumAge]);
}

function useEnd(said: AgeConsent | null, onEnd: () => void): void {
  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(onEnd, Math.min(LONGEST_MS, Math.max(0, Date.parse(said.expiresAt) - Date.now())));
    return () => clearTimeout(timer);
  }, [said, onEnd]);
}
