/** What viewers see while no source is there, and what happens next. */
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatClock } from "../../lib/format.ts";
import { useNow } from "../../lib/locale.tsx";
import { clockOf } from "./next-action.ts";
import type { Sources } from "./use-sources.ts";

/** Nothing while viewers see a source. */
export function SlateNote({ broadcast, sources }: { broadcast: OwnBroadcast; sources: Sources }) {
  const { t } = useTranslation();
  const { slateSince, override } = sources;
  const interrupted = broadcast.state === "interrupted";
  if (!interrupted && slateSince === null) return null;
  return (
    <div className="flex items-center gap-3 rounded-md border border-amber-line bg-amber-tint px-4 py-2.5 text-sm text-amber-text">
      <TriangleAlert aria-hidden className="size-4 shrink-0" />
      <p className="flex-1">
        {/* The clocks stand outside: they are not read aloud each second. */}
        <span role="alert" className="font-semibold">
          {t(override === "slate" ? "control:slate.taken" : "control:slate.noSource")}
        </span>{" "}
        {slateSince === null ? null : <Since at={slateSince} />} {interrupted ? <Left broadcast={broadcast} /> : null}
      </p>
    </div>
  );
}

function Since({ at }: { at: string }) {
  const { t } = useTranslation();
  return <span className="tabular">{t("control:slate.since", { clock: formatClock(useNow() - Date.parse(at)) })}</span>;
}

function Left({ broadcast }: { broadcast: OwnBroadcast }) {
  const { t } = useTranslation();
  const now = useNow();
  const clock = clockOf(broadcast);
  if (clock?.kind !== "until") return null;
  return <span className="tabular">{t("control:slate.left", { clock: formatClock(Date.parse(clock.at) - now) })}</span>;
}
