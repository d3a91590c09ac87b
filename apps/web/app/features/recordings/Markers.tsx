/** Moments of a show that the crew marks while it runs; they become the chapters of the recording. */
import type { Marker } from "@rostrum/contract/recordings";
import { BookmarkPlus, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatClock } from "../../lib/format.ts";
import { usePolling } from "../../lib/use-polling.ts";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { inputClass } from "../../ui/Field.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import type { RecordingsApi } from "./RecordingPanel.tsx";

const POLL_MS = 10_000;
const MAX_TITLE = 100;

/** `version` changes when a moment was marked elsewhere on the page. */
export function Markers(props: { api: RecordingsApi; broadcastId: string; onAir: boolean; version: number }) {
  const { api, broadcastId, onAir, version } = props;
  const { t } = useTranslation();
  const [title, setTitle] = useState("");
  const { data: markers, refresh } = usePolling<readonly Marker[]>(
    async (signal) => (await api.markers.list(broadcastId, { signal })).items,
    { initial: [], intervalMs: POLL_MS, atOnce: true },
  );
  useEffect(() => (version === 0 ? undefined : refresh()), [version, refresh]);
  const { state, run } = useSave(async (act: () => Promise<unknown>) => {
    await act();
    refresh();
  });
  const mark = async (): Promise<void> => {
    const wanted =
      title.trim() === "" ? t("recordings:markers.untitled", { number: markers.length + 1 }) : title.trim();
    if (await run(() => api.markers.create(broadcastId, { title: wanted }))) setTitle("");
  };
  return (
    <div className="flex flex-col gap-2 border-t border-line pt-3">
      {onAir ? (
        <form
          className="flex gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            void mark();
          }}
        >
          <input
            aria-label={t("recordings:markers.label")}
            placeholder={t("recordings:markers.placeholder")}
            value={title}
            maxLength={MAX_TITLE}
            onChange={(event) => setTitle(event.target.value)}
            className={`${inputClass} h-8 touch-target flex-1`}
          />
          <Button type="submit" size="sm" busy={state.kind === "saving"}>
            <BookmarkPlus aria-hidden />
            {t("recordings:markers.mark")}
          </Button>
        </form>
      ) : null}
      {state.kind === "failed" ? (
        <p role="alert" className="text-sm text-live-text">
          {state.text}
        </p>
      ) : null}
      {markers.length === 0 ? null : (
        <ul aria-label={t("recordings:markers.list")} className="flex flex-col">
          {markers.toReversed().map((marker) => (
            <li key={marker.id} className="flex items-center gap-2 text-sm">
              <span className="w-14 shrink-0 font-mono text-xs text-faint tabular">{formatClock(marker.atMs)}</span>
              <span className="min-w-0 flex-1 truncate">{marker.title}</span>
              <IconButton
                size="sm"
                label={t("recordings:markers.remove", { title: marker.title })}
                icon={<X />}
                onClick={() => void run(() => api.markers.remove(broadcastId, marker.id))}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
