/** `/broadcasts/:broadcastId/chat`: what was said in a show, for its moderators. */
import { isOwn } from "@rostrum/client/client";
import { can } from "@rostrum/contract/permissions";
import { useTranslation } from "react-i18next";
import { redirect } from "react-router";
import { ChatSearch } from "../features/moderation/ChatSearch.tsx";
import { usePersonCard } from "../features/moderation/use-person-card.tsx";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { ownPageMeta } from "../lib/meta.ts";
import { requireMe } from "../lib/session.ts";
import { SettingsPage } from "../ui/SettingsPage.tsx";
import type { Route } from "./+types/chat-history.ts";

export async function loader({ request, context, params }: Route.LoaderArgs) {
  await requireMe({ request, context });
  const broadcast = await load(apiFor(context).broadcasts.get(params.broadcastId));
  if (!isOwn(broadcast) || !can(broadcast.role, "chat.moderate")) throw redirect(`/watch/${params.broadcastId}`);
  return { broadcast };
}

export function meta({ loaderData }: Route.MetaArgs) {
  return ownPageMeta(pageText("moderation:search.pageTitle", { title: loaderData?.broadcast.title ?? "" }));
}

export default function ChatHistory({ loaderData: { broadcast } }: Route.ComponentProps) {
  const { t } = useTranslation();
  const api = browserApi();
  const { id: broadcastId, channel, role } = broadcast;
  const { onPerson, card } = usePersonCard({ api, channelId: channel.id, broadcastId, role });
  return (
    <SettingsPage
      title={t("moderation:search.page")}
      back={{ to: `/control/${broadcastId}`, label: t("moderation:search.back") }}
      note={<bdi className="text-base font-normal text-muted">{broadcast.title}</bdi>}
    >
      <ChatSearch key={broadcastId} api={api} channelId={channel.id} broadcastId={broadcastId} onPerson={onPerson} />
      {card}
    </SettingsPage>
  );
}
