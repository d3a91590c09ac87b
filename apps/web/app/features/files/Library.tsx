/** The channel's videos. */
import type { MediaFile } from "@rostrum/contract/files";
import { CircleAlert, Film, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatBytes, formatClock } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { Button } from "../../ui/Button.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { ProgressBar } from "../../ui/ProgressBar.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { percentOf } from "./playlist.ts";

/** `files` is null until they are known. */
export function Library({
  files,
  failed,
  onAdd,
  onRemove,
}: {
  files: readonly MediaFile[] | null;
  failed: boolean;
  onAdd: (file: MediaFile) => void;
  onRemove: (file: MediaFile) => Promise<void>;
}) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<MediaFile | null>(null);
  if (files === null && failed) return <p className="text-sm text-muted">{t("files:library.failed")}</p>;
  if (files === null) return <Loading />;
  if (files.length === 0) return <p className="py-4 text-center text-sm text-muted">{t("files:library.empty")}</p>;
  return (
    <>
      <ul className="flex flex-col divide-y divide-line">
        {files.map((file) => (
          <FileRow key={file.id} file={file} onAdd={() => onAdd(file)} onAsk={() => setAsking(file)} />
        ))}
      </ul>
      <ConfirmDialog
        open={asking !== null}
        onOpenChange={() => setAsking(null)}
        title={t("files:remove.title", { title: asking?.title ?? "" })}
        description={t("files:remove.text")}
        action={t("files:remove.action")}
        onConfirm={() => (asking === null ? undefined : onRemove(asking))}
      />
    </>
  );
}

function Loading() {
  return (
    <div className="flex flex-col gap-3 py-2">
      <Skeleton className="h-12" />
      <Skeleton className="h-12" />
      <Skeleton className="h-12" />
    </div>
  );
}

function FileRow({ file, onAdd, onAsk }: { file: MediaFile; onAdd: () => void; onAsk: () => void }) {
  const { t } = useTranslation();
  return (
    <li className="flex items-center gap-3 py-2">
      <FilePicture file={file} />
      <div className="min-w-0 flex-1 text-sm">
        <p className="truncate font-medium">{file.title}</p>
        <FileFacts file={file} />
      </div>
      <IconButton size="sm" label={t("files:remove.label", { title: file.title })} icon={<Trash2 />} onClick={onAsk} />
      <Button size="sm" disabled={file.state !== "ready"} onClick={onAdd}>
        <Plus aria-hidden />
        {t("files:library.add")}
        <span className="sr-only">{file.title}</span>
      </Button>
    </li>
  );
}

/** 16:9, empty until there is one. */
export function FilePicture({ file }: { file: MediaFile | undefined }) {
  const url = file?.thumbnailUrl ?? null;
  return (
    <span
      aria-hidden
      className="flex aspect-video w-16 shrink-0 items-center justify-center overflow-hidden rounded-sm bg-raised text-icon"
    >
      {url === null ? <Film className="size-4" /> : <img src={url} alt="" className="size-full object-cover" />}
    </span>
  );
}

function FileFacts({ file }: { file: MediaFile }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { state, progress, problem, durationMs, heightPx, sizeBytes } = file;
  if (state === "failed") {
    return (
      <p className="flex gap-1 text-xs text-live-text">
        <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
        {problem}
      </p>
    );
  }
  if (state !== "ready") {
    return (
      <>
        <p className="text-xs text-faint tabular">{t(`files:state.${state}`, { percent: percentOf(progress) })}</p>
        <ProgressBar label={t("files:state.label", { title: file.title })} value={progress} />
      </>
    );
  }
  const facts = [
    formatClock(durationMs ?? 0),
    heightPx === null ? null : `${heightPx}p`,
    formatBytes(sizeBytes, locale),
  ];
  return <p className="truncate text-xs text-faint tabular">{facts.filter(Boolean).join(" · ")}</p>;
}
