/** What one registers for: picture, title, channel, time, text. */
import type { Broadcast } from "@rostrum/contract/broadcasts";
import { CalendarClock } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Avatar } from "../../ui/Avatar.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { LocalTime } from "../../ui/Time.tsx";

export function ShowSummary({ broadcast }: { broadcast: Broadcast }) {
  const { t } = useTranslation();
  const { channel, startAt, posterUrl, title, description, state } = broadcast;
  return (
    <header className="flex flex-col gap-4">
      {posterUrl === null ? null : (
        <img src={posterUrl} alt="" className="aspect-video w-full rounded-md border border-line object-cover" />
      )}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <StateBadge state={state} />
        <p className="flex items-center gap-1.5 text-sm text-muted">
          <CalendarClock aria-hidden className="size-4 text-icon" />
          {startAt === null ? t("registration:noDate") : <LocalTime at={startAt} style="schedule" />}
        </p>
      </div>
      <h1 className="text-xl font-semibold wrap-anywhere">{title}</h1>
      <Link to={`/@${channel.handle}`} className="flex w-fit min-w-0 touch-target items-center gap-2.5 rounded-sm">
        <Avatar name={channel.title} seed={channel.handle} src={channel.posterUrl} />
        <span className="truncate text-sm font-medium hover:underline">{channel.title}</span>
      </Link>
      {description === "" ? null : (
        <p className="line-clamp-6 max-w-prose text-base wrap-anywhere whitespace-pre-line text-muted">{description}</p>
      )}
    </header>
  );
}
