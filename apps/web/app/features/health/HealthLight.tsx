/** How the show is, in one light and one sentence. */
import type { HealthSample } from "@rostrum/contract/health";
import { CircleCheck, CircleDashed, CircleX, type LucideIcon, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "../../ui/cn.ts";

type Look = { readonly icon: LucideIcon; readonly frame: string; readonly text: string };

const LOOKS: Record<HealthSample["level"], Look> = {
  healthy: { icon: CircleCheck, frame: "border-green-line bg-green-tint", text: "text-green-text" },
  degraded: { icon: TriangleAlert, frame: "border-amber-line bg-amber-tint", text: "text-amber-text" },
  bad: { icon: CircleX, frame: "border-live-line bg-live-tint", text: "text-live-text" },
  offline: { icon: CircleDashed, frame: "border-line bg-surface", text: "text-muted" },
};

/** The word of the level, and the worst note; after the show (`over`) that it is over. Of the same height whatever it says: nothing below may jump. */
export function HealthLight({ sample, over }: { sample: HealthSample | null; over: boolean }) {
  const { t } = useTranslation();
  const level = sample?.level ?? "offline";
  const worst = sample?.notes[0];
  // Nobody waits for a source before and after a show; during it its loss is the worst there is.
  const waiting = !over && level === "offline" && worst?.level === "bad";
  const { icon: Icon, frame, text: tone } = LOOKS[over ? "offline" : waiting ? "bad" : level];
  const note = level === "offline" || worst?.level !== "info" ? worst : undefined;
  const word = t(`health:level.${over ? "over" : level}`);
  const text = over ? t("health:levelText.over") : (note?.text ?? t(`health:levelText.${level}`));
  const said = useSaid(`${word} ${over ? "" : (note?.code ?? "")}`, `${word} ${text}`);
  return (
    <div
      className={cn(
        "flex min-w-0 items-start gap-2.5 rounded-md border px-3 py-2 max-lg:w-full lg:h-14 lg:w-120 lg:items-center",
        frame,
      )}
    >
      <Icon aria-hidden className={cn("size-4 shrink-0 max-lg:mt-0.5", tone)} />
      <p className="min-w-0 text-sm lg:line-clamp-2">
        <span className={cn("font-semibold", tone)}>{word}</span> <span className="text-muted">{text}</span>
      </p>
      <p role="status" className="sr-only">
        {said}
      </p>
    </div>
  );
}

/** The text as it was when `about` changed: figures in it that count on are not read aloud every few seconds. */
function useSaid(about: string, text: string): string {
  const [said, setSaid] = useState({ about, text });
  if (said.about !== about) setSaid({ about, text });
  return said.text;
}
