/** `/broadcasts/:broadcastId/analytics`: how a show was watched, for those who run it. */
import { isOwn } from "@rostrum/client/client";
import { can } from "@rostrum/contract/permissions";
import { ChevronLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, redirect } from "react-router";
import { AnalyticsReport } from "../features/analytics/AnalyticsReport.tsx";
import { ExportLinks } from "../features/analytics/ExportLinks.tsx";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { formatClock } from "../lib/format.ts";
import { ownPageMeta } from "../lib/meta.ts";
import { requireMe } from "../lib/session.ts";
import { usePolling } from "../lib/use-polling.ts";
import { StateBadge } from "../ui/StateBadge.tsx";
import { LocalTime } from "../ui/Time.tsx";
import type { Route } from "./+types/analytics.ts";

const POLL_MS = 30_000;
/** After the show only its recording is watched still. */
const SELDOM_MS = 300_000;
const isOnAir = (state: string): boolean => state === "live" || state === "interrupted";

export async function loader({ request, context, params }: Route.LoaderArgs) {
  await requireMe({ request, context });
  const api = apiFor(context);
  const broadcast = await load(api.broadcasts.get(params.broadcastId));
  if (!isOwn(broadcast) || !can(broadcast.role, "analytics.read")) throw redirect(`/watch/${params.broadcastId}`);
  return { analytics: await load(api.analytics.get(broadcast.id)) };
}

export function meta({ loaderData }: Route.MetaArgs) {
  return ownPageMeta(pageText("analytics:pageTitle", { title: loaderData?.analytics.title ?? "" }));
}

export default function AnalyticsPage({ loaderData }: Route.ComponentProps) {
  // Another show: nothing of the former may stay.
  return <Page key={loaderData.analytics.broadcastId} {...loaderData} />;
}

function Page({ analytics: initial }: Route.ComponentProps["loaderData"]) {
  const { t } = useTranslation();
  const { data: analytics, failure } = usePolling(
    (signal) => browserApi().analytics.get(initial.broadcastId, { signal }),
    { initial, intervalMs: isOnAir(initial.state) ? POLL_MS : SELDOM_MS },
  );
  const { broadcastId, title, state, liveAt, durationMs } = analytics;
  const onAir = isOnAir(state);
  return (
    <div className="mx-auto flex w-full max-w-300 flex-col gap-6">
      <header className="flex flex-col gap-3">
        <Link
          to={onAir ? `/control/${broadcastId}` : "/dashboard"}
          className="-ml-1 inline-flex touch-target items-center gap-1 self-start rounded-sm text-sm text-muted hover:text-text"
        >
          <ChevronLeft aria-hidden className="size-4" />
          {t(onAir ? "dashboard:controlRoom" : "dashboard:title")}
        </Link>
        <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
          <div className="min-w-0">
            <p className="text-sm text-muted">{t("analytics:title")}</p>
            <h1 className="flex min-w-0 flex-wrap items-center gap-3 text-xl font-semibold wrap-anywhere">
              {title}
              <StateBadge state={state} />
            </h1>
            {liveAt === null ? null : (
              <p className="mt-1 text-sm text-muted tabular">
                <LocalTime at={liveAt} style="schedule" /> · {formatClock(durationMs)}
              </p>
            )}
          </div>
          {liveAt === null ? null : <ExportLinks broadcastId={broadcastId} />}
        </div>
      </header>
      <p role="status" className="text-sm text-muted empty:hidden">
        {failure === null ? (onAir ? t("analytics:soFar") : "") : t("analytics:stale")}
      </p>
      <AnalyticsReport analytics={analytics} />
    </div>
  );
}
