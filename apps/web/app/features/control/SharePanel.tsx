/** Links to give away: the page for viewers, and the player for other sites. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { useTranslation } from "react-i18next";
import { embedCode, watchUrl } from "../../lib/share.ts";
import { CopyRow } from "../../ui/CopyRow.tsx";

/** `publicUrl` without a trailing slash. */
export function SharePanel({ broadcast, publicUrl }: { broadcast: OwnBroadcast; publicUrl: string }) {
  const { t } = useTranslation();
  const { id, title, visibility } = broadcast;
  return (
    <div className="flex flex-col gap-3">
      <CopyRow
        label={t("control:share.watch")}
        hint={t(`control:share.${visibility}`)}
        value={watchUrl(publicUrl, id)}
      />
      {visibility === "private" ? null : (
        <CopyRow label={t("control:share.embed")} lines={2} value={embedCode(publicUrl, id, title)} />
      )}
    </div>
  );
}
