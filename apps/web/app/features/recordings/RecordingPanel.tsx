/** Whether the show is recorded, how much there is of it, and the moments that were marked. */
import type { Client } from "@rostrum/client/client";
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";
import { can } from "@rostrum/contract/permissions";
import type { OwnRecording, Recording } from "@rostrum/contract/recordings";
import { CircleDot, CircleOff, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { formatBytes, formatClock } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { usePolling } from "../../lib/use-polling.ts";
import { Markers } from "./Markers.tsx";

export type RecordingsApi = Pick<Client, "recordings" | "markers">;

const POLL_MS = 5000;

/** Give it a key that changes with the broadcast. `marked` counts the moments that were marked elsewhere on the page. */
export function RecordingPanel(props: { api: RecordingsApi; broadcast: OwnBroadcast; marked: number }) {
  const { api, broadcast, marked } = props;
  const { data: recording } = usePolling<Recording | OwnRecording | null>(
    async (signal) => (await api.recordings.list({ broadcastId: broadcast.id, limit: 1 }, { signal })).items[0] ?? null,
    { initial: null, intervalMs: POLL_MS, atOnce: true },
  );
  const onAir = broadcast.state === "live" || broadcast.state === "interrupted";
  return (
    <div className="flex flex-col gap-3">
      <RecordingLine broadcast={broadcast} recording={recording} />
      {broadcast.recordNote === null ? null : <Note>{broadcast.recordNote}</Note>}
      {recording !== null && "note" in recording && recording.note !== null ? <Note>{recording.note}</Note> : null}
      {can(broadcast.role, "marker.write") && broadcast.liveAt !== null ? (
        <Markers api={api} broadcastId={broadcast.id} onAir={onAir} version={marked} />
      ) : null}
    </div>
  );
}

/** A light and a word; beside it how long and how large. */
function RecordingLine({ broadcast, recording }: { broadcast: OwnBroadcast; recording: Recording | null }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const facts =
    recording === null ? null : `${formatClock(recording.durationMs)} · ${formatBytes(recording.sizeBytes, locale)}`;
  if (recording?.state === "recording") {
    return (
      <p role="status" className="flex items-center gap-2.5 text-sm">
        <CircleDot aria-hidden className="size-4 shrink-0 text-live-text" />
        <span className="font-medium">{t("recordings:panel.running")}</span>
        <span className="text-muted tabular">{facts}</span>
      </p>
    );
  }
  if (recording !== null) {
    return (
      <p className="flex flex-wrap items-center gap-x-2.5 text-sm">
        <span className="font-medium">{t(`recordings:state.${recording.state}`)}</span>
        <span className="text-muted tabular">{facts}</span>
        <Link to={`/recordings/${recording.id}`} className="rounded-sm font-medium text-accent-text hover:underline">
          {t("recordings:panel.open")}
        </Link>
      </p>
    );
  }
  return (
    <p className="flex items-center gap-2.5 text-sm text-muted">
      {broadcast.record ? (
        <CircleDot aria-hidden className="size-4 shrink-0 text-icon" />
      ) : (
        <CircleOff aria-hidden className="size-4 shrink-0 text-icon" />
      )}
      {t(broadcast.record ? "recordings:panel.ready" : "recordings:panel.off")}
    </p>
  );
}

function Note({ children }: { children: string }) {
  return (
    <p className="flex gap-2 rounded-sm bg-amber-tint px-3 py-2 text-sm text-amber-text">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      {children}
    </p>
  );
}
