/** `/embed/:broadcastId/poll`: the poll of the moment over a picture, for OBS. Parameters: size (px), keep (s), place (top, bottom), token. */
import type { MetaDescriptor } from "react-router";
import { useSearchParams } from "react-router";
import { pollOverlayOptions } from "../features/engagement/poll-overlay-options.ts";
import { PollOverlay } from "../features/engagement/PollOverlay.tsx";
import { useHydrated } from "../lib/locale.tsx";
import { loadOverlay, overlayMeta, useComingBack } from "../lib/overlay.ts";
import { OverlayFrame } from "../ui/OverlayFrame.tsx";
import type { Route } from "./+types/embed.poll.ts";

export async function loader({ params, context }: Route.LoaderArgs) {
  return loadOverlay(context, params.broadcastId);
}

export function meta({ loaderData }: Route.MetaArgs): MetaDescriptor[] {
  return overlayMeta(loaderData);
}

export default function EmbedPoll({ loaderData: { id, title } }: Route.ComponentProps) {
  const [params] = useSearchParams();
  return (
    <OverlayFrame title={title}>
      {useHydrated() ? (
        <PollOverlay broadcastId={id} token={params.get("token") ?? undefined} options={pollOverlayOptions(params)} />
      ) : null}
    </OverlayFrame>
  );
}

/** Over somebody's picture, nothing is better than an error. */
export function ErrorBoundary() {
  useComingBack(true);
  return <OverlayFrame />;
}
