/** `/watch/:broadcastId`: the player as large as the window allows, and the show under it. */
import { ApiError } from "@rostrum/client/api-error";
import type { Client } from "@rostrum/client/client";
import type { Broadcast, Playback } from "@rostrum/contract/broadcasts";
import type { Clip } from "@rostrum/contract/clips";
import type { Chapter } from "@rostrum/contract/recordings";
import type { RegistrationInfo } from "@rostrum/contract/registration";
import { isOwn } from "@rostrum/client/client";
import { can } from "@rostrum/contract/permissions";
import { CalendarPlus } from "lucide-react";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type MetaDescriptor, useNavigate, useSearchParams } from "react-router";
import { AgeGateScreen } from "../features/age-gate/AgeGateScreen.tsx";
import { useAgeGate } from "../features/age-gate/use-age-gate.ts";
import { ClipButton } from "../features/clips/ClipButton.tsx";
import { ClipShelf } from "../features/clips/ClipShelf.tsx";
import { LiveCard, RecentCard, UpcomingCard } from "../features/discover/cards.tsx";
import { calendarFile } from "../features/discover/calendar.ts";
import { ChatPanel } from "../features/chat/ChatPanel.tsx";
import { ChatSide } from "../features/chat/ChatSide.tsx";
import { HoldQueue } from "../features/chat/HoldQueue.tsx";
import { ReplayPanel } from "../features/chat/ReplayPanel.tsx";
import { FollowButton } from "../features/follows/FollowButton.tsx";
import { HandoutList } from "../features/engagement/HandoutList.tsx";
import { ReactionLayer } from "../features/engagement/ReactionLayer.tsx";
import { sidePanels } from "../features/engagement/side-panels.tsx";
import { UnderPicture } from "../features/engagement/UnderPicture.tsx";
import { useEngagement } from "../features/engagement/use-engagement.ts";
import { usePersonCard } from "../features/moderation/use-person-card.tsx";
import type { PlayerEngine } from "../features/player/engine.ts";
import { Player } from "../features/player/Player.tsx";
import { PLAYER_SHORTCUTS } from "../features/player/use-shortcuts.ts";
import { ChapterList } from "../features/recordings/ChapterList.tsx";
import { RegisterButton } from "../features/registration/RegisterButton.tsx";
import { RegisterGate } from "../features/registration/RegisterGate.tsx";
import { TipButton } from "../features/tips/TipButton.tsx";
import { TipReturn } from "../features/tips/TipReturn.tsx";
import { TipStanding } from "../features/tips/TipStanding.tsx";
import { TipTicker } from "../features/tips/ticker/TipTicker.tsx";
import { showMeta } from "../features/watch/show-meta.ts";
import { ShowInfo } from "../features/watch/ShowInfo.tsx";
import { useShow } from "../features/watch/use-show.ts";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { useNow } from "../lib/locale.tsx";
import { siteOf } from "../lib/meta.ts";
import { useOverlayUrl } from "../lib/overlay.ts";
import type { PageHandle } from "../lib/page-handle.ts";
import { type PictureClock, pictureClock } from "../lib/picture-clock.ts";
import { useRootData } from "../lib/session.ts";
import { tokenOf } from "../lib/use-playback.ts";
import { buttonClass } from "../ui/Button.tsx";
import { cn } from "../ui/cn.ts";
import type { Route } from "./+types/watch.ts";

export const handle: PageHandle = { scheme: "dark", frame: "wide", shortcuts: PLAYER_SHORTCUTS };

export async function loader({ params, context }: Route.LoaderArgs) {
  const api = apiFor(context);
  const broadcast = await load(api.broadcasts.get(params.broadcastId));
  const [found, others, clips, recording, registration] = await Promise.all([
    findPlayback(api, broadcast),
    findOthers(api, broadcast),
    findClips(api, broadcast),
    findRecording(api, broadcast),
    broadcast.registration === "off" ? null : load(api.registrations.info(broadcast.id)),
  ]);
  return { site: siteOf(context), broadcast, ...found, others, clips, recording, registration };
}

