/** Uploaded videos as a source: what plays, and the way to choose. */
import type { Client } from "@rostrum/client/client";
import type { FileSource } from "@rostrum/contract/files";
import { Film, SkipForward, Square } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePolling } from "../../lib/use-polling.ts";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { FilesDialog } from "./FilesDialog.tsx";

export type FilesApi = Pick<Client, "files">;

const POLL_MS = 3000;

export function FilesLine({ api, channelId, broadcastId }: { api: FilesApi; channelId: string; broadcastId: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const polled = usePolling((signal) => api.files.playing(broadcastId, { signal }), {
    initial: { playing: null },
    intervalMs: POLL_MS,
    atOnce: true,
  });
  const { playing } = polled.data;
  const { state, run } = useSave(async (act: () => Promise<unknown>) => {
    await act();
    polled.refresh();
  });
  const busy = state.kind === "saving";
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-center gap-3">
        <Film aria-hidden className="size-5 shrink-0 text-icon" />
        <p className="min-w-0 flex-1 text-sm">
          <span className="font-medium">{t("files:title")}</span>
          <span className="block text-xs text-faint tabular">
            {playing === null ? t("files:none") : <Position playing={playing} />}
          </span>
        </p>
      </div>
      <div className="flex items-center gap-1">
        <Button size="sm" className="mr-auto" onClick={() => setOpen(true)}>
          {t(playing === null ? "files:play" : "files:change")}
        </Button>
        {playing === null ? null : (
          <>
            <IconButton
              size="sm"
              label={t("files:next")}
              icon={<SkipForward />}
              disabled={busy}
              onClick={() => void run(() => api.files.next(broadcastId))}
            />
            <IconButton
              size="sm"
              label={t("files:stop")}
              icon={<Square />}
              disabled={busy}
              onClick={() => void run(() => api.files.stop(broadcastId))}
            />
          </>
        )}
      </div>
      {state.kind === "failed" ? (
        <p role="alert" className="text-sm text-live-text">
          {state.text}
        </p>
      ) : null}
      {open ? (
        <FilesDialog
          api={api}
          channelId={channelId}
          broadcastId={broadcastId}
          playing={playing}
          onClose={() => setOpen(false)}
          onPlaying={polled.set}
        />
      ) : null}
    </div>
  );
}

function Position({ playing }: { playing: FileSource }) {
  const { t } = useTranslation();
  const { index, fileIds, loop } = playing;
  return t(loop ? "files:positionLoop" : "files:position", { number: index + 1, count: fileIds.length });
}
