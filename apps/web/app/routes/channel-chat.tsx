/** `/channels/:channelId/chat`: the rules of a channel's chats, its filters, its emotes, its shared bans. */
import { can } from "@rostrum/contract/permissions";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, redirect } from "react-router";
import { BanList } from "../features/moderation/BanList.tsx";
import { ChatRulesForm, ShieldForm } from "../features/moderation/ChatRulesForm.tsx";
import { EmoteList } from "../features/moderation/EmoteList.tsx";
import { FilterList } from "../features/moderation/FilterList.tsx";
import { ProfanityForm } from "../features/moderation/ProfanityForm.tsx";
import { SpamForm } from "../features/moderation/SpamForm.tsx";
import { usePersonCard } from "../features/moderation/use-person-card.tsx";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { ownPageMeta } from "../lib/meta.ts";
import { requireMe } from "../lib/session.ts";
import { Section } from "../ui/Card.tsx";
import { SettingsPage } from "../ui/SettingsPage.tsx";
import type { Route } from "./+types/channel-chat.ts";

export async function loader({ request, context, params }: Route.LoaderArgs) {
  await requireMe({ request, context });
  const api = apiFor(context);
  const { channelId } = params;
  const channel = await load(api.channels.get(channelId));
  if (!("role" in channel) || !can(channel.role, "chat.moderate")) throw redirect(`/@${channel.handle}`);
  const [rules, limits, filters, emotes] = await Promise.all([
    load(api.chat.channelSettings(channelId)),
    load(api.moderation.settings(channelId)),
    load(api.moderation.filters(channelId)),
    load(api.chat.emotes(channelId)),
  ]);
  return { channel, rules, limits, filters: filters.items, emotes: emotes.items };
}

export function meta({ loaderData }: Route.MetaArgs) {
  return ownPageMeta(pageText("moderation:settings.pageTitle", { title: loaderData?.channel.title ?? "" }));
}

export default function ChannelChat({ loaderData }: Route.ComponentProps) {
  return <Settings key={loaderData.channel.id} {...loaderData} />;
}

function Settings({ channel, filters, emotes, ...initial }: Route.ComponentProps["loaderData"]) {
  const { t } = useTranslation();
  const api = browserApi();
  const [rules, setRules] = useState(initial.rules);
  const [limits, setLimits] = useState(initial.limits);
  const { id: channelId, role } = channel;
  const mayChange = can(role, "chat.settings");
  const { onPerson, card } = usePersonCard({ api, channelId, role });
  const place = { api, channelId };
  return (
    <SettingsPage
      title={t("moderation:settings.title")}
      back={{ to: `/channels/${channelId}/settings`, label: t("moderation:settings.back") }}
      note={<span className="text-base font-normal text-muted">@{channel.handle}</span>}
    >
      <p className="text-sm text-muted">
        {t(mayChange ? "moderation:settings.exempt" : "moderation:settings.readOnly")}{" "}
        <Link to={`/channels/${channelId}/settings#members`} className="rounded-sm text-accent-text underline">
          {t("moderation:settings.crew")}
        </Link>
      </p>
      {mayChange ? (
        <>
          <ChatRulesForm {...place} settings={rules} onSaved={setRules} />
          <ShieldForm {...place} settings={rules} onSaved={setRules} />
          <ProfanityForm {...place} settings={limits} onSaved={setLimits} />
        </>
      ) : null}
      <FilterList {...place} mayChange={mayChange} filters={filters} />
      {mayChange ? <SpamForm {...place} settings={limits} onSaved={setLimits} /> : null}
      <EmoteList {...place} mayChange={mayChange} emotes={emotes} />
      {can(role, "bans.shared") ? (
        <Section id="bans" title={t("moderation:ban.sharedTitle")} description={t("moderation:ban.sharedText")}>
          <BanList {...place} scope="owner" onPerson={onPerson} />
        </Section>
      ) : null}
      {card}
    </SettingsPage>
  );
}
