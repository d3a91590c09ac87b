/** Back from where a tip is paid: what became of it. */
import { ApiError } from "@rostrum/client/api-error";
import type { OwnTip } from "@rostrum/contract/tips";
import { CircleAlert, CircleCheck, Hourglass, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useLocale } from "../../lib/locale.tsx";
import { cn } from "../../ui/cn.ts";
import { IconButton } from "../../ui/IconButton.tsx";
import { formatAmount } from "./amount.ts";
import { DemoMark } from "./DemoNote.tsx";
import type { TipsApi } from "./TipButton.tsx";

/** Named by `tip` in the page's address; nothing without, and nothing for anybody else than who gave it. */
export function TipReturn({ api }: { api: TipsApi }) {
  const [params, setParams] = useSearchParams();
  const id = params.get("tip");
  if (id === null) return null;
  const leave = (): void => {
    const rest = new URLSearchParams(params);
    rest.delete("tip");
    setParams(rest, { replace: true, preventScrollReset: true });
  };
  return <Note key={id} api={api} id={id} onLeave={leave} />;
}

function Note({ api, id, onLeave }: { api: TipsApi; id: string; onLeave: () => void }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { tip, isLate } = useOwnTip(api, id);
  if (tip === null) return null;
  const amount = formatAmount(tip.amountMinor, tip.currency, locale);
  const text = tip.state === "pending" && isLate ? "late" : tip.state;
  const isGood = tip.state === "paid";
  const isWaiting = tip.state === "pending";
  const Icon = isGood ? CircleCheck : isWaiting ? Hourglass : CircleAlert;
  return (
    <div
      className={cn(
        "-mb-4 flex items-start gap-2.5 rounded-sm py-1 pr-1 pl-3 text-sm",
        isGood
          ? "bg-green-tint text-green-text"
          : isWaiting
            ? "bg-blue-tint text-blue-text"
            : "bg-amber-tint text-amber-text",
      )}
    >
      <Icon aria-hidden className="mt-2 size-4 shrink-0" />
      <p role="status" className="flex min-w-0 flex-1 flex-wrap items-center gap-x-2 gap-y-1 py-1.5">
        <span>{t(`tips:back.${text}`, { amount })}</span>
        {tip.notice === null ? null : <DemoMark />}
      </p>
      <IconButton size="sm" label={t("ui.close")} icon={<X />} onClick={onLeave} />
    </div>
  );
}

const POLL_MS = 2000;
/** Five minutes: banks take their time, but not for ever. */
const MOST = 150;
const FINAL = new Set([401, 403, 404]);

/** Asks until it is no longer pending. `tip` null: not known yet, or not the reader's. */
function useOwnTip(api: TipsApi, id: string): Readonly<{ tip: OwnTip | null; isLate: boolean }> {
  const [tip, setTip] = useState<OwnTip | null>(null);
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let tries = 0;
    const again = (): void => {
      tries += 1;
      if (tries >= MOST) setLate(true);
      else timer = setTimeout(ask, POLL_MS);
    };
    const ask = (): void => {
      api.tips
        .get(id, { signal: stop.signal })
        .then((now) => {
          setTip(now);
          if (now.state === "pending") again();
        })
        .catch((error: unknown) => {
          const isFinal = error instanceof ApiError && FINAL.has(error.status);
          if (!stop.signal.aborted && !isFinal) again();
        });
    };
    ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [api, id]);
  return { tip, isLate };
}
