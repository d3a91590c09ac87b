/** `/watch/:broadcastId`: the player as large as the window allows, and the show under it. */
import { ApiError } from "@rostrum/client/api-error";
import type { Client } from "@rostrum/client/client";
import type { Broadcast, Playback } from "@rostrum/contract/broadcasts";
import type { Clip } from "@rostrum/contract/clips";
import type { Chapter } from "@rostrum/contract/recordings";
import { CalendarPlus } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type MetaDescriptor, useSearchParams } from "react-router";
import { ClipButton } from "../features/clips/ClipButton.tsx";
import { ClipShelf } from "../features/clips/ClipShelf.tsx";
import { LiveCard, RecentCard, UpcomingCard } from "../features/discover/cards.tsx";
import { calendarFile } from "../features/discover/calendar.ts";
import { Player } from "../features/player/Player.tsx";
import { PLAYER_SHORTCUTS } from "../features/player/use-shortcuts.ts";
import { ChapterList } from "../features/recordings/ChapterList.tsx";
import { showMeta } from "../features/watch/show-meta.ts";
import { ShowInfo } from "../features/watch/ShowInfo.tsx";
import { useShow } from "../features/watch/use-show.ts";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { useNow } from "../lib/locale.tsx";
import { siteOf } from "../lib/meta.ts";
import type { PageHandle } from "../lib/page-handle.ts";
import { buttonClass } from "../ui/Button.tsx";
import { cn } from "../ui/cn.ts";
import type { Route } from "./+types/watch.ts";

export const handle: PageHandle = { scheme: "dark", frame: "wide", shortcuts: PLAYER_SHORTCUTS };

export async function loader({ params, context }: Route.LoaderArgs) {
  const api = apiFor(context);
  const broadcast = await load(api.broadcasts.get(params.broadcastId));
  const [playback, others, clips, recording] = await Promise.all([
    findPlayback(api, broadcast),
    findOthers(api, broadcast),
    findClips(api, broadcast),
    findRecording(api, broadcast),
  ]);
  return { site: siteOf(context), broadcast, playback, others, clips, recording };
}

