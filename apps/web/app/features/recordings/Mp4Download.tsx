/** One file of the whole recording, made when somebody wants it. */
import type { Client } from "@rostrum/client/client";
import type { OwnRecording } from "@rostrum/contract/recordings";
import { Download, FileVideo } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatBytes } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { useSave } from "../../lib/use-save.ts";
import { Button, buttonClass } from "../../ui/Button.tsx";
import { Section } from "../../ui/Card.tsx";
import { ProgressBar } from "../../ui/ProgressBar.tsx";

export function Mp4Download({
  api,
  recording,
  onChanged,
}: {
  api: Pick<Client, "recordings">;
  recording: OwnRecording;
  onChanged: (recording: OwnRecording) => void;
}) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { mp4, mp4Url, state } = recording;
  const { state: asking, run } = useSave(async () => onChanged(await api.recordings.makeMp4(recording.id)));
  const working = mp4.state === "waiting" || mp4.state === "running";
  const problem = asking.kind === "failed" ? asking.text : mp4.problem;
  return (
    <Section title={t("recordings:mp4.title")} description={t("recordings:mp4.text")}>
      <div className="flex flex-col items-start gap-3">
        {mp4Url !== null ? (
          <a href={mp4Url} download className={buttonClass({ variant: "primary" })}>
            <Download aria-hidden />
            {t("recordings:mp4.download", { size: formatBytes(mp4.sizeBytes, locale) })}
          </a>
        ) : (
          <Button
            disabled={state !== "ready" || working}
            busy={asking.kind === "saving" || working}
            onClick={() => void run()}
          >
            <FileVideo aria-hidden />
            {t("recordings:mp4.make")}
          </Button>
        )}
        {working ? (
          <div role="status" className="w-full">
            <p className="text-sm text-muted tabular">
              {t(`recordings:mp4.${mp4.state}`, { percent: Math.round(mp4.progress * 100) })}
            </p>
            <ProgressBar label={t("recordings:mp4.progress")} value={mp4.progress} />
          </div>
        ) : null}
        {problem === null ? null : (
          <p role="alert" className="text-sm text-live-text">
            {problem}
          </p>
        )}
        {state === "ready" || working ? null : <p className="text-sm text-muted">{t("recordings:mp4.later")}</p>}
      </div>
    </Section>
  );
}
