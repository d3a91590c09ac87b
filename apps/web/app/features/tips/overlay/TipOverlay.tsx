/** Tips as a layer over a picture, for OBS and its likes: no controls, one tip after the other, perhaps the goal. */
import type { ShownTip } from "@rostrum/contract/tips";
import { useTranslation } from "react-i18next";
import { useLocale } from "../../../lib/locale.tsx";
import { useComingBack } from "../../../lib/overlay.ts";
import { cn } from "../../../ui/cn.ts";
import { formatAmount } from "../amount.ts";
import { GoalBar } from "../GoalBar.tsx";
import { useTicker } from "../ticker/use-ticker.ts";
import type { TipOverlayOptions } from "./overlay-options.ts";

/** `token` is an overlay or playback token, for shows that need one. */
export function TipOverlay(props: { broadcastId: string; token: string | undefined; options: TipOverlayOptions }) {
  const { broadcastId, token, options } = props;
  const { known, queue, phase } = useTicker(broadcastId, token);
  useComingBack(phase === "refused");
  const goal = options.hasGoal ? (known?.goal ?? null) : null;
  const tip = queue.shown?.tip ?? null;
  const ground = options.isPlain ? "[text-shadow:0_1px_3px_black]" : "rounded-md bg-scrim";
  return (
    <div
      className={cn(
        "absolute inset-0 flex flex-col gap-[0.5em] overflow-hidden p-4 text-on-picture",
        options.place === "top" ? "justify-start" : "flex-col-reverse justify-start",
      )}
      style={{ fontSize: options.sizePx, lineHeight: 1.3 }}
    >
      {goal === null ? null : (
        <div className={cn("w-full max-w-[24em] px-[0.7em] py-[0.5em] text-[0.75em]", ground)}>
          <GoalBar goal={goal} isOverlay />
          {known?.tipping.notice == null ? null : <DemoTag />}
        </div>
      )}
      {tip === null ? null : <Card key={tip.id} tip={tip} className={ground} />}
    </div>
  );
}

/** Amounts that are no money never stand without it. */
function DemoTag() {
  const { t } = useTranslation();
  return <span className="rounded-sm border border-current px-[0.4em] text-[0.6em] font-normal">{t("tips:demo")}</span>;
}

function Card({ tip, className }: { tip: ShownTip; className: string }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const amount = formatAmount(tip.amountMinor, tip.currency, locale);
  return (
    <div className={cn("w-fit max-w-full animate-float-in px-[0.7em] py-[0.5em]", className)}>
      <p className="flex flex-wrap items-center gap-x-[0.5em] font-semibold">
        <span className="rounded-sm bg-accent px-[0.4em] text-on-solid tabular">{amount}</span>
        <bdi className="wrap-anywhere">{tip.anonymous ? t("tips:anonymous") : tip.name}</bdi>
        {tip.notice === null ? null : <DemoTag />}
      </p>
      {tip.message === null ? null : (
        <p className="mt-[0.2em] line-clamp-3 text-[0.85em] wrap-anywhere">
          <bdi dir="auto">{tip.message}</bdi>
        </p>
      )}
    </div>
  );
}
