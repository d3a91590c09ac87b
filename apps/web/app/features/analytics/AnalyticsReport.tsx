/** How a show was watched: its figures, its time line, who stayed, who watched with what. */
import type { Analytics } from "@rostrum/contract/analytics";
import { ChartArea } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatClock } from "../../lib/format.ts";
import { ButtonLink } from "../../ui/Button.tsx";
import { Card, Section } from "../../ui/Card.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { Breakdown, LatencyBars } from "./Breakdown.tsx";
import { ShareChart } from "./ShareChart.tsx";
import { Totals } from "./Totals.tsx";
import { ViewersChart } from "./ViewersChart.tsx";
import { BREAKDOWNS } from "./words.ts";

const MINUTE_MS = 60_000;

export function AnalyticsReport({ analytics }: { analytics: Analytics }) {
  const { t } = useTranslation();
  if (analytics.liveAt === null) return <NotYet broadcastId={analytics.broadcastId} />;
  return (
    <>
      {analytics.countsOnly ? <p className="text-sm text-muted">{t("analytics:countsOnly")}</p> : null}
      <Totals analytics={analytics} />
      <Card className="p-4 sm:p-5">
        <ViewersChart series={analytics.series} chapters={analytics.chapters} stepMs={analytics.stepMs} />
      </Card>
      <div className="grid gap-6 lg:grid-cols-2">
        <Card className="min-w-0 p-4 sm:p-5">
          <Retention analytics={analytics} />
        </Card>
        <Card className="min-w-0 p-4 sm:p-5">
          <Waiting analytics={analytics} />
        </Card>
        <Section title={t("analytics:latency")} description={t("analytics:latencyNote")} className="min-w-0">
          <LatencyBars bins={analytics.latency} />
        </Section>
        {analytics.countsOnly
          ? null
          : BREAKDOWNS.map((by) => (
              <Section
                key={by}
                title={t(`analytics:by.${by}`)}
                className="min-w-0"
                {...(by === "regions" ? { description: t("analytics:regionsNote") } : {})}
              >
                <Breakdown by={by} items={analytics[by]} />
              </Section>
            ))}
      </div>
    </>
  );
}

function NotYet({ broadcastId }: { broadcastId: string }) {
  const { t } = useTranslation();
  return (
    <EmptyState
      icon={<ChartArea />}
      title={t("analytics:empty.title")}
      action={<ButtonLink to={`/control/${broadcastId}`}>{t("analytics:empty.action")}</ButtonLink>}
    >
      {t("analytics:empty.text")}
    </EmptyState>
  );
}

function Retention({ analytics: { retention } }: { analytics: Analytics }) {
  const { t } = useTranslation();
  return (
    <ShareChart
      whole
      title={t("analytics:retention")}
      note={t("analytics:retentionNote")}
      headings={[t("analytics:stayed"), t("analytics:ofSessions")]}
      points={retention.map(({ minute, share }) => ({ x: minute * MINUTE_MS, y: share }))}
      formatX={(ms) => t("analytics:minutesShort", { minutes: Math.round(ms / MINUTE_MS) })}
    />
  );
}

function Waiting({ analytics: { series } }: { analytics: Analytics }) {
  const { t } = useTranslation();
  return (
    <ShareChart
      title={t("analytics:waiting")}
      note={t("analytics:waitingNote")}
      headings={[t("analytics:time"), t("analytics:ofTime")]}
      points={series.map(({ atMs, stallRatio }) => ({ x: atMs, y: stallRatio }))}
      formatX={formatClock}
    />
  );
}
