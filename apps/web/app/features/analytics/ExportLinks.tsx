/** The figures of a show as files. */
import { useTranslation } from "react-i18next";
import { DownloadLink } from "../../ui/DownloadLink.tsx";

const FILES = [
  ["exportTimeline", "file=csv&table=timeline"],
  ["exportAudience", "file=csv&table=audience"],
  ["exportJson", "file=json"],
] as const;

export function ExportLinks({ broadcastId }: { broadcastId: string }) {
  const { t } = useTranslation();
  return (
    <ul aria-label={t("analytics:export")} className="flex flex-wrap gap-2">
      {FILES.map(([name, query]) => (
        <li key={name}>
          <DownloadLink size="sm" href={`/api/v1/broadcasts/${broadcastId}/analytics/export?${query}`}>
            {t(`analytics:${name}`)}
          </DownloadLink>
        </li>
      ))}
    </ul>
  );
}
