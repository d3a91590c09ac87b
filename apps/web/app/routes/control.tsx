/** `/control/:broadcastId`: the one page from which a show is run. */
import { isOwn } from "@rostrum/client/client";
import { can } from "@rostrum/contract/permissions";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { redirect } from "react-router";
import { ConnectionNote } from "../features/control/ConnectionNote.tsx";
import { ControlRoom } from "../features/control/ControlRoom.tsx";
import { nextAction } from "../features/control/next-action.ts";
import { SharePanel } from "../features/control/SharePanel.tsx";
import { SlateNote } from "../features/control/SlateNote.tsx";
import { SourcePanel } from "../features/control/SourcePanel.tsx";
import { TopStrip } from "../features/control/TopStrip.tsx";
import { useControl } from "../features/control/use-control.ts";
import { useSources } from "../features/control/use-sources.ts";
import { usePlayback } from "../lib/use-playback.ts";
import { FilesLine } from "../features/files/FilesLine.tsx";
import { HealthLight } from "../features/health/HealthLight.tsx";
import { HealthPanel } from "../features/health/HealthPanel.tsx";
import { RateStrip } from "../features/health/RateStrip.tsx";
import { useHealth } from "../features/health/use-health.ts";
import { ConnectPanel } from "../features/keys/ConnectPanel.tsx";
import { useKeys } from "../features/keys/use-keys.ts";
import { LadderPanel } from "../features/ladder/LadderPanel.tsx";
import { Player } from "../features/player/Player.tsx";
import { PLAYER_SHORTCUTS } from "../features/player/use-shortcuts.ts";
import { RecordingPanel } from "../features/recordings/RecordingPanel.tsx";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { ownPageMeta } from "../lib/meta.ts";
import type { PageHandle } from "../lib/page-handle.ts";
import { requireMe, useRootData } from "../lib/session.ts";
import type { Route } from "./+types/control.ts";

export const handle: PageHandle = { scheme: "dark", frame: "wide", shortcuts: PLAYER_SHORTCUTS };

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
  return (
    <ControlRoom
      top={<TopStrip control={control} health={<HealthLight sample={health.latest} over={over} />} />}
      notes={
        <>
          <ConnectionNote control={control} />
          <SlateNote broadcast={broadcast} sources={sources} />
        </>
      }
      monitor={
        <section aria-label={t("control:program")}>
          <Player broadcast={broadcast} playback={playback} variant="monitor" muted />
        </section>
      }
      source={
        <SourcePanel
          api={api}
          broadcast={broadcast}
          source={source}
          sources={sources}
          files={<FilesLine api={api} channelId={broadcast.channel.id} broadcastId={broadcast.id} />}
        />
      }
      recording={<RecordingPanel api={api} broadcast={broadcast} />}
      ladder={ladder === null || over ? null : <LadderPanel ladder={ladder} />}
      share={<SharePanel broadcast={broadcast} publicUrl={publicUrl} />}
      health={<HealthPanel health={health} over={over} />}
      connect={
        endpoints === null ? null : (
          <ConnectPanel
            api={api}
            channelId={broadcast.channel.id}
            role={broadcast.role}
            keys={keys}
            endpoints={endpoints}
            onRotated={refresh}
          />
        )
      }
      strip={<RateStrip health={health} />}
    />
  );
}

/** Another source: which key is in use has changed. */
function useOnChange(value: string | null, act: () => void): void {
  const seen = useRef(value);
  useEffect(() => {
    if (value === seen.current) return;
    seen.current = value;
    act();
  }, [value, act]);
}
