/** A clip while its file is written, and how to pass it on once it is there. */
import type { Clip } from "@rostrum/contract/clips";
import { Download, ExternalLink } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useRootData } from "../../lib/session.ts";
import { usePolling } from "../../lib/use-polling.ts";
import { buttonClass, ButtonLink } from "../../ui/Button.tsx";
import { CopyField } from "../../ui/CopyField.tsx";
import { ProgressBar } from "../../ui/ProgressBar.tsx";
import type { ClipsApi } from "./ClipButton.tsx";

const POLL_MS = 700;

export function ClipMade({ api, initial }: { api: ClipsApi; initial: Clip }) {
  const { t } = useTranslation();
  const publicUrl = useRootData()?.publicUrl ?? "";
  const { data: clip } = usePolling(
    async (signal, known: Clip) => (known.state === "making" ? api.clips.get(known.id, { signal }) : known),
    { initial, intervalMs: POLL_MS },
  );
  if (clip.state === "failed") {
    return (
      <p role="alert" className="text-sm text-live-text">
        {clip.problem ?? t("clips:failed")}
      </p>
    );
  }
  return (
    <div className="flex flex-col gap-5">
      <p role="status" className="text-sm text-muted">
        {t(clip.state === "making" ? "clips:making" : "clips:ready")}
      </p>
      {clip.state === "making" ? <ProgressBar label={t("clips:progress")} value={clip.progress} /> : null}
      <CopyField label={t("clips:link")} value={`${publicUrl}/clip/${clip.id}`} />
      <div className="flex flex-wrap gap-2">
        <ButtonLink to={`/clip/${clip.id}`} variant="primary">
          <ExternalLink aria-hidden />
          {t("clips:open")}
        </ButtonLink>
        {clip.mp4Url === null ? null : (
          <a href={clip.mp4Url} download className={buttonClass()}>
            <Download aria-hidden />
            {t("clips:download")}
          </a>
        )}
      </div>
    </div>
  );
}
