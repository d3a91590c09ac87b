/** How the page is connected: small, and always there. */
import { LoaderCircle, Radio, RefreshCw, WifiOff } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useNow } from "../lib/locale.tsx";
import type { RealtimeState } from "../lib/realtime/connection.ts";
import { cn } from "./cn.ts";

/** One line of 12 px text with an icon. Screen readers hear what changes, not the seconds. */
export function ConnectionState({ state, className }: { state: RealtimeState; className?: string }) {
  const { t } = useTranslation();
  const isOnline = useSyncExternalStore(subscribe, isOnLine, () => true);
  const shown = state.kind === "live" || isOnline ? state.kind : "offline";
  const { icon: Icon, look } = LOOKS[shown];
  return (
    <span className={cn("inline-flex items-center gap-1 text-xs whitespace-nowrap tabular", look, className)}>
      <Icon aria-hidden className="size-3 shrink-0" />
      <span role="status" className={shown === "waiting" ? "sr-only" : undefined}>
        {t(`connection.${shown}`)}
      </span>
      {shown === "waiting" && state.kind === "waiting" ? <Countdown untilMs={state.retryAtMs} /> : null}
    </span>
  );
}

function Countdown({ untilMs }: { untilMs: number }) {
  const { t } = useTranslation();
  const count = Math.max(0, Math.ceil((untilMs - useNow()) / 1000));
  return <span aria-hidden>{count === 0 ? t("connection.connecting") : t("connection.waitingIn", { count })}</span>;
}

const LOOKS = {
  connecting: { icon: LoaderCircle, look: "text-faint" },
  live: { icon: Radio, look: "text-green-text" },
  polling: { icon: RefreshCw, look: "text-blue-text" },
  waiting: { icon: RefreshCw, look: "text-amber-text" },
  closed: { icon: WifiOff, look: "text-faint" },
  offline: { icon: WifiOff, look: "text-amber-text" },
} as const;

const isOnLine = (): boolean => navigator.onLine;

function subscribe(changed: () => void): () => void {
  addEventListener("online", changed);
  addEventListener("offline", changed);
  return () => {
    removeEventListener("online", changed);
    removeEventListener("offline", changed);
  };
}
