/** `/embed/:broadcastId`: the player alone, for other sites. Parameters: autoplay, muted, controls (0 or 1), t (seconds). */
import { ApiError } from "@rostrum/client/api-error";
import { isOwn } from "@rostrum/client/client";
import { Lock, SearchX } from "lucide-react";
import { type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { isRouteErrorResponse, type MetaDescriptor, useSearchParams } from "react-router";
import { AgeGateScreen } from "../features/age-gate/AgeGateScreen.tsx";
import { useAgeGate } from "../features/age-gate/use-age-gate.ts";
import { Player } from "../features/player/Player.tsx";
import { Screen } from "../features/player/StateScreen.tsx";
import { RegisterGate } from "../features/registration/RegisterGate.tsx";
import { useShow } from "../features/watch/use-show.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { pageMeta, siteOf } from "../lib/meta.ts";
import type { PageHandle } from "../lib/page-handle.ts";
import type { Route } from "./+types/embed.ts";

export const handle: PageHandle = { scheme: "dark" };

export async function loader({ params, context }: Route.LoaderArgs) {
  const { broadcasts, registrations } = apiFor(context);
  const broadcast = await load(broadcasts.get(params.broadcastId));
  const found = await broadcasts.playback(broadcast.id).then(
    (playback) => ({ playback, mustConfirmAge: false }),
    (error: unknown) => {
      if (error instanceof ApiError) return { playback: null, mustConfirmAge: error.code === "age_restricted" };
      throw error;
    },
  );
  const mustRegister =
    broadcast.registration === "required" &&
    !isOwn(broadcast) &&
    (await load(registrations.info(broadcast.id))).you === null;
  return { site: siteOf(context), broadcast, ...found, mustRegister };
}

export function meta({ loaderData }: Route.MetaArgs): MetaDescriptor[] {
  if (!loaderData) return [{ title: "Rostrum" }, { name: "robots", content: "noindex" }];
  const { site, broadcast } = loaderData;
  const { title, description } = broadcast;
  // The watch page is the one to find.
  return pageMeta(site, { title, description, path: `/watch/${broadcast.id}`, hidden: true });
}

export default function Embed({ loaderData }: Route.ComponentProps) {
  const { broadcast, mustRegister } = loaderData;
  if (!mustRegister) return <AgeDoor key={broadcast.id} {...loaderData} />;
  return (
    <Frame title={broadcast.title}>
      <RegisterGate broadcast={broadcast} outside />
    </Frame>
  );
}

function AgeDoor(loaderData: Route.ComponentProps["loaderData"]) {
  const { broadcast, mustConfirmAge } = loaderData;
  const { title, minimumAge, posterUrl } = broadcast;
  const gate = useAgeGate({ api: browserApi(), minimumAge, mustConfirm: mustConfirmAge });
  if (!gate.isClosed) return <EmbeddedPlayer {...loaderData} />;
  return (
    <Frame title={title}>
      <AgeGateScreen {...{ gate, title, minimumAge, posterUrl }} />
    </Frame>
  );
}

function EmbeddedPlayer(loaderData: Route.ComponentProps["loaderData"]) {
  const { broadcast, playback, onStateChange } = useShow(loaderData.broadcast, loaderData.playback);
  const [params] = useSearchParams();
  const startAtSec = Number.parseFloat(params.get("t") ?? "");
  return (
    <Frame title={broadcast.title}>
      <Player
        broadcast={broadcast}
        playback={playback}
        variant="embed"
        autoplay={params.get("autoplay") === "1"}
        muted={params.get("muted") === "1"}
        controls={params.get("controls") !== "0"}
        onStateChange={onStateChange}
        {...(Number.isFinite(startAtSec) && startAtSec >= 0 ? { startAtSec } : {})}
      />
    </Frame>
  );
}

function Frame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main data-embed data-scheme="dark" className="fixed inset-0 bg-stage">
      <h1 className="sr-only">{title}</h1>
      {children}
    </main>
  );
}

export function ErrorBoundary({ error }: Route.ErrorBoundaryProps) {
  const { t } = useTranslation();
  const closed = isRouteErrorResponse(error) && (error.status === 401 || error.status === 403);
  const title = closed ? t("player:private") : t("watch:embed.gone");
  return (
    <Frame title={title}>
      <Screen
        icon={closed ? <Lock aria-hidden /> : <SearchX aria-hidden />}
        title={title}
        text={closed ? t("player:privateHint") : t("watch:embed.goneText")}
      />
    </Frame>
  );
}
