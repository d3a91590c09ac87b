/** This browser's push messages as a hook: how it stands, and switching them by a click. */
import type { PushSubscription } from "@rostrum/contract/notifications";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type PushApi, type PushState, readPushState, switchPushOff, switchPushOn } from "./browser-push.ts";
import { errorText } from "./use-save.ts";

/** `failed` carries the sentence to show, also when the person or the browser did not wish it. */
export type PushChange = Readonly<{ kind: "on" | "off" } | { kind: "failed"; text: string }>;

export type BrowserPush = Readonly<{
  /** Null until the browser was asked. */
  state: PushState | null;
  isBusy: boolean;
  /** Never rejects. Only by a click: browsers ask the person. */
  set: (isOn: boolean) => Promise<PushChange>;
}>;

/** `browsers`: those of the account; null while they are not known. `onChanged`: they are others now. */
export function useBrowserPush(
  api: PushApi,
  browsers: readonly PushSubscription[] | null,
  onChanged: () => void,
): BrowserPush {
  const { t } = useTranslation();
  const [state, setState] = useState<PushState | null>(null);
  const [isBusy, setBusy] = useState(false);
  const ids = browsers?.map(({ id }) => id).join(" ") ?? null;
  useEffect(() => {
    if (ids === null) return undefined;
    let isGone = false;
    const say = (now: PushState): void => (isGone ? undefined : setState(now));
    // Some browsers refuse the question itself, such as in private windows.
    readPushState(ids.split(" ")).then(say, () => say({ ability: "unsupported", id: null }));
    return () => {
      isGone = true;
    };
  }, [ids]);
  const change = async (isOn: boolean): Promise<PushChange> => {
    if (!isOn) {
      if (state?.id != null) await switchPushOff(api, state.id);
      setState({ ability: "ready", id: null });
      return { kind: "off" };
    }
    const outcome = await switchPushOn(api);
    if (outcome.kind !== "on") return { kind: "failed", text: t(`push.${outcome.kind}`) };
    setState({ ability: "ready", id: outcome.id });
    return { kind: "on" };
  };
  const set = async (isOn: boolean): Promise<PushChange> => {
    setBusy(true);
    const done = await change(isOn).catch((error: unknown) => ({ kind: "failed" as const, text: errorText(error, t) }));
    setBusy(false);
    onChanged();
    return done;
  };
  return { state, isBusy, set };
}
