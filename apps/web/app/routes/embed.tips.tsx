/** `/embed/:broadcastId/tips`: tips over a picture, for OBS. Parameters: size (px), place (top, bottom), goal (1), background (0), token. */
import type { MetaDescriptor } from "react-router";
import { useSearchParams } from "react-router";
import { tipOverlayOptions } from "../features/tips/overlay/overlay-options.ts";
import { TipOverlay } from "../features/tips/overlay/TipOverlay.tsx";
import { useHydrated } from "../lib/locale.tsx";
import { loadOverlay, overlayMeta, useComingBack } from "../lib/overlay.ts";
import { OverlayFrame } from "../ui/OverlayFrame.tsx";
import type { Route } from "./+types/embed.tips.ts";

export async function loader({ params, context }: Route.LoaderArgs) {
  return loadOverlay(context, params.broadcastId);
}

export function meta({ loaderData }: Route.MetaArgs): MetaDescriptor[] {
  return overlayMeta(loaderData);
}

export default function EmbedTips({ loaderData: { id, title } }: Route.ComponentProps) {
  const [params] = useSearchParams();
  return (
    <OverlayFrame title={title}>
      {useHydrated() ? (
        <TipOverlay broadcastId={id} token={params.get("token") ?? undefined} options={tipOverlayOptions(params)} />
      ) : null}
    </OverlayFrame>
  );
}

/** Over somebody's picture, nothing is better than an error. */
export function ErrorBoundary() {
  useComingBack(true);
  return <OverlayFrame />;
}
