/** `/embed/:broadcastId/chat`: the chat over a picture, for OBS. Parameters: size (px), fade (s), direction (up, down), max, background (0), token. */
import type { MetaDescriptor } from "react-router";
import { useSearchParams } from "react-router";
import { ChatOverlay } from "../features/chat/ChatOverlay.tsx";
import { overlayOptions } from "../features/chat/overlay-options.ts";
import { browserApi } from "../lib/api.ts";
import { useHydrated } from "../lib/locale.tsx";
import { loadOverlay, overlayMeta, useComingBack } from "../lib/overlay.ts";
import { OverlayFrame } from "../ui/OverlayFrame.tsx";
import type { Route } from "./+types/embed.chat.ts";

export async function loader({ params, context }: Route.LoaderArgs) {
  return loadOverlay(context, params.broadcastId);
}

export function meta({ loaderData }: Route.MetaArgs): MetaDescriptor[] {
  return overlayMeta(loaderData);
}

export default function EmbedChat({ loaderData: { id, title } }: Route.ComponentProps) {
  const [params] = useSearchParams();
  return (
    <OverlayFrame title={title}>
      {useHydrated() ? (
        <ChatOverlay
          api={browserApi()}
          broadcastId={id}
          token={params.get("token") ?? undefined}
          options={overlayOptions(params)}
        />
      ) : null}
    </OverlayFrame>
  );
}

/** Over somebody's picture, nothing is better than an error. */
export function ErrorBoundary() {
  useComingBack(true);
  return <OverlayFrame />;
}
