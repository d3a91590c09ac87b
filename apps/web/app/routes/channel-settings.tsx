/** `/channels/:channelId/settings`: everything about a channel that can be set. */
import type { OwnChannel } from "@rostrum/contract/channels";
import { can } from "@rostrum/contract/permissions";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { redirect, useNavigate } from "react-router";
import { DefaultsForm } from "../features/channel-forms/DefaultsForm.tsx";
import { DeleteChannel } from "../features/channel-forms/DeleteChannel.tsx";
import { Members } from "../features/channel-forms/Members.tsx";
import { ProfileForm } from "../features/channel-forms/ProfileForm.tsx";
import { AudienceSwitches } from "../features/engagement/AudienceSwitches.tsx";
import { AddressesAndKeys } from "../features/keys/ConnectPanel.tsx";
import { useKeys } from "../features/keys/use-keys.ts";
import { LadderForm } from "../features/media-forms/LadderForm.tsx";
import { RecordingForm } from "../features/media-forms/RecordingForm.tsx";
import { SlateForm } from "../features/media-forms/SlateForm.tsx";
import { GoalSection } from "../features/tips/settings/GoalSection.tsx";
import { TipSettings } from "../features/tips/settings/TipSettings.tsx";
import { Webhooks } from "../features/webhooks/Webhooks.tsx";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { ownPageMeta } from "../lib/meta.ts";
import { requireMe, useRootData } from "../lib/session.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { Section } from "../ui/Card.tsx";
import { PosterField } from "../ui/PosterField.tsx";
import { SettingsPage } from "../ui/SettingsPage.tsx";
import { toast } from "../ui/toast.ts";
import type { Route } from "./+types/channel-settings.ts";

export async function loader({ request, context, params }: Route.LoaderArgs) {
  await requireMe({ request, context });
  const api = apiFor(context);
  const { channelId } = params;
  const channel = await load(api.channels.get(channelId));
  if (!("role" in channel) || !can(channel.role, "members.read")) throw redirect(`/@${channel.handle}`);
  const own: OwnChannel = channel;
  const mayKeys = can(own.role, "keys.read");
  const [members, engagement, keys, endpoints, tips, webhooks] = await Promise.all([
    load(api.channels.members(channelId)),
    can(own.role, "engagement.manage") ? load(api.engagement.settings(channelId)) : null,
    mayKeys ? load(api.keys.list(channelId)) : null,
    mayKeys ? load(api.channels.ingest(channelId)) : null,
    can(own.role, "tips.manage") ? load(api.tips.settings(channelId)) : null,
    can(own.role, "webhooks.manage") ? load(api.webhooks.list(channelId)) : null,
  ]);
  return {
    ...{ channel: own, members: members.items, keys: keys?.items ?? null, endpoints },
    ...{ engagement, tips, webhooks: webhooks?.items ?? null },
  };
}

export function meta({ loaderData }: Route.MetaArgs) {
  return ownPageMeta(pageText("settingsOf", { title: loaderData?.channel.title ?? "" }));
}

export default function ChannelSettings({ loaderData }: Route.ComponentProps) {
  return <Settings key={loaderData.channel.id} {...loaderData} />;
}

type Loaded = Route.ComponentProps["loaderData"];

function Settings(loaded: Loaded) {
  const { channel: initial, members, keys: initialKeys, endpoints, tips, webhooks } = loaded;
  const { t } = useTranslation();
  const navigate = useNavigate();
  const api = browserApi();
  const [channel, setChannel] = useState(initial);
  const [engagement, setEngagement] = useState(loaded.engagement);
  const { id, role } = channel;
  const { keys, refresh } = useKeys(api, id, initialKeys);
  const form = { api, channel, onSaved: setChannel };
  const mayUpdate = can(role, "channel.update");
  const leave = (): void => {
    toast.success(t("channel-forms:deleted", { title: channel.title }));
    void navigate("/dashboard");
  };
  return (
    <SettingsPage
      title={channel.title}
      back={{ to: "/dashboard", label: t("dashboard:title") }}
      note={<span className="text-base font-normal text-muted">@{channel.handle}</span>}
      actions={<ButtonLink to={`/@${channel.handle}`}>{t("channel-forms:openPage")}</ButtonLink>}
    >
      {mayUpdate ? (
        <>
          <ProfileForm {...form} />
          <Section title={t("channel-forms:poster.title")} description={t("channel-forms:poster.text")}>
            <PosterField
              url={channel.posterUrl}
              onUpload={(file) => api.channels.putPoster(id, file).then(setChannel)}
              onRemove={() => api.channels.removePoster(id).then(setChannel)}
            />
          </Section>
        </>
      ) : (
        <p className="text-sm text-muted">{t("channel-forms:readOnly")}</p>
      )}
      {endpoints === null ? null : (
        <Section id="keys" title={t("channel-forms:keys.title")} description={t("channel-forms:keys.text")}>
          <AddressesAndKeys
            api={api}
            channelId={id}
            role={role}
            keys={keys}
            endpoints={endpoints}
            onRotated={refresh}
          />
        </Section>
      )}
      {mayUpdate ? (
        <>
          <DefaultsForm {...form} />
          <LadderForm {...form} />
          <SlateForm {...form} />
          <RecordingForm {...form} />
        </>
      ) : null}
      {engagement === null ? null : (
        <Section id="audience" title={t("engagement:settings.title")} description={t("engagement:settings.text")}>
          <AudienceSwitches api={api} channelId={id} settings={engagement} onSaved={setEngagement} />
        </Section>
      )}
      {tips === null ? null : <Tips channelId={id} initial={tips} />}
      {webhooks === null ? null : <Webhooks api={api} channelId={id} initial={webhooks} />}
      <Section id="chat" title={t("moderation:settings.title")} description={t("moderation:settings.text")}>
        <ButtonLink to={`/channels/${id}/chat`}>{t("moderation:settings.open")}</ButtonLink>
      </Section>
      <Members api={api} channel={channel} members={members} />
      {can(role, "channel.delete") ? <DeleteChannel api={api} channel={channel} onDeleted={leave} /> : null}
    </SettingsPage>
  );
}

function Tips({ channelId, initial }: { channelId: string; initial: NonNullable<Loaded["tips"]> }) {
  const api = browserApi();
  const publicUrl = useRootData()?.publicUrl ?? "";
  const [settings, setSettings] = useState(initial);
  return (
    <>
      <TipSettings api={api} channelId={channelId} settings={settings} publicUrl={publicUrl} onSaved={setSettings} />
      {settings.enabled ? <GoalSection api={api} channelId={channelId} currency={settings.currency} /> : null}
    </>
  );
}
