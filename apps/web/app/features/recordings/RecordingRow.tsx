/** One recording in a list. */
import type { OwnRecording, Recording } from "@rostrum/contract/recordings";
import { Clapperboard, Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { formatBytes, formatClock } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { ButtonLink } from "../../ui/Button.tsx";
import { LocalTime } from "../../ui/Time.tsx";
import { RecordingBadge } from "./RecordingBadge.tsx";

export function RecordingRow({ recording }: { recording: Recording | OwnRecording }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { id, title, state, beganAt, durationMs, sizeBytes, visibility } = recording;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-3 px-4 py-3">
      <div className="flex min-w-0 flex-1 basis-80 items-center gap-4 max-sm:items-start">
        <RecordingPicture recording={recording} className="w-24 sm:w-32" />
        <div className="min-w-0 flex-1">
          <Link
            to={`/recordings/${id}`}
            className="line-clamp-2 rounded-sm font-medium hover:underline sm:line-clamp-1"
          >
            {title}
          </Link>
          <p className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
            {state === "ready" ? null : <RecordingBadge state={state} />}
            <LocalTime at={beganAt} style="date" />
            <span className="tabular">{formatBytes(sizeBytes, locale)}</span>
            <span>{t(`recordings:visibility.${visibility}`)}</span>
            {"missingMs" in recording && recording.missingMs > 0 ? (
              <span className="text-amber-text">
                {t("recordings:missing", { length: formatClock(recording.missingMs) })}
              </span>
            ) : null}
            <span className="sr-only">{t("recordings:length", { length: formatClock(durationMs) })}</span>
          </p>
        </div>
      </div>
      {state === "ready" ? (
        <ButtonLink to={`/watch/${recording.broadcastId}`} size="sm" className="max-sm:ml-auto">
          <Play aria-hidden />
          {t("recordings:watch")}
          <span className="sr-only">{title}</span>
        </ButtonLink>
      ) : null}
    </li>
  );
}

/** 16:9 with the length in its corner. */
export function RecordingPicture({ recording, className }: { recording: Recording; className: string }) {
  const { thumbnailUrl, durationMs } = recording;
  return (
    <span
      aria-hidden
      className={`relative flex aspect-video shrink-0 items-center justify-center overflow-hidden rounded-sm bg-raised text-icon ${className}`}
    >
      {thumbnailUrl === null ? (
        <Clapperboard className="size-5" />
      ) : (
        <img src={thumbnailUrl} alt="" className="size-full object-cover" />
      )}
      <span className="absolute right-1 bottom-1 rounded-sm bg-scrim px-1 text-xs font-medium text-on-picture tabular">
        {formatClock(durationMs)}
      </span>
    </span>
  );
}
