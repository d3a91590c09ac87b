/** Who watched with what. */
import type { BreakdownItem, LatencyBin } from "@rostrum/contract/analytics";
import { useTranslation } from "react-i18next";
import { formatCount } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { BarTable } from "./BarTable.tsx";
import { binName, type BreakdownName, formatShare, regionName } from "./words.ts";

const SHOWN = 8;

/** The largest, by watched time; what is left is added up. */
export function Breakdown({ by, items }: { by: BreakdownName; items: readonly BreakdownItem[] }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const nameOf = useNames(by);
  if (items.length === 0) return <p className="text-sm text-muted">{t("analytics:nothingKnown")}</p>;
  const all = Math.max(1, total(items, "watchedMs"));
  const rows = shortened(items).map(({ key, sessions, watchedMs }) => ({
    key,
    name: key === REST ? t("analytics:others", { count: items.length - SHOWN + 1 }) : nameOf(key),
    share: watchedMs / all,
    value: formatShare(watchedMs / all, locale),
    more: formatCount(Math.round(sessions), locale),
  }));
  return (
    <BarTable
      caption={t(`analytics:by.${by}`)}
      name={t(`analytics:column.${by}`)}
      value={t("analytics:ofWatchTime")}
      more={t("analytics:sessions")}
      rows={rows}
    />
  );
}

/** How far behind the picture was, at all beacons. */
export function LatencyBars({ bins }: { bins: readonly LatencyBin[] }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  if (bins.length === 0) return <p className="text-sm text-muted">{t("analytics:nothingKnown")}</p>;
  return (
    <BarTable
      caption={t("analytics:latency")}
      name={t("analytics:behindLive")}
      value={t("analytics:ofViewers")}
      rows={bins.map((bin) => ({
        key: String(bin.fromMs),
        name: binName(bin, locale),
        share: bin.share,
        value: formatShare(bin.share, locale),
      }))}
    />
  );
}

const REST = "…";

function shortened(items: readonly BreakdownItem[]): readonly BreakdownItem[] {
  if (items.length <= SHOWN) return items;
  const rest = items.slice(SHOWN - 1);
  const others = { key: REST, sessions: total(rest, "sessions"), watchedMs: total(rest, "watchedMs") };
  return [...items.slice(0, SHOWN - 1), others];
}

function total(items: readonly BreakdownItem[], of: "sessions" | "watchedMs"): number {
  return items.reduce((sum, item) => sum + item[of], 0);
}

function useNames(by: BreakdownName): (key: string) => string {
  const { t } = useTranslation();
  if (by === "regions") return (key) => (key === "unknown" ? t("analytics:unknown") : regionName(key));
  if (by === "qualities") return (key) => (key === "0" ? t("analytics:unknown") : `${key}p`);
  return (key) => t(`analytics:name.${key}`);
}
