/** Links to give away: the page for viewers, and the player for other sites. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { useTranslation } from "react-i18next";
import { CopyRow } from "../../ui/CopyRow.tsx";

/** `publicUrl` without a trailing slash. */
export function SharePanel({ broadcast, publicUrl }: { broadcast: OwnBroadcast; publicUrl: string }) {
  const { t } = useTranslation();
  const { id, visibility } = broadcast;
  return (
    <section aria-labelledby="share-title" className="flex flex-col gap-3">
      <h2 id="share-title" className="text-md font-semibold">
        {t("control:share.title")}
      </h2>
      <CopyRow
        label={t("control:share.watch")}
        hint={t(`control:share.${visibility}`)}
        value={`${publicUrl}/watch/${id}`}
      />
      {visibility === "private" ? null : (
        <CopyRow label={t("control:share.embed")} lines={2} value={embedCode(publicUrl, id)} />
      )}
    </section>
  );
}

/** The id is of our alphabet and the address from the operator: nothing in it needs escaping. */
function embedCode(publicUrl: string, id: string): string {
  const allow = 'allow="autoplay; fullscreen; picture-in-picture"';
  return `<iframe src="${publicUrl}/embed/${id}" width="640" height="360" ${allow} style="border:0"></iframe>`;
}
