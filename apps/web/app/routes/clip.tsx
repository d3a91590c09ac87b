/** `/clip/:clipId`: one clip, for everybody who may watch its show. */
import { useTranslation } from "react-i18next";
import { type MetaDescriptor, useNavigate } from "react-router";
import { clipMeta } from "../features/clips/clip-meta.ts";
import { ClipView } from "../features/clips/ClipView.tsx";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { siteOf } from "../lib/meta.ts";
import { toast } from "../ui/toast.ts";
import type { Route } from "./+types/clip.ts";

export async function loader({ params, context }: Route.LoaderArgs) {
  return { site: siteOf(context), clip: await load(apiFor(context).clips.get(params.clipId)) };
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
  return <ClipView key={clip.id} api={browserApi()} initial={clip} onDeleted={leave} />;
}
