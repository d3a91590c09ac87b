/** The figures of a whole show. */
import type { Analytics } from "@rostrum/contract/analytics";
import { formatMinor } from "@rostrum/contract/money";
import { useTranslation } from "react-i18next";
import { formatCount, formatSeconds } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { Card } from "../../ui/Card.tsx";
import { formatShare, formatViewers } from "./words.ts";

type Tile = Readonly<{ name: string; value: string; note?: string }>;

export function Totals({ analytics }: { analytics: Analytics }) {
  const tiles = useTiles(analytics);
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5">
      {tiles.map(({ name, value, note }) => (
        <Card key={name} className="min-w-0 px-4 py-3">
          <dt className="truncate text-xs text-faint">{name}</dt>
          <dd>
            <span className="block truncate text-lg font-semibold tabular">{value}</span>
            {note === undefined ? null : <span className="block text-xs text-muted">{note}</span>}
          </dd>
        </Card>
      ))}
    </dl>
  );
}

function useTiles({ totals, tips }: Analytics): Tile[] {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const count = (value: number): string => formatCount(value, locale);
  const minutes = (ms: number): string => count(Math.round(ms / 60_000));
  return [
    { name: t("analytics:tile.peak"), value: count(totals.peakViewers) },
    { name: t("analytics:tile.average"), value: formatViewers(totals.averageViewers, locale) },
    { name: t("analytics:tile.sessions"), value: count(totals.sessions), note: t("analytics:tile.sessionsNote") },
    { name: t("analytics:tile.watched"), value: t("analytics:minutes", { minutes: minutes(totals.watchedMs) }) },
    {
      name: t("analytics:tile.join"),
      value: formatSeconds(totals.joinMsP50, locale),
      note: t("analytics:tile.joinNote", { p95: formatSeconds(totals.joinMsP95, locale) }),
    },
    {
      name: t("analytics:tile.rebuffered"),
      value: formatShare(totals.rebufferedShare, locale),
      note: t("analytics:tile.rebufferedNote", { share: formatShare(totals.stallRatio, locale) }),
    },
    {
      name: t("analytics:tile.chat"),
      value: count(totals.chatMessages),
      note: t("analytics:tile.chatNote", { count: totals.chatPeople }),
    },
    {
      name: t("analytics:tile.replay"),
      value: t("analytics:minutes", { minutes: minutes(totals.replayWatchedMs) }),
      note: t("analytics:tile.replayNote", { count: totals.replaySessions }),
    },
    ...tips.map((tip) => ({
      name: t(tip.provider === "demo" ? "analytics:tile.demoTips" : "analytics:tile.tips"),
      value: `${formatMinor(tip.grossMinor, tip.currency)} ${tip.currency}`,
      note: t("analytics:tile.tipsNote", { count: tip.tips }),
    })),
  ];
}
