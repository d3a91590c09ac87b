/** `/recordings/:recordingId`: one recording, for its crew. */
import { isOwn } from "@rostrum/client/client";
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { can } from "@rostrum/contract/permissions";
import { ChartArea } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { redirect, useNavigate } from "react-router";
import { VisibilityField } from "../features/broadcast-forms/VisibilityField.tsx";
import { RecordingDetails } from "../features/recordings/RecordingDetails.tsx";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { ownPageMeta } from "../lib/meta.ts";
import { requireMe } from "../lib/session.ts";
import { useSave } from "../lib/use-save.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { FormSection } from "../ui/FormSection.tsx";
import { SettingsPage } from "../ui/SettingsPage.tsx";
import { toast } from "../ui/toast.ts";
import type { Route } from "./+types/recording.ts";

export async function loader({ request, context, params }: Route.LoaderArgs) {
  await requireMe({ request, context });
  const api = apiFor(context);
  const recording = await load(api.recordings.get(params.recordingId));
  if (!("role" in recording)) throw redirect(`/watch/${recording.broadcastId}`);
  const broadcast = await load(api.broadcasts.get(recording.broadcastId));
  return { recording, broadcast: isOwn(broadcast) ? broadcast : null };
}

export function meta({ loaderData }: Route.MetaArgs) {
  return ownPageMeta(loaderData?.recording.title ?? "");
}

export default function RecordingPage({ loaderData: { recording, broadcast } }: Route.ComponentProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const list = `/recordings?channel=${recording.channel.id}`;
  const leave = (): void => {
    toast.success(t("recordings:deleted", { title: recording.title }));
    void navigate(list);
  };
  return (
    <SettingsPage
      title={recording.title}
      back={{ to: list, label: t("recordings:pageTitle") }}
      actions={
        can(recording.role, "analytics.read") ? (
          <ButtonLink to={`/broadcasts/${recording.broadcastId}/analytics`}>
            <ChartArea aria-hidden />
            {t("analytics:title")}
          </ButtonLink>
        ) : null
      }
    >
      <RecordingDetails
        key={recording.id}
        api={browserApi()}
        initial={recording}
        onDeleted={leave}
        visibility={
          broadcast !== null && can(broadcast.role, "broadcast.update") ? <WhoMayWatch broadcast={broadcast} /> : null
        }
      />
    </SettingsPage>
  );
}

/** The show's: its page, its recording and its clips go together. */
function WhoMayWatch({ broadcast }: { broadcast: OwnBroadcast }) {
  const { t } = useTranslation();
  const [saved, setSaved] = useState(broadcast.visibility);
  const [chosen, setChosen] = useState(saved);
  const { state, run, reset } = useSave(async () => {
    setSaved((await browserApi().broadcasts.update(broadcast.id, { visibility: chosen })).visibility);
  });
  return (
    <FormSection
      title={t("recordings:visibilityTitle")}
      state={state}
      dirty={chosen !== saved}
      onSave={() => void run()}
    >
      <VisibilityField
        value={chosen}
        onChange={(visibility) => {
          reset();
          setChosen(visibility);
        }}
      />
    </FormSection>
  );
}