/** Null when there is nothing to watch yet, or not for this visitor: the player says which. */
async function findPlayback(api: Client, { id }: Broadcast): Promise<Playback | null> {
  try {
    return await api.broadcasts.playback(id);
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}

const OTHERS = 5;

/** Other shows of the channel, what is live first. The page stands without them. */
async function findOthers(api: Client, { id, channel: { handle } }: Broadcast): Promise<readonly Broadcast[]> {
  try {
    const pages = await Promise.all(
      (["live", "upcoming", "recent"] as const).map((view) => api.broadcasts.list({ handle, view, limit: OTHERS + 1 })),
    );
    return pages
      .flatMap(({ items }) => items)
      .filter((other) => other.id !== id)
      .slice(0, OTHERS);
  } catch {
    return [];
  }
}

const CLIPS = 8;

/** The page stands without them. */
async function findClips(api: Client, { id }: Broadcast): Promise<readonly Clip[]> {
  try {
    return (await api.clips.list({ broadcastId: id, limit: CLIPS })).items;
  } catch {
    return [];
  }
}

type Recorded = Readonly<{ chapters: readonly Chapter[]; storyboardUrl: string | null }>;

/** Of the recording. The page stands without them. */
async function findRecording(api: Client, { recordingId }: Broadcast): Promise<Recorded> {
  const none: Recorded = { chapters: [], storyboardUrl: null };
  if (recordingId === null) return none;
  try {
    const { chapters, storyboardUrl } = await api.recordings.get(recordingId);
    return { chapters, storyboardUrl };
  } catch {
    return none;
  }
}

export function meta({ loaderData }: Route.MetaArgs): MetaDescriptor[] {
  return loaderData ? showMeta(loaderData.site, loaderData.broadcast, pageText) : [];
}

export default function Watch({ loaderData }: Route.ComponentProps) {
  return <WatchPage key={loaderData.broadcast.id} {...loaderData} />;
}

type Loaded = Route.ComponentProps["loaderData"];

function WatchPage({ broadcast: initial, playback: found, others, clips, recording }: Loaded) {
  const player = useRef<HTMLDivElement>(null);
  const { broadcast, playback, retryAt, onStateChange } = useShow(initial, found);
  const [theatre, setTheatre] = useState(false);
  const [params] = useSearchParams();
  const startAtSec = secondsOf(params.get("t"));
  return (
    <div
      className={cn(
        "mx-auto w-full pb-16",
        // As wide as 16:9 fits into what is left of the window under the header and above the title.
        !theatre &&
          "md:max-w-[max(640px,calc((100dvh-var(--header-height)-190px)*16/9+48px))] md:px-6 md:pt-4 xl:max-w-[min(1680px,max(640px,calc((100dvh-var(--header-height)-190px)*16/9+48px)))]",
      )}
    >
      <div
        ref={player}
        className={cn(
          "overflow-hidden bg-stage max-md:sticky max-md:top-(--header-height) max-md:z-20",
          theatre
            ? "[&>section]:mx-auto [&>section]:max-w-[calc((100dvh-var(--header-height))*16/9)]"
            : "md:rounded-lg md:ring-1 md:ring-line",
        )}
      >
        <Player
          // Another place to begin at, such as a chapter, is another beginning.
          key={startAtSec ?? "begin"}
          broadcast={broadcast}
          playback={playback}
          variant="watch"
          theatre={theatre}
          onTheatreChange={setTheatre}
          chapters={recording.chapters}
          storyboardUrl={recording.storyboardUrl}
          onStateChange={onStateChange}
          {...(startAtSec === undefined ? {} : { startAtSec })}
        />
      </div>
      <div
        className={cn("flex flex-col gap-10 px-4 pt-4 md:pt-5", theatre ? "mx-auto max-w-[1280px] md:px-6" : "md:px-0")}
      >
        <Trouble retryAt={retryAt} />
        <ShowInfo
          broadcast={broadcast}
          actions={
            <>
              {broadcast.startAt ? <Reminder broadcast={broadcast} /> : null}
              {playback?.mayClip ? <ClipButton api={browserApi()} broadcast={broadcast} player={player} /> : null}
            </>
          }
        />
        <Chapters broadcastId={broadcast.id} chapters={recording.chapters} />
        <ClipShelf clips={clips} bare />
        <Others others={others} channel={broadcast.channel.title} />
      </div>
    </div>
  );
}

function Reminder({ broadcast }: { broadcast: Broadcast }) {
  const { t } = useTranslation();
  if (broadcast.state !== "scheduled") return null;
  return (
    <a href={calendarFile(broadcast)} download={`${broadcast.id}.ics`} className={buttonClass({ variant: "primary" })}>
      <CalendarPlus aria-hidden />
      {t("discover:remind.add")}
    </a>
  );
}

function Trouble({ retryAt }: { retryAt: number | null }) {
  const { t } = useTranslation();
  const now = useNow();
  if (retryAt === null) return null;
  const count = Math.max(0, Math.ceil((retryAt - now) / 1000));
  return (
    <p role="status" className="-mb-6 rounded-sm bg-amber-tint px-3 py-2 text-sm text-amber-text">
      {/* Screen readers say what is wrong once, not every second. */}
      <span className="sr-only">{t("watch:offlineHint")}</span>
      <span aria-hidden>{t("watch:offline", { count })}</span>
    </p>
  );
}

function Chapters({ broadcastId, chapters }: { broadcastId: string; chapters: readonly Chapter[] }) {
  const { t } = useTranslation();
  if (chapters.length === 0) return null;
  return (
    <section aria-labelledby="chapters-title" className="flex max-w-prose flex-col gap-2">
      <h2 id="chapters-title" className="text-md font-semibold">
        {t("recordings:chapters.title")}
      </h2>
      <ChapterList broadcastId={broadcastId} chapters={chapters} />
    </section>
  );
}

function Others({ others, channel }: { others: readonly Broadcast[]; channel: string }) {
  const { t } = useTranslation();
  if (others.length === 0) return null;
  return (
    <section className="flex flex-col gap-4">
      <h2 className="text-md font-semibold">{t("watch:more", { channel })}</h2>
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,14rem),1fr))] gap-x-5 gap-y-8">
        {others.map((other) => (
          <li key={other.id}>
            <OtherCard broadcast={other} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function OtherCard({ broadcast }: { broadcast: Broadcast }) {
  if (broadcast.state === "live" || broadcast.state === "interrupted") return <LiveCard broadcast={broadcast} bare />;
  if (broadcast.state === "scheduled") return <UpcomingCard broadcast={broadcast} bare />;
  return <RecentCard broadcast={broadcast} bare />;
}

/** "90" and "1m30s" of the address as seconds; undefined for anything else. */
function secondsOf(text: string | null): number | undefined {
  const match = /^(?:(\d{1,2})h)?(?:(\d{1,3})m)?(?:(\d{1,6})s?)?$/.exec(text ?? "");
  if (!match || match[0] === "") return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return hours * 3600 + minutes * 60 + seconds;
}
