/** Cutting a clip: which stretch, what it is called, and then where it is. */
import type { Broadcast } from "@rostrum/contract/broadcasts";
import type { Clip } from "@rostrum/contract/clips";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { TextField } from "../../ui/TextField.tsx";
import type { ClipsApi } from "./ClipButton.tsx";
import { ClipMade } from "./ClipMade.tsx";
import { type Range, usualRange } from "./clip-range.ts";
import type { Frame } from "./frame-ring.ts";
import { RangePicker } from "./RangePicker.tsx";

const MAX_TITLE = 100;

type Props = {
  api: ClipsApi;
  broadcast: Pick<Broadcast, "id" | "title">;
  /** Null: the show has not lasted long enough. */
  window: Range | null;
  frames: readonly Frame[];
  onClose: () => void;
};

export function ClipDialog({ api, broadcast, window, frames, onClose }: Props) {
  const { t } = useTranslation();
  const [clip, setClip] = useState<Clip | null>(null);
  if (clip !== null) {
    return (
      <Dialog open onOpenChange={onClose} title={clip.title}>
        <ClipMade key={clip.id} api={api} initial={clip} />
      </Dialog>
    );
  }
  if (window === null) {
    return (
      <Dialog open onOpenChange={onClose} title={t("clips:dialog.title")}>
        <p className="text-base text-muted">{t("clips:dialog.tooEarly")}</p>
      </Dialog>
    );
  }
  return (
    <Choosing api={api} broadcast={broadcast} window={window} frames={frames} onClose={onClose} onMade={setClip} />
  );
}

function Choosing({
  api,
  broadcast,
  window,
  frames,
  onClose,
  onMade,
}: Props & { window: Range; onMade: (clip: Clip) => void }) {
  const { t } = useTranslation();
  const [range, setRange] = useState(() => usualRange(window));
  const [title, setTitle] = useState(broadcast.title.slice(0, MAX_TITLE));
  const { state, run, errorOf } = useSave(async () => {
    onMade(await api.clips.create(broadcast.id, { title: title.trim(), ...range }));
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("clips:dialog.title")}
      description={t("clips:dialog.text")}
      footer={
        <>
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <Button
            type="submit"
            form="clip-form"
            variant="primary"
            disabled={title.trim() === ""}
            busy={state.kind === "saving"}
          >
            {t("clips:dialog.make")}
          </Button>
        </>
      }
    >
      <form
        id="clip-form"
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <RangePicker window={window} frames={frames} range={range} onChange={setRange} />
        <TextField
          label={t("clips:dialog.name")}
          maxLength={MAX_TITLE}
          value={title}
          error={errorOf("title")}
          onChange={(event) => setTitle(event.target.value)}
        />
        {state.kind === "failed" ? (
          <p role="alert" className="text-sm text-live-text">
            {state.text}
          </p>
        ) : null}
      </form>
    </Dialog>
  );
}
