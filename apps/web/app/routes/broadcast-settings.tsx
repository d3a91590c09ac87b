/** `/broadcasts/:broadcastId/settings`: everything about one show that can be set. */
import { isOwn } from "@rostrum/client/client";
import { can } from "@rostrum/contract/permissions";
import { Radio } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { redirect, useNavigate } from "react-router";
import { AudienceForm } from "../features/broadcast-forms/AudienceForm.tsx";
import { DeleteBroadcast } from "../features/broadcast-forms/DeleteBroadcast.tsx";
import { DeliveryForm } from "../features/broadcast-forms/DeliveryForm.tsx";
import { DetailsForm } from "../features/broadcast-forms/DetailsForm.tsx";
import { ScheduleForm } from "../features/broadcast-forms/ScheduleForm.tsx";
import { SettingsForm } from "../features/registration/SettingsForm.tsx";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { ownPageMeta } from "../lib/meta.ts";
import { requireMe, useRootData } from "../lib/session.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { Section } from "../ui/Card.tsx";
import { PosterField } from "../ui/PosterField.tsx";
import { SettingsPage } from "../ui/SettingsPage.tsx";
import { StateBadge } from "../ui/StateBadge.tsx";
import { toast } from "../ui/toast.ts";
import type { Route } from "./+types/broadcast-settings.ts";

export async function loader({ request, context, params }: Route.LoaderArgs) {
  await requireMe({ request, context });
  const broadcast = await load(apiFor(context).broadcasts.get(params.broadcastId));
  if (!isOwn(broadcast) || !can(broadcast.role, "broadcast.update")) throw redirect(`/watch/${params.broadcastId}`);
  const registration = can(broadcast.role, "registrations.manage")
    ? await load(apiFor(context).registrations.settings(broadcast.id))
    : null;
  return { broadcast, registration };
}

export function meta({ loaderData }: Route.MetaArgs) {
  return ownPageMeta(pageText("settingsOf", { title: loaderData?.broadcast.title ?? "" }));
}

export default function BroadcastSettings({ loaderData }: Route.ComponentProps) {
  return <Settings key={loaderData.broadcast.id} {...loaderData} />;
}

function Settings({ broadcast: initial, registration }: Route.ComponentProps["loaderData"]) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const api = browserApi();
  const publicUrl = useRootData()?.publicUrl ?? "";
  const [broadcast, setBroadcast] = useState(initial);
  const { id, state } = broadcast;
  const form = { api, broadcast, onSaved: setBroadcast };
  const leave = (): void => {
    toast.success(t("dashboard:deleted", { title: broadcast.title }));
    void navigate("/dashboard");
  };
  return (
    <SettingsPage
      title={broadcast.title}
      back={{ to: "/dashboard", label: t("dashboard:title") }}
      note={<StateBadge state={state} />}
      actions={
        <ButtonLink to={`/control/${id}`}>
          <Radio aria-hidden />
          {t("dashboard:controlRoom")}
        </ButtonLink>
      }
    >
      <DetailsForm {...form} />
      <AudienceForm {...form} />
      {state === "draft" || state === "scheduled" ? <ScheduleForm {...form} /> : null}
      <Section title={t("broadcast-forms:poster.title")} description={t("broadcast-forms:poster.text")}>
        <PosterField
          url={broadcast.posterUrl}
          onUpload={(file) => api.broadcasts.putPoster(id, file).then(setBroadcast)}
          onRemove={() => api.broadcasts.removePoster(id).then(setBroadcast)}
        />
      </Section>
      {state === "ended" || state === "archived" ? null : <DeliveryForm {...form} />}
      {registration === null ? null : (
        <SettingsForm api={api} broadcast={broadcast} settings={registration} publicUrl={publicUrl} />
      )}
      {can(broadcast.role, "broadcast.delete") ? (
        <DeleteBroadcast api={api} broadcast={broadcast} onDeleted={leave} />
      ) : null}
    </SettingsPage>
  );
}
