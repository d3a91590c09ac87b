/** `/control/:broadcastId`: the one page from which a show is run. */
import { isOwn } from "@rostrum/client/client";
import { can } from "@rostrum/contract/permissions";
import type { SourceSlot } from "@rostrum/contract/sources";
import {
  Activity,
  Cable,
  ChartArea,
  CircleDot,
  HandCoins,
  KeyRound,
  Layers,
  MessageSquare,
  Share2,
  ShieldCheck,
  SlidersHorizontal,
  Ticket,
} from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { redirect } from "react-router";
import { AudiencePanel } from "../features/analytics/AudiencePanel.tsx";
import { LiveSettings } from "../features/broadcast-forms/LiveSettings.tsx";
import { AskFirst } from "../features/control/AskFirst.tsx";
import { ConnectionNote } from "../features/control/ConnectionNote.tsx";
import { ControlRoom } from "../features/control/ControlRoom.tsx";
import { Monitors } from "../features/control/Monitors.tsx";
import { nextAction } from "../features/control/next-action.ts";
import { NextMonitor } from "../features/control/NextMonitor.tsx";
import { nextUp } from "../features/control/next-up.ts";
import type { Panel } from "../features/control/panels.ts";
import { SharePanel } from "../features/control/SharePanel.tsx";
import { SlateNote } from "../features/control/SlateNote.tsx";
import { SourcePanel } from "../features/control/SourcePanel.tsx";
import { TopStrip } from "../features/control/TopStrip.tsx";
import { useAsking } from "../features/control/use-asking.ts";
import { useControl } from "../features/control/use-control.ts";
import { useControlCommands } from "../features/control/use-control-commands.tsx";
import { CONTROL_SHORTCUTS } from "../features/control/use-control-keys.ts";
import { useRoomLayout } from "../features/control/use-room-layout.ts";
import { useSources } from "../features/control/use-sources.ts";
import { usePlayback } from "../lib/use-playback.ts";
import { deskPanels } from "../features/engagement/desk-panels.tsx";
import { useDesk } from "../features/engagement/use-desk.ts";
import { useEngagement } from "../features/engagement/use-engagement.ts";
import { FilesLine } from "../features/files/FilesLine.tsx";
import { FreshnessNote } from "../features/health/FreshnessNote.tsx";
import { HealthLight } from "../features/health/HealthLight.tsx";
import { HealthPanel } from "../features/health/HealthPanel.tsx";
import { RateStrip } from "../features/health/RateStrip.tsx";
import { measuredAt } from "../features/health/series.ts";
import { useHealth } from "../features/health/use-health.ts";
import { ConnectPanel } from "../features/keys/ConnectPanel.tsx";
import { useKeys } from "../features/keys/use-keys.ts";
import { LadderPanel } from "../features/ladder/LadderPanel.tsx";
import { ControlChat } from "../features/chat/ControlChat.tsx";
import { ModerationDesk, useOpenAppeals } from "../features/moderation/ModerationDesk.tsx";
import { usePersonCard } from "../features/moderation/use-person-card.tsx";
import type { PlayerEngine } from "../features/player/engine.ts";
import { Player } from "../features/player/Player.tsx";
import { MarkerDialog } from "../features/recordings/MarkerDialog.tsx";
import { RegistrationPanel } from "../features/registration/RegistrationPanel.tsx";
import { RecordingPanel } from "../features/recordings/RecordingPanel.tsx";
import { useHeldTips } from "../features/tips/desk/HeldTips.tsx";
import { TipsDesk } from "../features/tips/desk/TipsDesk.tsx";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { ownPageMeta } from "../lib/meta.ts";
import { useOverlayUrl } from "../lib/overlay.ts";
import type { PageHandle } from "../lib/page-handle.ts";
import { requireMe, useMe, useRootData } from "../lib/session.ts";
import type { Route } from "./+types/control.ts";

export const handle: PageHandle = {
  scheme: "dark",
  frame: "wide",
  shortcuts: CONTROL_SHORTCUTS,
};

