/** What runs, what is next, what was last, and the channels behind it. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import type { OwnChannel } from "@rostrum/contract/channels";
import { can } from "@rostrum/contract/permissions";
import { Clapperboard, Plus, RadioTower, Settings } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Avatar } from "../../ui/Avatar.tsx";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ShowRow } from "./ShowRow.tsx";

export type Shows = Readonly<Record<"onAir" | "next" | "drafts" | "last", readonly OwnBroadcast[]>>;

/** `onNew` is null when the caller may make shows nowhere. */
export function Dashboard({
  shows,
  channels,
  onNew,
  onNewChannel,
}: {
  shows: Shows;
  channels: readonly OwnChannel[];
  onNew: (() => void) | null;
  onNewChannel: () => void;
}) {
  const { t } = useTranslation();
  const none = Object.values(shows).every((list) => list.length === 0);
  const newButton =
    onNew === null ? null : (
      <Button variant="primary" onClick={onNew}>
        <Plus aria-hidden />
        {t("dashboard:new")}
      </Button>
    );
  return (
    <div className="flex flex-col gap-6">
      <header className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold">{t("dashboard:title")}</h1>
        {channels.length > 0 ? (
          <div className="flex flex-wrap items-center gap-2">
            <ButtonLink to="/recordings">
              <Clapperboard aria-hidden />
              {t("dashboard:recordings")}
            </ButtonLink>
            {newButton}
          </div>
        ) : null}
      </header>
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_320px]">
        <div className="flex min-w-0 flex-col gap-8">
          {channels.length === 0 ? <NoChannel onNewChannel={onNewChannel} /> : null}
          {none && channels.length > 0 ? <NoShows action={newButton} /> : null}
          <ShowList name="onAir" shows={shows.onAir} />
          <ShowList name="next" shows={shows.next} empty={none ? null : t("dashboard:nextEmpty")} />
          <ShowList name="drafts" shows={shows.drafts} />
          <ShowList name="last" shows={shows.last} />
        </div>
        {channels.length === 0 ? null : <Channels channels={channels} onNewChannel={onNewChannel} />}
      </div>
    </div>
  );
}

/** Nothing at all when the list is empty and there is nothing to say about it. */
function ShowList({
  name,
  shows,
  empty = null,
}: {
  name: keyof Shows;
  shows: readonly OwnBroadcast[];
  empty?: ReactNode;
}) {
  const { t } = useTranslation();
  if (shows.length === 0 && empty === null) return null;
  return (
    <section aria-labelledby={`shows-${name}`}>
      <h2 id={`shows-${name}`} className="mb-3 text-md font-semibold">
        {t(`dashboard:list.${name}`)}
      </h2>
      {shows.length === 0 ? (
        <p className="rounded-md border border-dashed border-line-strong px-4 py-6 text-center text-sm text-muted">
          {empty}
        </p>
      ) : (
        <Card>
          <ul className="divide-y divide-line">
            {shows.map((broadcast) => (
              <ShowRow key={broadcast.id} broadcast={broadcast} live={name === "onAir"} />
            ))}
          </ul>
        </Card>
      )}
    </section>
  );
}

function NoShows({ action }: { action: ReactNode }) {
  const { t } = useTranslation();
  return (
    <EmptyState icon={<RadioTower />} title={t("dashboard:empty.title")} action={action}>
      {t("dashboard:empty.text")}
    </EmptyState>
  );
}

function NoChannel({ onNewChannel }: { onNewChannel: () => void }) {
  const { t } = useTranslation();
  return (
    <EmptyState
      icon={<RadioTower />}
      title={t("dashboard:noChannel.title")}
      action={
        <Button variant="primary" onClick={onNewChannel}>
          <Plus aria-hidden />
          {t("dashboard:newChannel")}
        </Button>
      }
    >
      {t("dashboard:noChannel.text")}
    </EmptyState>
  );
}

function Channels({ channels, onNewChannel }: { channels: readonly OwnChannel[]; onNewChannel: () => void }) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby="channels-title">
      <h2 id="channels-title" className="mb-3 text-md font-semibold">
        {t("dashboard:channels")}
      </h2>
      <Card>
        <ul className="divide-y divide-line">
          {channels.map((channel) => (
            <li key={channel.id} className="flex items-center gap-3 px-4 py-3">
              <Avatar name={channel.title} seed={channel.handle} src={channel.posterUrl} />
              <div className="min-w-0 flex-1">
                <Link to={`/@${channel.handle}`} className="block truncate rounded-sm font-medium hover:underline">
                  {channel.title}
                </Link>
                <p className="truncate text-sm text-muted">
                  @{channel.handle}, {t(`dashboard:role.${channel.role}`)}
                </p>
              </div>
              {can(channel.role, "members.read") ? (
                <Link
                  to={`/channels/${channel.id}/settings`}
                  aria-label={t("dashboard:channelSettings", { channel: channel.title })}
                  className="inline-flex size-9 touch-target items-center justify-center rounded-sm text-muted hover:bg-hover hover:text-text"
                >
                  <Settings aria-hidden className="size-5" />
                </Link>
              ) : null}
            </li>
          ))}
        </ul>
        <div className="border-t border-line p-2">
          <Button variant="ghost" size="sm" onClick={onNewChannel}>
            <Plus aria-hidden />
            {t("dashboard:newChannel")}
          </Button>
        </div>
      </Card>
    </section>
  );
}
