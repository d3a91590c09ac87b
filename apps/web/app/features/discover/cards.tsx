/** Shows as cards: live, upcoming, over. The title is the link, and its hit area is the whole card. */
import type { Broadcast } from "@rostrum/contract/broadcasts";
import { CalendarPlus, Eye, Ticket } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { formatClock, formatCount, languageName } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { Avatar } from "../../ui/Avatar.tsx";
import { LiveBadge } from "../../ui/Badge.tsx";
import { cn } from "../../ui/cn.ts";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { Countdown, Elapsed, LocalTime, RelativeTime } from "../../ui/Time.tsx";
import { calendarFile } from "./calendar.ts";
import { AgeRequirementCard } from "./AgeRequirementCard.tsx";
import { Picture } from "./Picture.tsx";
import { usePreview } from "./use-preview.ts";

type CardProps = {
  broadcast: Broadcast;
  eager?: boolean;
  /** On the channel's own page its name is left out. */ bare?: boolean;
};

const overlay =
  "inline-flex h-5 items-center gap-1 rounded-sm bg-scrim px-1.5 text-xs font-medium text-on-picture tabular";

/** Live or interrupted. Hover or focus plays a silent preview. */
export function LiveCard({ broadcast, eager = false, bare = false }: CardProps) {
  return (
    <Card broadcast={broadcast} bare={bare}>
      <LivePicture broadcast={broadcast} eager={eager} />
    </Card>
  );
}

function LivePicture({ broadcast, eager, className }: { broadcast: Broadcast; eager: boolean; className?: string }) {
  const { locale } = useLocale();
  const { t } = useTranslation();
  const { video, playing } = usePreview(broadcast);
  return (
    <CardPicture broadcast={broadcast} eager={eager} {...(className ? { className } : {})}>
      <video
        ref={video}
        muted
        playsInline
        aria-hidden
        tabIndex={-1}
        className={cn(
          "absolute inset-0 size-full object-cover transition-opacity duration-(--duration-slow)",
          playing ? "opacity-100" : "opacity-0",
        )}
      />
      <span className="absolute top-2 left-2">
        {broadcast.state === "live" ? <LiveBadge /> : <StateBadge state={broadcast.state} />}
      </span>
      {broadcast.viewers === null ? null : (
        <span className={cn(overlay, "absolute bottom-2 left-2")}>
          <Eye aria-hidden className="size-3.5" />
          <span aria-hidden>{formatCount(broadcast.viewers, locale)}</span>
          <span className="sr-only">
            {t("discover:viewers", { count: broadcast.viewers, shown: formatCount(broadcast.viewers, locale) })}
          </span>
        </span>
      )}
      {broadcast.liveAt ? (
        <span className={cn(overlay, "absolute right-2 bottom-2")}>
          <Elapsed since={broadcast.liveAt} />
        </span>
      ) : null}
    </CardPicture>
  );
}

/** The largest live show: picture and text side by side where there is room. */
export function FeaturedCard({ broadcast }: { broadcast: Broadcast }) {
  const { t } = useTranslation();
  return (
    <article
      data-preview
      className="group/card relative grid gap-4 rounded-lg lg:grid-cols-[minmax(0,1.45fr)_minmax(0,1fr)] lg:gap-8"
    >
      <LivePicture broadcast={broadcast} eager className="lg:rounded-lg" />
      <div className="flex min-w-0 flex-col justify-center gap-3">
        <h3 className="text-lg font-semibold lg:text-xl">
          <CardLink broadcast={broadcast} />
        </h3>
        <ChannelLine broadcast={broadcast} />
        {broadcast.description ? (
          <p className="line-clamp-3 text-base text-muted max-lg:hidden">{broadcast.description}</p>
        ) : null}
        <Facts broadcast={broadcast} />
        <span
          aria-hidden
          className="mt-2 hidden h-9 w-fit items-center rounded-sm bg-accent px-3.5 font-medium text-on-solid transition-colors group-hover/card:bg-accent-hover lg:inline-flex"
        >
          {t("discover:watch")}
        </span>
      </div>
    </article>
  );
}

