/** Choosing what plays: the channel's videos, new ones from this device, their order, and whether they go round. */
import type { FileSource, FileSourceAnswer, MediaFile } from "@rostrum/contract/files";
import { Play } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePolling } from "../../lib/use-polling.ts";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Switch } from "../../ui/Switch.tsx";
import type { FilesApi } from "./FilesLine.tsx";
import { Library } from "./Library.tsx";
import { PlayOrder } from "./PlayOrder.tsx";
import { UploadArea } from "./UploadArea.tsx";
import { useUploads } from "./use-uploads.ts";

const POLL_MS = 2000;

type Props = {
  api: FilesApi;
  channelId: string;
  broadcastId: string;
  playing: FileSource | null;
  onClose: () => void;
  onPlaying: (answer: FileSourceAnswer) => void;
};

/** Uploads go on only while it is open: it says so. */
export function FilesDialog({ api, channelId, broadcastId, playing, onClose, onPlaying }: Props) {
  const { t } = useTranslation();
  const files = usePolling<readonly MediaFile[] | null>(
    async (signal) => (await api.files.list(channelId, { signal })).items,
    { initial: null, intervalMs: POLL_MS, atOnce: true },
  );
  const uploads = useUploads(channelId, () => files.refresh());
  const [order, setOrder] = useState<readonly string[]>(playing?.fileIds ?? []);
  const [loop, setLoop] = useState(playing?.loop ?? false);
  const { state, run } = useSave(async () => {
    onPlaying(await api.files.play(broadcastId, { fileIds: [...order], loop }));
    onClose();
  });
  const { state: removing, run: remove } = useSave(async (file: MediaFile) => {
    await api.files.remove(file.id);
    setOrder((ids) => ids.filter((id) => id !== file.id));
    files.refresh();
  });
  const problem = state.kind === "failed" ? state.text : removing.kind === "failed" ? removing.text : null;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="lg"
      title={t("files:dialog.title")}
      description={t("files:dialog.text")}
      footer={
        <>
          {problem === null ? null : (
            <p role="alert" className="mr-auto self-center text-sm text-live-text">
              {problem}
            </p>
          )}
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <Button
            variant="primary"
            disabled={order.length === 0}
            busy={state.kind === "saving"}
            onClick={() => void run()}
          >
            <Play aria-hidden />
            {t("files:dialog.start")}
          </Button>
        </>
      }
    >
      <div className="grid gap-6 pt-1 sm:grid-cols-[minmax(0,1.2fr)_minmax(0,1fr)]">
        <section aria-label={t("files:library.title")} className="flex min-w-0 flex-col gap-3">
          <UploadArea uploads={uploads} />
          <Library
            files={files.data}
            failed={files.failure !== null}
            onAdd={(file) => setOrder((ids) => [...ids, file.id])}
            onRemove={(file) => remove(file).then(() => undefined)}
          />
        </section>
        <section aria-label={t("files:order.title")} className="flex min-w-0 flex-col gap-4">
          <PlayOrder order={order} files={files.data ?? []} onChange={setOrder} />
          <Switch
            label={t("files:loop.label")}
            hint={t("files:loop.hint")}
            checked={loop}
            onCheckedChange={setLoop}
            className="border-t border-line pt-4"
          />
        </section>
      </div>
    </Dialog>
  );
}
