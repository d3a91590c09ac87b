/** How a poll stands: one bar for each option, said in words and figures. */
import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatCount } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { cn } from "../../ui/cn.ts";
import type { PollBar } from "./poll-view.ts";

/** `large`: for a layer over a picture, in the size of its text. */
export function PollBars({ bars, large = false }: { bars: readonly PollBar[]; large?: boolean }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  return (
    <ul className="flex flex-col gap-1.5">
      {bars.map(({ id, text, votes, share, isOwn, leads }) => (
        <li
          key={id}
          className={cn(
            "relative isolate overflow-hidden rounded-sm border",
            large ? "border-transparent bg-scrim" : isOwn ? "border-accent-line" : "border-line",
          )}
        >
          <div
            aria-hidden
            className={cn(
              "absolute inset-y-0 left-0 -z-10 transition-[width] duration-(--duration-slow)",
              large ? "bg-accent" : leads ? "bg-accent-tint" : "bg-hover",
            )}
            style={{ width: `${share * 100}%` }}
          />
          <div className={cn("flex items-baseline gap-2 px-2.5", large ? "py-1" : "py-1.5 text-base")}>
            <bdi dir="auto" className={cn("min-w-0 flex-1 wrap-anywhere", leads && "font-semibold")}>
              {text}
            </bdi>
            {isOwn ? (
              <span className="inline-flex items-center self-center text-accent-text">
                <Check aria-hidden className="size-4" />
                <span className="sr-only">{t("engagement:poll.own")}</span>
              </span>
            ) : null}
            <span className="shrink-0 tabular">
              {new Intl.NumberFormat(locale, { style: "percent" }).format(share)}
            </span>
            {large ? null : (
              <span className="shrink-0 text-xs text-muted tabular">
                {t("engagement:poll.votes", { count: votes, shown: formatCount(votes, locale) })}
              </span>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
