/** What stands under the player: title, state, channel, description. */
import { type Broadcast, type OwnBroadcast } from "@rostrum/contract/broadcasts";
import { can } from "@rostrum/contract/permissions";
import { Baby, EyeOff, Lock, SlidersHorizontal, Users } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { formatCount, languageName } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { AgeMark } from "../../ui/AgeMark.tsx";
import { Avatar } from "../../ui/Avatar.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { ButtonLink } from "../../ui/Button.tsx";
import { Chip } from "../../ui/Chip.tsx";
import { cn } from "../../ui/cn.ts";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { Elapsed, LocalTime, RelativeTime } from "../../ui/Time.tsx";
import { RichText } from "./RichText.tsx";
import { ShareButton } from "./ShareDialog.tsx";

type Props = Readonly<{
  broadcast: Broadcast | OwnBroadcast;
  /** Stands beside the channel. */
  follow?: ReactNode;
  /** Stand before the button for sharing. */
  actions?: ReactNode;
}>;

export function ShowInfo({ broadcast, follow, actions }: Props) {
  const mayControl = "role" in broadcast && can(broadcast.role, "broadcast.control");
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-col gap-2">
        <h1 className="text-lg font-semibold sm:text-xl">{broadcast.title}</h1>
        <Facts broadcast={broadcast} />
      </div>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div className="flex min-w-0 flex-wrap items-center gap-x-5 gap-y-3">
          <ChannelLink broadcast={broadcast} />
          {follow}
        </div>
        <div className="flex flex-wrap gap-2">
          {mayControl ? <ControlLink id={broadcast.id} /> : null}
          {actions}
          <ShareButton broadcast={broadcast} />
        </div>
      </div>
      <Description broadcast={broadcast} />
    </div>
  );
}

function ControlLink({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <ButtonLink to={`/control/${id}`}>
      <SlidersHorizontal aria-hidden />
      {t("watch:control")}
    </ButtonLink>
  );
}

function Facts({ broadcast }: { broadcast: Broadcast }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { state, viewers, visibility } = broadcast;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 text-sm text-muted">
      <StateBadge state={state} />
      {visibility === "unlisted" ? (
        <span title={t("watch:unlistedHint")}>
          <Badge icon={<EyeOff aria-hidden />}>{t("watch:unlisted")}</Badge>
        </span>
      ) : null}
      {visibility === "private" ? <Badge icon={<Lock aria-hidden />}>{t("watch:private")}</Badge> : null}
      {broadcast.ageRestricted ? <AgeMark minimumAge={broadcast.minimumAge} /> : null}
      {broadcast.kidMode ? <Badge icon={<Baby aria-hidden />}>{t("watch:kids")}</Badge> : null}
      {viewers === null ? null : (
        <span className="inline-flex items-center gap-1.5 tabular">
          <Users aria-hidden className="size-4 text-icon" />
          {t("watch:viewers", { count: viewers, shown: formatCount(viewers, locale) })}
        </span>
      )}
      <When broadcast={broadcast} />
      <span>{t(`category.${broadcast.category}`)}</span>
      <span>{languageName(broadcast.language, locale)}</span>
    </div>
  );
}

function When({ broadcast: { state, startAt, liveAt, endedAt } }: { broadcast: Broadcast }) {
  const { t } = useTranslation();
  const said = (verb: string, time: ReactNode) => (
    <span>
      {verb} {time}
    </span>
  );
  if ((state === "ended" || state === "archived") && endedAt)
    return said(t("watch:endedAt"), <RelativeTime at={endedAt} />);
  if (liveAt) return said(t("watch:onAir"), <Elapsed since={liveAt} />);
  return startAt ? said(t("watch:startsAt"), <LocalTime at={startAt} style="schedule" />) : null;
}

function ChannelLink({ broadcast: { channel } }: { broadcast: Broadcast }) {
  return (
    <Link to={`/@${channel.handle}`} className="group/channel flex min-w-0 touch-target items-center gap-3 rounded-sm">
      <Avatar name={channel.title} seed={channel.handle} src={channel.posterUrl} className="size-10" />
      <span className="min-w-0">
        <span className="block truncate text-base font-semibold group-hover/channel:underline">{channel.title}</span>
        <span className="block truncate text-xs text-faint">@{channel.handle}</span>
      </span>
    </Link>
  );
}

const LONG_CHARS = 400;
const LONG_LINES = 5;

function Description({ broadcast: { description, tags } }: { broadcast: Broadcast }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  if (description === "" && tags.length === 0) return null;
  const long = description.length > LONG_CHARS || description.split("\n").length > LONG_LINES;
  return (
    <section aria-label={t("watch:description")} className="rounded-md border border-line bg-surface p-4">
      {description === "" ? null : (
        <RichText text={description} className={cn("max-w-prose text-base", long && !open && "line-clamp-5")} />
      )}
      {long ? (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="mt-1 touch-target rounded-sm text-sm font-medium text-muted hover:text-text hover:underline"
        >
          {open ? t("watch:showLess") : t("watch:showMore")}
        </button>
      ) : null}
      {tags.length > 0 ? (
        <ul className={cn("flex flex-wrap gap-1.5", description !== "" && "mt-3")}>
          {tags.map((tag) => (
            <li key={tag}>
              <Link to={`/?q=${encodeURIComponent(tag)}`} className="rounded-full">
                <Chip>{tag}</Chip>
              </Link>
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}
