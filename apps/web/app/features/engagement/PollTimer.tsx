/** How long a poll is still open. */
import { Timer } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatClock } from "../../lib/format.ts";
import { useNow } from "../../lib/locale.tsx";
import { cn } from "../../ui/cn.ts";

const SOON_MS = 10_000;

/** `closesAt` is RFC 3339 by the server's clock, which is `skewMs` ahead of this device's. */
export function PollTimer({ closesAt, skewMs }: { closesAt: string; skewMs: number }) {
  const { t } = useTranslation();
  const left = Math.max(0, Date.parse(closesAt) - useNow() - skewMs);
  return (
    <span className={cn("inline-flex items-center gap-1 tabular", left <= SOON_MS ? "text-amber-text" : "text-muted")}>
      <Timer aria-hidden className="size-3.5" />
      {/* The seconds are not read aloud one by one. */}
      <span>{left === 0 ? t("engagement:poll.closing") : t("engagement:poll.left", { clock: clockOf(left) })}</span>
    </span>
  );
}

/** The last second that is shown is 1. */
const clockOf = (ms: number): string => formatClock(Math.ceil(ms / 1000) * 1000);
