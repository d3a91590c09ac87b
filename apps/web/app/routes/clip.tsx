/** `/clip/:clipId`: one clip, for everybody who may watch its show. */
import { ApiError } from "@rostrum/client/api-error";
import { useTranslation } from "react-i18next";
import { type MetaDescriptor, redirect, useNavigate } from "react-router";
import { AgeGateScreen } from "../features/age-gate/AgeGateScreen.tsx";
import { useAgeGate } from "../features/age-gate/use-age-gate.ts";
import { clipMeta } from "../features/clips/clip-meta.ts";
import { ClipView } from "../features/clips/ClipView.tsx";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { siteOf } from "../lib/meta.ts";
import { toast } from "../ui/toast.ts";
import type { Route } from "./+types/clip.ts";

export async function loader({ params, context }: Route.LoaderArgs) {
  const clip = await load(apiFor(context).clips.get(params.clipId).catch(toRegistration));
  return { site: siteOf(context), clip };
}

/** Whoever must register for the show first is shown where. */
function toRegistration(error: unknown): never {
  const { reason, broadcastId } = error instanceof ApiError ? error.details : {};
  if (reason === "registration_required" && typeof broadcastId === "string") throw redirect(`/register/${broadcastId}`);
  throw error;
}

export function meta({ loaderData }: Route.MetaArgs): MetaDescriptor[] {
  return loaderData ? clipMeta(loaderData.site, loaderData.clip, pageText) : [];
}

export default function ClipPage({ loaderData: { clip } }: Route.ComponentProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const leave = (): void => {
    toast.success(t("clips:deleted", { title: clip.title }));
    void navigate(`/watch/${clip.broadcastId}`);
  };
  // Its file is played by the browser itself, which sends nothing but cookies along.
  const mustConfirm = clip.ageRestricted && clip.state === "ready" && clip.mp4Url === null;
  const { minimumAge } = clip;
  const gate = useAgeGate({ api: browserApi(), minimumAge, mustConfirm, needsCookie: true });
  const cover = gate.isClosed ? (
    <AgeGateScreen asks gate={gate} title={clip.title} minimumAge={minimumAge} onLeave={() => void navigate("/")} />
  ) : null;
  return (
    <ClipView
      // The same clip with what it is played from is shown from its beginning.
      key={`${clip.id} ${String(gate.isClosed)}`}
      api={browserApi()}
      initial={clip}
      cover={cover}
      onDeleted={leave}
    />
  );
}