type Found = Readonly<{ playback: Playback | null; mustConfirmAge: boolean }>;

/** `playback` is null when there is nothing to watch yet, or not for this visitor: the player says which. */
async function findPlayback(api: Client, { id }: Broadcast): Promise<Found> {
  try {
    return { playback: await api.broadcasts.playback(id), mustConfirmAge: false };
  } catch (error) {
    if (error instanceof ApiError) return { playback: null, mustConfirmAge: error.code === "age_restricted" };
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
  const { broadcast, registration } = loaderData;
  const mustRegister = registration?.mode === "required" && registration.you === null && !isOwn(broadcast);
  if (!mustRegister) return <AgeDoor key={broadcast.id} {...loaderData} />;
  return (
    <BeforeTheDoor {...loaderData}>
      <RegisterGate broadcast={broadcast} />
    </BeforeTheDoor>
  );
}

/** Nothing of a show that asks for its viewers' age is asked for before they have said it. */
function AgeDoor(props: Loaded) {
  const { broadcast, mustConfirmAge } = props;
  const navigate = useNavigate();
  const { title, minimumAge, posterUrl } = broadcast;
  const gate = useAgeGate({ api: browserApi(), minimumAge, mustConfirm: mustConfirmAge });
  if (!gate.isClosed) return <WatchPage {...props} />;
  const leave = (): void => void navigate("/");
  return (
    <BeforeTheDoor {...props}>
      <div className="relative aspect-video">
        <AgeGateScreen {...{ gate, title, minimumAge, posterUrl }} asks onLeave={leave} />
      </div>
    </BeforeTheDoor>
  );
}

/** For whom may not come in yet: what the show is, and how one gets in. */
function BeforeTheDoor({ broadcast, others, children }: Loaded & { children: ReactNode }) {
  return (
    <div className="flex flex-col">
      <div className={cn("overflow-hidden md:rounded-lg md:ring-1 md:ring-line", COLUMN)}>{children}</div>
      <div className={cn("flex flex-col gap-10 px-4 pt-4 pb-16 md:mt-0 md:px-0 md:pt-5", COLUMN)}>
        <ShowInfo broadcast={broadcast} />
        <Others others={others} channel={broadcast.channel.title} />
      </div>
    </div>
  );
}

/** Null where nothing is asked, or nothing more. */
function wayIn(registration: RegistrationInfo | null): "register" | "registered" | null {
  if (registration === null || registration.mode === "off") return null;
  if (registration.you !== null) return "registered";
  return registration.closed === null ? "register" : null;
}

const ON_AIR: ReadonlySet<string> = new Set(["scheduled", "preview", "live", "interrupted"]);

// As wide as 16:9 fits into what is left of the window under the header and above the title.
const COLUMN =
  "md:mx-auto md:mt-4 md:w-[calc(100%-48px)] md:max-w-[max(592px,calc((100dvh-var(--header-height)-190px)*16/9))] xl:max-w-[min(1632px,max(592px,calc((100dvh-var(--header-height)-190px)*16/9)))]";

type Loaded = Route.ComponentProps["loaderData"];

function WatchPage({ broadcast: initial, playback: found, others, clips, recording, registration }: Loaded) {
  const player = useRef<HTMLDivElement>(null);
  const { broadcast, playback, retryAt, onStateChange } = useShow(initial, found);
  const [theatre, setTheatre] = useState(false);
  const [params] = useSearchParams();
  const startAtSec = secondsOf(params.get("t"));
  const [engine, setEngine] = useState<PlayerEngine | null>(null);
  const isOnAir = ON_AIR.has(broadcast.state);
  const { t } = useTranslation();
  const clock = useClock(broadcast, engine);
  // Browsers that keep no cookies have nothing else to show.
  const token = tokenOf(playback);
  const engagement = useEngagement(broadcast.id, token);
  const takesPart = isOnAir && !broadcast.kidMode;
  const chat =
    broadcast.state === "draft" || broadcast.kidMode
      ? null
      : (hide: ReactNode) => <Chat broadcast={broadcast} token={token} clock={clock} corner={hide} />;
  const screen = (
    <div
      ref={player}
      className={cn(
        "overflow-hidden bg-stage max-md:sticky max-md:top-(--header-height) max-md:z-20",
        theatre
          ? "[&>section]:mx-auto [&>section]:max-w-[calc((100dvh-var(--header-height))*16/9)]"
          : cn("md:rounded-lg md:ring-1 md:ring-line", COLUMN),
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
        onEngine={setEngine}
        over={isOnAir ? <ReactionLayer crowd={engagement.crowd} /> : null}
        {...(startAtSec === undefined ? {} : { startAtSec })}
      />
      {takesPart ? <TipTicker broadcastId={broadcast.id} token={token} /> : null}
      {takesPart ? <UnderPicture engagement={engagement} /> : null}
    </div>
  );
  return (
    <ChatSide
      chat={chat}
      more={sidePanels({ engagement, clock, isOnAir, t })}
      first={isOnAir ? "chat" : "about"}
      title={broadcast.title}
      player={screen}
    >
      <div
        className={cn(
          "flex flex-col gap-10 px-4 pt-4 pb-16 md:px-0 md:pt-5",
          theatre ? "mx-auto max-w-[1280px] md:px-6" : cn(COLUMN, "md:mt-0"),
        )}
      >
        <Trouble retryAt={retryAt} />
        <TipReturn api={browserApi()} />
        <ShowInfo
          broadcast={broadcast}
          follow={<FollowButton api={browserApi()} channel={broadcast.channel} />}
          actions={
            <>
              <RegisterButton broadcastId={broadcast.id} way={wayIn(registration)} />
              {broadcast.startAt ? <Reminder broadcast={broadcast} /> : null}
              {takesPart ? <TipButton api={browserApi()} broadcastId={broadcast.id} /> : null}
              {playback?.mayClip ? <ClipButton api={browserApi()} broadcast={broadcast} player={player} /> : null}
            </>
          }
        />
        {broadcast.state === "draft" ? null : <TipStanding api={browserApi()} broadcastId={broadcast.id} />}
        <HandoutList engagement={engagement} />
        <Chapters broadcastId={broadcast.id} chapters={recording.chapters} />
        <ClipShelf clips={clips} bare />
        <Others others={others} channel={broadcast.channel.title} />
      </div>
    </ChatSide>
  );
}

const isRecorded = ({ recordingId, state }: Broadcast): boolean => recordingId !== null && !ON_AIR.has(state);

/** Where the picture is; null while there is none. */
function useClock(broadcast: Broadcast, engine: PlayerEngine | null): PictureClock | null {
  const isRecording = isRecorded(broadcast);
  return useMemo(() => (engine === null ? null : pictureClock(engine, isRecording)), [engine, isRecording]);
}

type ChatProps = Readonly<{
  broadcast: Broadcast;
  token: string | undefined;
  clock: PictureClock | null;
  corner: ReactNode;
}>;

/** What is said now; of a show that is over, what was said then. */
function Chat({ broadcast, token, clock, corner }: ChatProps) {
  const { id, channel } = broadcast;
  const isRecording = isRecorded(broadcast);
  const api = browserApi();
  const role = isOwn(broadcast) ? broadcast.role : "viewer";
  const person = usePersonCard({ api, channelId: channel.id, broadcastId: id, role });
  const publicUrl = useRootData()?.publicUrl ?? "";
  const overlayUrl = useOverlayUrl(api, broadcast, publicUrl, can(role, "engagement.manage"));
  if (isRecording && clock !== null)
    return <ReplayPanel key={id} api={api} broadcastId={id} channelId={channel.id} clock={clock} corner={corner} />;
  return (
    <ChatPanel
      api={api}
      broadcastId={id}
      clock={clock}
      token={token}
      popOut={`/watch/${id}/chat`}
      overlayUrl={overlayUrl("chat")}
      onPerson={person.onPerson}
      corner={corner}
    >
      {can(role, "chat.moderate") ? <HoldQueue broadcastId={id} onPerson={person.onPerson} /> : null}
      {person.card}
    </ChatPanel>
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
