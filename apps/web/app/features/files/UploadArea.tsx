/** Takes videos by click and by drop, and shows how far they are. */
import { FileUp, X } from "lucide-react";
import { type DragEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "../../ui/cn.ts";
import { IconButton } from "../../ui/IconButton.tsx";
import { percentOf } from "./playlist.ts";
import { ProgressBar } from "../../ui/ProgressBar.tsx";
import type { Sending, useUploads } from "./use-uploads.ts";

export function UploadArea({ uploads }: { uploads: ReturnType<typeof useUploads> }) {
  const { t } = useTranslation();
  const id = useId();
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    uploads.add(event.dataTransfer.files);
  };
  return (
    <>
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        className={cn(
          "relative rounded-md border border-dashed border-control bg-canvas transition-colors focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent-text hover:bg-hover",
          over && "border-accent-text bg-accent-tint",
        )}
      >
        <label htmlFor={id} className="flex touch-target cursor-pointer items-center gap-3 px-4 py-3 text-sm">
          <FileUp aria-hidden className="size-5 shrink-0 text-icon" />
          <span className="min-w-0">
            <span className="block font-medium">{t("files:upload.label")}</span>
            <span id={`${id}-hint`} className="block text-xs text-faint">
              {t("files:upload.hint")}
            </span>
          </span>
        </label>
        <input
          id={id}
          type="file"
          multiple
          accept="video/*,.mkv,.flv,.ts,.m2ts,.mts"
          aria-describedby={`${id}-hint`}
          className="sr-only"
          onChange={(event) => {
            uploads.add(event.target.files ?? []);
            event.target.value = "";
          }}
        />
      </div>
      {uploads.sending.length === 0 ? null : (
        <ul className="flex flex-col gap-2">
          {uploads.sending.map((one) => (
            <SendingRow key={one.id} sending={one} onDismiss={() => uploads.dismiss(one.id)} />
          ))}
        </ul>
      )}
    </>
  );
}

function SendingRow({ sending, onDismiss }: { sending: Sending; onDismiss: () => void }) {
  const { t } = useTranslation();
  const { name, progress, problem } = sending;
  return (
    <li className="flex items-start gap-3 rounded-sm border border-line px-3 py-2 text-sm">
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{name}</p>
        {problem === null ? (
          <>
            <p className="text-xs text-faint tabular">
              {t(progress < 1 ? "files:upload.sending" : "files:upload.storing", { percent: percentOf(progress) })}
            </p>
            <ProgressBar label={t("files:upload.progress", { name })} value={progress} />
          </>
        ) : (
          <p role="alert" className="text-xs text-live-text">
            {problem}
          </p>
        )}
      </div>
      <IconButton
        size="sm"
        label={t(problem === null ? "files:upload.cancel" : "files:upload.dismiss", { name })}
        icon={<X />}
        onClick={onDismiss}
      />
    </li>
  );
}
