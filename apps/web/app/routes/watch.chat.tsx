/** `/watch/:broadcastId/chat`: the chat in a window of its own. */
import { isOwn } from "@rostrum/client/client";
import { can } from "@rostrum/contract/permissions";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ChatPanel } from "../features/chat/ChatPanel.tsx";
import { HoldQueue } from "../features/chat/HoldQueue.tsx";
import { usePersonCard } from "../features/moderation/use-person-card.tsx";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { useHydrated } from "../lib/locale.tsx";
import { ownPageMeta } from "../lib/meta.ts";
import { useOverlayUrl } from "../lib/overlay.ts";
import type { PageHandle } from "../lib/page-handle.ts";
import { useRootData } from "../lib/session.ts";
import type { Route } from "./+types/watch.chat.ts";

export const handle: PageHandle = { scheme: "dark" };

export async function loader({ params, context }: Route.LoaderArgs) {
  return { broadcast: await load(apiFor(context).broadcasts.get(params.broadcastId)) };
}

export function meta({ loaderData }: Route.MetaArgs) {
  return ownPageMeta(pageText("chat:pageTitle", { title: loaderData?.broadcast.title ?? "" }));
}

export default function WatchChat({ loaderData: { broadcast } }: Route.ComponentProps) {
  const { t } = useTranslation();
  const api = browserApi();
  const role = isOwn(broadcast) ? broadcast.role : "viewer";
  const place = { channelId: broadcast.channel.id, broadcastId: broadcast.id };
  const { onPerson, card } = usePersonCard({ api, ...place, role });
  const publicUrl = useRootData()?.publicUrl ?? "";
  const overlayUrl = useOverlayUrl(api, broadcast, publicUrl, can(role, "engagement.manage"));
  return (
    <main className="flex h-dvh flex-col">
      <h1 className="truncate border-b border-line px-3 py-2 text-base font-medium">
        <span className="sr-only">{t("chat:title")}: </span>
        <Link to={`/watch/${broadcast.id}`} className="rounded-sm hover:underline">
          {broadcast.title}
        </Link>
      </h1>
      <div className="min-h-0 flex-1">
        {useHydrated() ? (
          <ChatPanel api={api} broadcastId={broadcast.id} overlayUrl={overlayUrl("chat")} onPerson={onPerson}>
            {can(role, "chat.moderate") ? <HoldQueue broadcastId={broadcast.id} onPerson={onPerson} /> : null}
            {card}
          </ChatPanel>
        ) : null}
      </div>
    </main>
  );
}