export async function loader({ request, context, params }: Route.LoaderArgs) {
  await requireMe({ request, context });
  const api = apiFor(context);
  const broadcast = await load(api.broadcasts.get(params.broadcastId));
  // Viewers and guests belong in front of the screen.
  if (!isOwn(broadcast) || !can(broadcast.role, "health.read")) throw redirect(`/watch/${params.broadcastId}`);
  const channelId = broadcast.channel.id;
  const [health, keys, endpoints] = await Promise.all([
    load(api.broadcasts.health(broadcast.id)),
    can(broadcast.role, "keys.read") ? load(api.keys.list(channelId)) : null,
    can(broadcast.role, "keys.read") ? load(api.channels.ingest(channelId)) : null,
  ]);
  return { broadcast, samples: health.samples, keys: keys?.items ?? null, endpoints };
}

export function meta({ loaderData }: Route.MetaArgs) {
  return ownPageMeta(pageText("control:pageTitle", { title: loaderData?.broadcast.title ?? "" }));
}

export default function ControlPage({ loaderData }: Route.ComponentProps) {
  // Another show is another room: nothing of the former may stay.
  return <Room key={loaderData.broadcast.id} {...loaderData} />;
}

function Room({ broadcast: initial, samples, keys: initialKeys, endpoints }: Route.ComponentProps["loaderData"]) {
  const { t } = useTranslation();
  const api = browserApi();
  const control = useControl(api, initial);
  const { broadcast } = control;
  const health = useHealth(api, broadcast.id, samples);
  const playback = usePlayback(api, broadcast, null);
  const publicUrl = useRootData()?.publicUrl ?? "";
  const over = nextAction(broadcast).kind === "none";
  const source = health.latest?.source ?? null;
  const ladder = health.latest?.ladder ?? null;
  const sources = useSources(api, broadcast.id, can(broadcast.role, "broadcast.control"));
  const { keys, refresh } = useKeys(api, broadcast.channel.id, initialKeys);
  useOnChange(source?.kind ?? null, refresh);
  const asking = useAsking(control, sources);
  const heldTips = useHeldTips(broadcast.id);
  const engagement = useEngagement(broadcast.id);
  const desk = useDesk(api, broadcast.channel.id, engagement);
  const overlayUrl = useOverlayUrl(api, broadcast, publicUrl, can(broadcast.role, "engagement.manage"));
  const moderated = { api, channelId: broadcast.channel.id, broadcastId: broadcast.id };
  const person = usePersonCard({ ...moderated, role: broadcast.role });
  const appeals = useOpenAppeals(broadcast.channel.id);
  const [cued, setCued] = useState<SourceSlot | null>(null);
  const [engine, setEngine] = useState<PlayerEngine | null>(null);
  const [marking, setMarking] = useState<Moment | null>(null);
  const [marked, setMarked] = useState(0);
  // One entry for each panel, in any order: where it stands at first says HOMES in features/control/panels.ts.
  const all: readonly (Panel | null)[] = [
    {
      id: "sources",
      title: t("control:source.title"),
      icon: <Cable aria-hidden />,
      node: (
        <SourcePanel
          api={api}
          broadcast={broadcast}
          source={source}
          sources={sources}
          cued={cued}
          onCue={(slot) => setCued(slot === cued ? null : slot)}
          onTake={asking.take}
          mayConnect={endpoints !== null}
          files={<FilesLine api={api} channelId={broadcast.channel.id} broadcastId={broadcast.id} />}
        />
      ),
    },
    {
      id: "recording",
      title: t("recordings:panel.title"),
      icon: <CircleDot aria-hidden />,
      node: <RecordingPanel api={api} broadcast={broadcast} marked={marked} />,
    },
    {
      id: "health",
      title: t("health:title"),
      icon: <Activity aria-hidden />,
      aside: <FreshnessNote at={measuredAt(health.latest)} />,
      node: <HealthPanel api={api} broadcastId={broadcast.id} health={health} over={over} />,
    },
    can(broadcast.role, "analytics.read")
      ? {
          id: "audience",
          title: t("analytics:audience"),
          icon: <ChartArea aria-hidden />,
          node: <AudiencePanel api={api} broadcastId={broadcast.id} />,
        }
      : null,
    ladder === null || over
      ? null
      : {
          id: "ladder",
          title: t("ladder:title"),
          icon: <Layers aria-hidden />,
          node: <LadderPanel ladder={ladder} />,
        },
    {
      id: "share",
      title: t("control:share.title"),
      icon: <Share2 aria-hidden />,
      node: <SharePanel broadcast={broadcast} publicUrl={publicUrl} />,
    },
    can(broadcast.role, "broadcast.update")
      ? {
          id: "settings",
          title: t("control:settings"),
          icon: <SlidersHorizontal aria-hidden />,
          node: <LiveSettings api={api} broadcast={broadcast} onSaved={control.replace} />,
        }
      : null,
    endpoints === null
      ? null
      : {
          id: "connect",
          title: t("keys:title"),
          icon: <KeyRound aria-hidden />,
          node: (
            <ConnectPanel
              api={api}
              channelId={broadcast.channel.id}
              role={broadcast.role}
              keys={keys}
              endpoints={endpoints}
              onRotated={refresh}
            />
          ),
        },
    {
      id: "chat",
      title: t("chat:title"),
      icon: <MessageSquare aria-hidden />,
      fills: true,
      node: (tools) => (
        <ControlChat
          broadcastId={broadcast.id}
          role={broadcast.role}
          overlayUrl={overlayUrl("chat")}
          onPerson={person.onPerson}
          corner={tools}
        />
      ),
    },
    {
      id: "moderation",
      title: t("moderation:title"),
      icon: <ShieldCheck aria-hidden />,
      badge: appeals,
      fills: true,
      node: <ModerationDesk {...moderated} onPerson={person.onPerson} />,
    },
    can(broadcast.role, "registrations.read")
      ? {
          id: "registrations",
          title: t("registration:panel.title"),
          icon: <Ticket aria-hidden />,
          node: <RegistrationPanel api={api} broadcast={broadcast} publicUrl={publicUrl} />,
        }
      : null,
    {
      id: "tips",
      title: t("tips:title"),
      icon: <HandCoins aria-hidden />,
      badge: heldTips.count,
      node: (
        <TipsDesk
          api={api}
          held={heldTips.store}
          broadcastId={broadcast.id}
          channelId={broadcast.channel.id}
          role={broadcast.role}
          overlayUrl={overlayUrl("tips")}
        />
      ),
    },
  ];
  const panels = [
    ...all.filter((panel) => panel !== null),
    ...deskPanels({ desk, engagement, overlayUrl: overlayUrl("poll"), t }),
  ];
  const layout = useRoomLayout(panels, useMe()?.id ?? "");
  const onAir = broadcast.state === "live" || broadcast.state === "interrupted";
  const mayMark = onAir && can(broadcast.role, "marker.write");
  useControlCommands({
    api,
    control,
    sources,
    asking,
    layout,
    panels,
    publicUrl,
    onMute: engine === null ? null : () => engine.setMuted(!engine.state().muted),
    onMark: mayMark ? () => setMarking({ atMs: health.mediaTimeNow() }) : null,
  });
  return (
    <ControlRoom
      layout={layout}
      top={
        <TopStrip
          control={control}
          health={<HealthLight sample={health.latest} over={over} />}
          layout={layout}
          onAct={asking.act}
        />
      }
      notes={
        <>
          <ConnectionNote control={control} />
          <SlateNote broadcast={broadcast} sources={sources} />
        </>
      }
      monitor={
        <Monitors
          program={<Player broadcast={broadcast} playback={playback} variant="monitor" muted onEngine={setEngine} />}
          next={
            can(broadcast.role, "broadcast.control") && !over ? (
              <NextMonitor next={nextUp(sources, cued, onAir)} busy={sources.busy} onTake={asking.take} />
            ) : null
          }
        />
      }
      strip={<RateStrip health={health} />}
      dialogs={
        <>
          <AskFirst broadcast={broadcast} asking={asking} />
          {person.card}
          {marking === null ? null : (
            <MarkerDialog
              api={api}
              broadcastId={broadcast.id}
              atMs={marking.atMs}
              onClose={() => setMarking(null)}
              onMarked={() => setMarked((before) => before + 1)}
            />
          )}
        </>
      }
    />
  );
}

/** Media time, ms; null: the server says where the show stands. */
type Moment = Readonly<{ atMs: number | null }>;

/** Another source: which key is in use has changed. */
function useOnChange(value: string | null, act: () => void): void {
  const seen = useRef(value);
  useEffect(() => {
    if (value === seen.current) return;
    seen.current = value;
    act();
  }, [value, act]);
}
