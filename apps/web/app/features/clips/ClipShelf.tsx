/** Clips of a show or of a channel, as cards. */
import type { Clip } from "@rostrum/contract/clips";
import { Scissors } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { formatClock, formatCount } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { AgeMark } from "../../ui/AgeMark.tsx";
import { RelativeTime } from "../../ui/Time.tsx";

/** Nothing when there are none. `bare` leaves out which show it is from. */
export function ClipShelf({ clips, bare = false }: { clips: readonly Clip[]; bare?: boolean }) {
  const { t } = useTranslation();
  if (clips.length === 0) return null;
  return (
    <section aria-labelledby="clips-title" className="flex flex-col gap-4">
      <h2 id="clips-title" className="text-md font-semibold">
        {t("clips:title")}
      </h2>
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,14rem),1fr))] gap-x-5 gap-y-8">
        {clips.map((clip) => (
          <li key={clip.id} className="min-w-0">
            <ClipCard clip={clip} bare={bare} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function ClipCard({ clip, bare }: { clip: Clip; bare: boolean }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { id, title, thumbnailUrl, durationMs, views, createdAt, maker, broadcastTitle, ageRestricted } = clip;
  return (
    <article className="group/clip relative flex flex-col gap-2">
      <span className="relative flex aspect-video items-center justify-center overflow-hidden rounded-md bg-raised text-icon">
        {ageRestricted ? (
          <AgeMark minimumAge={clip.minimumAge} />
        ) : thumbnailUrl === null ? (
          <Scissors aria-hidden className="size-5" />
        ) : (
          <img src={thumbnailUrl} alt="" loading="lazy" className="size-full object-cover" />
        )}
        <span className="absolute right-2 bottom-2 rounded-sm bg-scrim px-1.5 text-xs font-medium text-on-picture tabular">
          {formatClock(durationMs)}
        </span>
      </span>
      <h3 className="line-clamp-2 text-base font-medium">
        <Link to={`/clip/${id}`} className="rounded-sm after:absolute after:inset-0 group-hover/clip:underline">
          {title}
        </Link>
      </h3>
      <p className="flex flex-wrap gap-x-2 text-xs text-faint">
        {maker === null ? null : <span>{t("clips:by", { name: maker.displayName })}</span>}
        <span>{t("clips:views", { count: views, shown: formatCount(views, locale) })}</span>
        <RelativeTime at={createdAt} />
        {bare ? null : <span className="w-full truncate">{broadcastTitle}</span>}
      </p>
    </article>
  );
}
