/** The pause of slow mode: a ring that empties, with the seconds in it. */
import { useTranslation } from "react-i18next";
import type { Cooldown } from "./use-cooldown.ts";

const RADIUS = 15;
const LENGTH = 2 * Math.PI * RADIUS;

export function CooldownRing({ cooldown: { leftSec, share } }: { cooldown: Cooldown }) {
  const { t } = useTranslation();
  return (
    <span
      title={t("chat:cooldown", { count: leftSec })}
      className="relative grid size-9 shrink-0 place-items-center pointer-coarse:size-11"
    >
      <svg aria-hidden viewBox="0 0 36 36" className="absolute inset-0 -rotate-90">
        <circle cx="18" cy="18" r={RADIUS} fill="none" strokeWidth="2.5" className="stroke-line-strong" />
        <circle
          cx="18"
          cy="18"
          r={RADIUS}
          fill="none"
          strokeWidth="2.5"
          strokeLinecap="round"
          strokeDasharray={`${LENGTH * share} ${LENGTH}`}
          className="stroke-accent-text"
        />
      </svg>
      <span aria-hidden className="text-xs font-medium tabular">
        {leftSec}
      </span>
      <span role="status" className="sr-only">
        {t("chat:cooldownOn")}
      </span>
    </span>
  );
}
