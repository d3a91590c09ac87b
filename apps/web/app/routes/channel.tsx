/** `/@handle`: a channel's public page. */
import { ApiError } from "@rostrum/client/api-error";
import type { Client } from "@rostrum/client/client";
import type { Channel, OwnChannel } from "@rostrum/contract/channels";
import type { Clip } from "@rostrum/contract/clips";
import { can } from "@rostrum/contract/permissions";
import { Settings, Tv } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { MetaDescriptor } from "react-router";
import { ClipShelf } from "../features/clips/ClipShelf.tsx";
import { FeaturedCard, LiveCard, RecentCard, UpcomingCard } from "../features/discover/cards.tsx";
import { Shelf } from "../features/discover/Shelf.tsx";
import { isBare, listShelves, type Shelves, useShelves } from "../features/discover/use-shelves.ts";
import { FollowButton } from "../features/follows/FollowButton.tsx";
import { RichText } from "../features/watch/RichText.tsx";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { pageMeta, siteOf } from "../lib/meta.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { ButtonLink } from "../ui/Button.tsx";
import { Chip } from "../ui/Chip.tsx";
import { EmptyState } from "../ui/EmptyState.tsx";
import type { Route } from "./+types/channel.ts";

export async function loader({ params, context }: Route.LoaderArgs) {
  // The route also catches every other unknown path of one segment.
  if (!params.handle.startsWith("@")) return load(Promise.reject(nothingHere()));
  const handle = params.handle.slice(1).toLowerCase();
  const api = apiFor(context);
  const channel = await load(api.channels.byHandle(handle));
  const [shelves, clips] = await Promise.all([load(listShelves(api, { handle })), findClips(api, channel.id)]);
  return { site: siteOf(context), channel, shelves, clips };
}

const CLIPS = 8;

/** The page stands without them. */
async function findClips(api: Client, channelId: string): Promise<readonly Clip[]> {
  try {
    return (await api.clips.list({ channelId, limit: CLIPS })).items;
  } catch {
    return [];
  }
}

function nothingHere(): ApiError {
  return new ApiError("not_found", "There is no such page.", { status: 404 });
}

export function meta({ loaderData }: Route.MetaArgs): MetaDescriptor[] {
  if (!loaderData) return [];
  const { site, channel } = loaderData;
  return [
    ...pageMeta(site, {
      title: channel.title,
      description:
        channel.description || pageText("discover:channel.description", { title: channel.title, name: site.name }),
      path: `/@${channel.handle}`,
      image: channel.posterUrl,
    }),
    { property: "og:type", content: "profile" },
    { name: "twitter:card", content: "summary_large_image" },
  ];
}

export default function ChannelPage({ loaderData }: Route.ComponentProps) {
  const { channel, shelves, clips } = loaderData;
  return (
    <div className="flex flex-col gap-8">
      <ChannelHead channel={channel} />
      <Shows key={channel.handle} handle={channel.handle} initial={shelves} />
      <ClipShelf clips={clips} />
    </div>
  );
}

function Shows({ handle, initial }: { handle: string; initial: Shelves }) {
  const { t } = useTranslation();
  const shelves = useShelves(browserApi(), { handle }, initial);
  const { live, upcoming, recent } = shelves;
  if (isBare(shelves)) {
    return (
      <EmptyState icon={<Tv />} title={t("discover:channel.nothing")}>
        {t("discover:channel.nothingText")}
      </EmptyState>
    );
  }
  return (
    <>
      <Shelf
        title={t("discover:live")}
        page={live}
        query={{ handle, view: "live" }}
        featured={(broadcast) => <FeaturedCard broadcast={broadcast} />}
        card={(broadcast) => <LiveCard broadcast={broadcast} bare />}
      />
      <Shelf
        title={t("discover:channel.upcoming")}
        page={upcoming}
        query={{ handle, view: "upcoming" }}
        card={(broadcast) => <UpcomingCard broadcast={broadcast} bare />}
      />
      <Shelf
        title={t("discover:channel.recent")}
        page={recent}
        query={{ handle, view: "recent" }}
        card={(broadcast) => <RecentCard broadcast={broadcast} bare />}
      />
    </>
  );
}

function ChannelHead({ channel }: { channel: Channel | OwnChannel }) {
  const { t } = useTranslation();
  const mayChange = "role" in channel && can(channel.role, "channel.update");
  return (
    <header className="flex flex-col gap-5 sm:flex-row sm:items-start sm:gap-6">
      <Avatar name={channel.title} seed={channel.handle} src={channel.posterUrl} size="xl" />
      <div className="flex min-w-0 flex-1 flex-col gap-2">
        <h1 className="text-xl font-semibold">{channel.title}</h1>
        <p className="text-sm text-muted">
          @{channel.handle} · {t(`category.${channel.category}`)}
        </p>
        {channel.description ? (
          <RichText text={channel.description} className="line-clamp-6 max-w-prose text-base text-muted" />
        ) : null}
        {channel.tags.length > 0 ? (
          <ul className="mt-1 flex flex-wrap gap-1.5">
            {channel.tags.map((tag) => (
              <li key={tag}>
                <Chip>{tag}</Chip>
              </li>
            ))}
          </ul>
        ) : null}
      </div>
      <div className="flex flex-wrap items-start gap-2">
        <FollowButton key={channel.id} api={browserApi()} channel={channel} />
        {mayChange ? (
          <ButtonLink to={`/channels/${channel.id}/settings`}>
            <Settings aria-hidden />
            {t("discover:channel.settings")}
          </ButtonLink>
        ) : null}
      </div>
    </header>
  );
}
