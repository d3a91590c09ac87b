/** Who gave most, of those who wish to be named. */
import type { LeaderboardEntry } from "@rostrum/contract/tips";
import { Trophy } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { messageOf } from "../../lib/api.ts";
import { useLocale } from "../../lib/locale.tsx";
import { SegmentedControl } from "../../ui/SegmentedControl.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { formatAmount } from "./amount.ts";
import type { TipsApi } from "./TipButton.tsx";

type Period = "show" | "30d";

/** `ofShow`: as it stands now. The other list is asked for when somebody wants to see it. */
export function Leaderboard(props: { api: TipsApi; broadcastId: string; ofShow: readonly LeaderboardEntry[] }) {
  const { api, broadcastId, ofShow } = props;
  const { t } = useTranslation();
  const [period, setPeriod] = useState<Period>("show");
  return (
    <section aria-label={t("tips:leaders.title")} className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="inline-flex items-center gap-2 text-sm font-medium">
          <Trophy aria-hidden className="size-4 text-icon" />
          {t("tips:leaders.title")}
        </h3>
        <SegmentedControl
          label={t("tips:leaders.period")}
          value={period}
          onValueChange={setPeriod}
          options={[
            { value: "show", label: t("tips:leaders.show") },
            { value: "30d", label: t("tips:leaders.month") },
          ]}
        />
      </div>
      {period === "show" ? <Entries entries={ofShow} /> : <OfMonth api={api} broadcastId={broadcastId} />}
    </section>
  );
}

type Loaded =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly text: string }
  | { readonly kind: "known"; readonly entries: readonly LeaderboardEntry[] };

function OfMonth({ api, broadcastId }: { api: TipsApi; broadcastId: string }) {
  const { t } = useTranslation();
  const [loaded, setLoaded] = useState<Loaded>({ kind: "loading" });
  useEffect(() => {
    const stop = new AbortController();
    api.tips
      .leaderboard(broadcastId, "30d", { signal: stop.signal })
      .then(({ items }) => setLoaded({ kind: "known", entries: items }))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) setLoaded({ kind: "failed", text: messageOf(error, t("error.unknown")) });
      });
    return () => stop.abort();
  }, [api, broadcastId, t]);
  if (loaded.kind === "loading") return <Skeleton className="h-16 w-full" />;
  if (loaded.kind === "failed") {
    return (
      <p role="alert" className="text-sm text-live-text">
        {loaded.text}
      </p>
    );
  }
  return <Entries entries={loaded.entries} />;
}

function Entries({ entries }: { entries: readonly LeaderboardEntry[] }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  if (entries.length === 0) return <p className="text-sm text-muted">{t("tips:leaders.none")}</p>;
  return (
    <ol className="flex flex-col gap-1.5 text-sm">
      {entries.map(({ handle, name, amountMinor, currency }, index) => (
        <li key={handle} className="flex items-baseline gap-3">
          <span aria-hidden className="w-4 shrink-0 text-right text-faint tabular">
            {index + 1}
          </span>
          <bdi className="min-w-0 flex-1 truncate" title={`@${handle}`}>
            {name}
          </bdi>
          <span className="font-medium tabular">{formatAmount(amountMinor, currency, locale)}</span>
        </li>
      ))}
    </ol>
  );
}
