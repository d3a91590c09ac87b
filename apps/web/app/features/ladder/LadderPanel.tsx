/** Which qualities viewers get beside the source, and why one is missing. */
import type { LadderHealth } from "@rostrum/contract/health";
import { CircleCheck, CircleDashed, CirclePause, LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatBitrate } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { cn } from "../../ui/cn.ts";

type Rung = LadderHealth["rungs"][number];

const LOOKS = {
  running: { icon: CircleCheck, tone: "text-green-text" },
  starting: { icon: LoaderCircle, tone: "text-blue-text" },
  shed: { icon: CirclePause, tone: "text-amber-text" },
  off: { icon: CircleDashed, tone: "text-icon" },
} as const;

export function LadderPanel({ ladder }: { ladder: LadderHealth }) {
  const { t } = useTranslation();
  const { encoder, encoderReason, rungs, restarts } = ladder;
  return (
    <div className="flex flex-col gap-2.5">
      <p className="text-xs text-faint">{encoder === null ? t("ladder:noEncoder") : encoder}</p>
      {rungs.length === 0 ? (
        <p className="text-sm text-muted">{t("ladder:none")}</p>
      ) : (
        <ul className="flex flex-col gap-1.5">
          {rungs.map((rung) => (
            <RungLine key={rung.name} rung={rung} />
          ))}
        </ul>
      )}
      <p className="text-xs text-faint">{encoderReason}</p>
      {restarts > 0 ? <p className="text-xs text-amber-text">{t("ladder:restarts", { count: restarts })}</p> : null}
    </div>
  );
}

function RungLine({ rung }: { rung: Rung }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { icon: Icon, tone } = LOOKS[rung.state];
  return (
    <li className="flex items-start gap-2 text-sm">
      <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", tone)} />
      <span className="w-14 shrink-0 font-medium tabular">{rung.heightPx}p</span>
      <span className="min-w-0 flex-1">
        {t(`ladder:state.${rung.state}`)}
        {rung.reason === null ? null : <span className="block text-xs text-muted">{rung.reason}</span>}
      </span>
      <span className="shrink-0 text-xs text-faint tabular">{formatBitrate(rung.videoBitrateBps, locale)}</span>
    </li>
  );
}
