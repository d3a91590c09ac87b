/** One show of the crew in a list: what it is, when it is or was, and where to go from here. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { can } from "@rostrum/contract/permissions";
import { ChartArea, Play, Radio, Settings, Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { formatClock, formatCount } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { ButtonLink } from "../../ui/Button.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { Countdown, Elapsed, LocalTime, RelativeTime } from "../../ui/Time.tsx";

/** `live` shows are set larger. */
export function ShowRow({ broadcast, live = false }: { broadcast: OwnBroadcast; live?: boolean }) {
  const { t } = useTranslation();
  const { id, title, state, channel, visibility, role } = broadcast;
  const over = state === "ended" || state === "archived";
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-3 px-4 py-3">
      <div className="flex min-w-0 flex-1 basis-80 items-center gap-4 max-sm:items-start">
        <Picture broadcast={broadcast} large={live} />
        <div className="min-w-0 flex-1">
          <Link
            to={over ? `/watch/${id}` : `/control/${id}`}
            className="line-clamp-2 rounded-sm font-medium hover:underline sm:line-clamp-1"
          >
            {title}
          </Link>
          <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
            <StateBadge state={state} />
            <When broadcast={broadcast} />
            <Viewers count={broadcast.viewers} />
            <span>{t(`dashboard:visibility.${visibility}`)}</span>
            <span className="truncate">{channel.title}</span>
          </p>
        </div>
      </div>
      <div className="flex items-center gap-2 max-sm:w-full max-sm:justify-end">
        {over && can(role, "analytics.read") ? (
          <ButtonLink to={`/broadcasts/${id}/analytics`} size="sm" variant="ghost">
            <ChartArea aria-hidden />
            {t("dashboard:analytics")}
            <span className="sr-only">{title}</span>
          </ButtonLink>
        ) : null}
        {can(role, "broadcast.update") ? (
          <ButtonLink to={`/broadcasts/${id}/settings`} size="sm" variant="ghost">
            <Settings aria-hidden />
            {t("dashboard:settings")}
            <span className="sr-only">{title}</span>
          </ButtonLink>
        ) : null}
        {over ? (
          <ButtonLink to={`/watch/${id}`} size="sm">
            <Play aria-hidden />
            {t("dashboard:watch")}
            <span className="sr-only">{title}</span>
          </ButtonLink>
        ) : (
          <ButtonLink to={`/control/${id}`} size="sm">
            <Radio aria-hidden />
            {t("dashboard:controlRoom")}
            <span className="sr-only">{title}</span>
          </ButtonLink>
        )}
      </div>
    </li>
  );
}

function Picture({ broadcast, large }: { broadcast: OwnBroadcast; large: boolean }) {
  const url = broadcast.thumbnailUrl ?? broadcast.posterUrl ?? broadcast.channel.posterUrl;
  const size = large ? "w-20 sm:w-40" : "w-20 sm:w-24";
  return (
    <span
      aria-hidden
      className={`flex aspect-video shrink-0 items-center justify-center overflow-hidden rounded-sm bg-raised text-icon ${size}`}
    >
      {url === null ? <Radio className="size-5" /> : <img src={url} alt="" className="size-full object-cover" />}
    </span>
  );
}

function Viewers({ count }: { count: number | null }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  if (count === null) return null;
  return (
    <span className="inline-flex items-center gap-1 tabular">
      <Users aria-hidden className="size-4 text-icon" />
      {t("dashboard:viewers", { count, shown: formatCount(count, locale) })}
    </span>
  );
}

/** Before: when, and how long still. During: how long already. After: how long ago, and how long it was. */
function When({ broadcast }: { broadcast: OwnBroadcast }) {
  const { t } = useTranslation();
  const { state, startAt, liveAt, endedAt, createdAt } = broadcast;
  if (state === "scheduled" && startAt !== null) {
    return (
      <span>
        <LocalTime at={startAt} style="schedule" /> (<Countdown to={startAt} compact />)
      </span>
    );
  }
  if ((state === "live" || state === "interrupted") && liveAt !== null) return <Elapsed since={liveAt} />;
  if (endedAt !== null) {
    const length = liveAt === null ? null : formatClock(Date.parse(endedAt) - Date.parse(liveAt));
    return (
      <span>
        <RelativeTime at={endedAt} />
        {length === null ? null : `, ${t("dashboard:length", { length })}`}
      </span>
    );
  }
  return (
    <span>
      {t("dashboard:made")} <RelativeTime at={createdAt} />
    </span>
  );
}
