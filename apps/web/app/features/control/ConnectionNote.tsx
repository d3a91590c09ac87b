/** What stands between the top strip and the panels when something is wrong with the page or with what was asked. */
import { CircleAlert, WifiOff, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useNow } from "../../lib/locale.tsx";
import { errorText } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { cn } from "../../ui/cn.ts";
import { IconButton } from "../../ui/IconButton.tsx";
import type { Control } from "./use-control.ts";

/** Nothing while all is well. */
export function ConnectionNote({ control }: { control: Control }) {
  const { t } = useTranslation();
  const { failure, retryAt, refusal, dismiss, retry } = control;
  return (
    <>
      {refusal === null ? null : (
        <Bar tone="live" icon={<CircleAlert aria-hidden />}>
          <span className="flex-1">{t("control:refused", { reason: refusal })}</span>
          <IconButton size="sm" label={t("ui.close")} icon={<X />} onClick={dismiss} className="-my-1.5 text-current" />
        </Bar>
      )}
      {failure === null ? null : (
        <Bar tone="amber" icon={<WifiOff aria-hidden />}>
          <span className="flex-1">
            {retryAt === null ? errorText(failure, t) : <Reconnecting retryAt={retryAt} />}
          </span>
          <Button size="sm" onClick={retry} className="-my-1.5">
            {t("control:retryNow")}
          </Button>
        </Bar>
      )}
    </>
  );
}

function Reconnecting({ retryAt }: { retryAt: number }) {
  const { t } = useTranslation();
  const leftSec = Math.max(0, Math.ceil((retryAt - useNow()) / 1000));
  return (
    <>
      {/* Screen readers say what is wrong once, not every second. */}
      <span className="sr-only">{t("control:connectionLost")}</span>
      <span aria-hidden>
        {leftSec === 0 ? t("control:reconnecting") : t("control:reconnectingIn", { count: leftSec })}
      </span>
    </>
  );
}

const TONES = {
  live: "border-live-line bg-live-tint text-live-text",
  amber: "border-amber-line bg-amber-tint text-amber-text",
} as const;

function Bar({ tone, icon, children }: { tone: keyof typeof TONES; icon: ReactNode; children: ReactNode }) {
  return (
    <div
      role="alert"
      className={cn(
        "flex items-center gap-3 rounded-md border px-4 py-2.5 text-sm [&>svg]:size-4 [&>svg]:shrink-0",
        TONES[tone],
      )}
    >
      {icon}
      {children}
    </div>
  );
}