/** Scheduled. */
export function UpcomingCard({ broadcast, bare = false }: CardProps) {
  const { t } = useTranslation();
  const { startAt } = broadcast;
  return (
    <Card
      broadcast={broadcast}
      bare={bare}
      note={
        startAt === null ? null : (
          <span className="flex items-center justify-between gap-2">
            <LocalTime at={startAt} style="schedule" />
            <a
              href={calendarFile(broadcast)}
              download={`${broadcast.id}.ics`}
              className="relative z-10 -my-1 inline-flex touch-target items-center justify-center gap-1.5 rounded-sm px-1.5 py-1 font-medium text-accent-text hover:bg-hover"
            >
              <CalendarPlus aria-hidden className="size-3.5" />
              {t("discover:remind.add")}
            </a>
          </span>
        )
      }
    >
      <CardPicture broadcast={broadcast}>
        {startAt === null ? null : (
          <span className={cn(overlay, "absolute top-2 left-2")}>
            <Countdown to={startAt} compact />
          </span>
        )}
      </CardPicture>
    </Card>
  );
}

/** Ended or archived. */
export function RecentCard({ broadcast, bare = false }: CardProps) {
  const { liveAt, endedAt } = broadcast;
  return (
    <Card broadcast={broadcast} bare={bare} note={endedAt ? <RelativeTime at={endedAt} /> : null}>
      <CardPicture broadcast={broadcast}>
        {liveAt && endedAt ? (
          <span className={cn(overlay, "absolute right-2 bottom-2")}>
            {formatClock(Date.parse(endedAt) - Date.parse(liveAt))}
          </span>
        ) : null}
      </CardPicture>
    </Card>
  );
}

/** A show that asks for its viewers' age shows so instead of its picture. */
function CardPicture({ children, ...props }: ComponentProps<typeof Picture>) {
  const Shown = props.broadcast.ageRestricted ? AgeRequirementCard : Picture;
  return (
    <Shown {...props}>
      {children}
      <RegistrationMark broadcast={props.broadcast} />
    </Shown>
  );
}

/** Whoever finds the show should know before they come that one registers for it. */
function RegistrationMark({ broadcast: { registration, state } }: { broadcast: Broadcast }) {
  const { t } = useTranslation();
  const isOver = state === "ended" || state === "archived";
  if (registration === "off" || (registration === "optional" && isOver)) return null;
  return (
    <span className={cn(overlay, "absolute top-2 right-2")}>
      <Ticket aria-hidden className="size-3.5" />
      {t(`discover:registration.${registration}`)}
    </span>
  );
}

type Frame = { broadcast: Broadcast; bare: boolean; note?: ReactNode; children: ReactNode };

function Card({ broadcast, bare, note, children }: Frame) {
  return (
    <article data-preview className="group/card relative flex min-w-0 flex-col gap-3">
      {children}
      <div className="flex min-w-0 gap-3">
        {bare ? null : (
          <Avatar
            name={broadcast.channel.title}
            seed={broadcast.channel.handle}
            src={broadcast.channel.posterUrl}
            className="mt-0.5"
          />
        )}
        <div className="flex min-w-0 flex-1 flex-col gap-0.5">
          <h3 className="line-clamp-2 text-base font-semibold">
            <CardLink broadcast={broadcast} />
          </h3>
          {bare ? null : <ChannelName broadcast={broadcast} />}
          <Facts broadcast={broadcast} />
          {note ? <div className="text-xs text-faint">{note}</div> : null}
        </div>
      </div>
    </article>
  );
}

function CardLink({ broadcast }: { broadcast: Broadcast }) {
  return (
    <Link
      to={`/watch/${broadcast.id}`}
      prefetch="intent"
      className="rounded-sm after:absolute after:inset-0 after:rounded-md focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-offset-4 focus-visible:after:outline-accent-text"
    >
      {broadcast.title}
    </Link>
  );
}

function ChannelName({ broadcast: { channel } }: { broadcast: Broadcast }) {
  return (
    <Link
      to={`/@${channel.handle}`}
      className="relative z-10 w-fit max-w-full truncate rounded-sm text-sm text-muted hover:text-text hover:underline"
    >
      {channel.title}
    </Link>
  );
}

function ChannelLine({ broadcast }: { broadcast: Broadcast }) {
  const { channel } = broadcast;
  return (
    <div className="flex min-w-0 items-center gap-2.5">
      <Avatar name={channel.title} seed={channel.handle} src={channel.posterUrl} />
      <ChannelName broadcast={broadcast} />
    </div>
  );
}

function Facts({ broadcast }: { broadcast: Broadcast }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  return (
    <p className="truncate text-xs text-faint">
      {t(`category.${broadcast.category}`)} · {languageName(broadcast.language, locale)}
    </p>
  );
}
