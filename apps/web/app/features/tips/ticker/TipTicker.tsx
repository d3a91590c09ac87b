/** One tip after the other on a strip of its own, below the picture: it covers nothing. */
import type { ShownTip } from "@rostrum/contract/tips";
import { EyeOff } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../../../lib/locale.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import { formatAmount } from "../amount.ts";
import { DemoMark } from "../DemoNote.tsx";
import { SHOW_MS } from "./queue.ts";
import { useTicker } from "./use-ticker.ts";

/** Nothing until something was given. `token`: a playback token, for who may watch only with one. */
export function TipTicker({ broadcastId, token }: { broadcastId: string; token?: string | undefined }) {
  const { t } = useTranslation();
  const { queue } = useTicker(broadcastId, token);
  const [isHidden, setHidden] = useState(false);
  const tip = queue.shown?.tip ?? null;
  return (
    <>
      {/* There before anything is said, or screen readers do not hear it. */}
      <p role="status" className="sr-only">
        <TipText tip={isHidden ? null : tip} />
      </p>
      {tip === null || isHidden ? null : (
        <div className="relative flex min-h-11 items-center overflow-hidden border-t border-line bg-surface">
          <Sliding key={tip.id} tip={tip} />
          {/* What moves by itself can be stopped. */}
          <div className="absolute inset-y-0 right-0 flex items-center bg-surface pr-1 pl-2">
            <IconButton label={t("tips:ticker.hide")} icon={<EyeOff />} size="sm" onClick={() => setHidden(true)} />
          </div>
        </div>
      )}
    </>
  );
}

function TipText({ tip }: { tip: ShownTip | null }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  if (tip === null) return null;
  const name = tip.anonymous ? t("tips:anonymous") : tip.name;
  const amount = formatAmount(tip.amountMinor, tip.currency, locale);
  const said = tip.message === null ? "" : `: ${tip.message}`;
  return `${t("tips:ticker.gave", { name, amount })}${said}${tip.notice === null ? "" : ` (${t("tips:demo")})`}`;
}

/** From the right edge out of the left one; with less motion it appears and goes where it stands. */
function Sliding({ tip }: { tip: ShownTip }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const line = useRef<HTMLParagraphElement>(null);
  useEffect(() => (line.current === null ? undefined : play(line.current)), []);
  return (
    <p
      ref={line}
      aria-hidden
      className="absolute flex items-center gap-x-2 whitespace-nowrap opacity-0 motion-safe:will-change-transform motion-reduce:static motion-reduce:flex-wrap motion-reduce:py-2 motion-reduce:pr-12 motion-reduce:pl-4 motion-reduce:whitespace-normal"
    >
      <span className="rounded-sm bg-accent-tint px-2 py-0.5 font-semibold text-accent-text tabular">
        {formatAmount(tip.amountMinor, tip.currency, locale)}
      </span>
      {/* Before what may be long: it must be seen. */}
      {tip.notice === null ? null : <DemoMark />}
      <bdi className="font-medium text-text">{tip.anonymous ? t("tips:anonymous") : tip.name}</bdi>
      {tip.message === null ? null : (
        <bdi className="text-muted motion-reduce:line-clamp-3 motion-reduce:min-w-0 motion-reduce:wrap-anywhere">
          {tip.message}
        </bdi>
      )}
    </p>
  );
}

/** The way back stops it. */
function play(line: HTMLElement): () => void {
  const width = line.parentElement?.clientWidth ?? 0;
  const fade = [
    { opacity: 0, offset: 0 },
    { opacity: 1, offset: 0.06 },
    { opacity: 1, offset: 0.94 },
    { opacity: 0, offset: 1 },
  ];
  const slide = [
    { opacity: 1, transform: `translateX(${width}px)` },
    { opacity: 1, transform: `translateX(${-line.offsetWidth}px)` },
  ];
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const motion = line.animate(isCalm ? fade : slide, { duration: SHOW_MS, easing: "linear", fill: "both" });
  return () => motion.cancel();
}
