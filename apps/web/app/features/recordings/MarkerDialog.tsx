/** Marks the moment at which it was opened; the title may take as long as it takes. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatClock } from "../../lib/format.ts";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { TextField } from "../../ui/TextField.tsx";
import type { RecordingsApi } from "./RecordingPanel.tsx";

const MAX_TITLE = 100;

/** `atMs` is media time, ms; null: the server says where the show stands. Give it a key: every moment is a new dialog. */
export function MarkerDialog(props: {
  api: Pick<RecordingsApi, "markers">;
  broadcastId: string;
  atMs: number | null;
  onClose: () => void;
  onMarked: () => void;
}) {
  const { api, broadcastId, atMs, onClose, onMarked } = props;
  const { t } = useTranslation();
  const [title, setTitle] = useState("");
  const { state, run } = useSave(() =>
    api.markers.create(broadcastId, { title: title.trim(), ...(atMs === null ? {} : { atMs }) }),
  );
  const mark = async (): Promise<void> => {
    if (title.trim() === "" || !(await run())) return;
    onMarked();
    onClose();
  };
  const footer = (
    <>
      <Button onClick={onClose}>{t("ui.cancel")}</Button>
      <Button
        type="submit"
        form="marker-form"
        variant="primary"
        busy={state.kind === "saving"}
        disabled={title.trim() === ""}
      >
        {t("recordings:markers.mark")}
      </Button>
    </>
  );
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}
      size="sm"
      title={
        atMs === null ? t("recordings:markers.dialog") : t("recordings:markers.dialogAt", { clock: formatClock(atMs) })
      }
      description={t("recordings:markers.dialogText")}
      footer={footer}
    >
      <form
        id="marker-form"
        onSubmit={(event) => {
          event.preventDefault();
          void mark();
        }}
      >
        <TextField
          label={t("recordings:markers.label")}
          placeholder={t("recordings:markers.placeholder")}
          value={title}
          maxLength={MAX_TITLE}
          error={state.kind === "failed" ? state.text : null}
          onChange={(event) => setTitle(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
