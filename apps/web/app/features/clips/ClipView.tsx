/** One clip: the picture, what it is from, and what its maker and the crew may do with it. */
import type { Clip } from "@rostrum/contract/clips";
import { Download, Play, Trash2 } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { formatCount } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { useRootData } from "../../lib/session.ts";
import { usePolling } from "../../lib/use-polling.ts";
import { Button, buttonClass, ButtonLink } from "../../ui/Button.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { CopyField } from "../../ui/CopyField.tsx";
import { ProgressBar } from "../../ui/ProgressBar.tsx";
import { RelativeTime } from "../../ui/Time.tsx";
import type { ClipsApi } from "./ClipButton.tsx";

const POLL_MS = 1500;

/** Give it a key that changes with the clip. */
export function ClipView(props: {
  api: ClipsApi;
  initial: Clip;
  /** In the place of the picture, while that is not for this visitor. */
  cover?: ReactNode;
  onDeleted: () => void;
}) {
  const { api, initial, cover = null, onDeleted } = props;
  const { t } = useTranslation();
  const publicUrl = useRootData()?.publicUrl ?? "";
  const { data: clip } = usePolling(
    async (signal, known: Clip) => (known.state === "making" ? api.clips.get(known.id, { signal }) : known),
    { initial, intervalMs: POLL_MS },
  );
  return (
    <article className="mx-auto flex w-full max-w-260 flex-col gap-5">
      <Picture api={api} clip={clip} cover={cover} />
      <Head clip={clip} />
      <div className="flex flex-wrap items-center gap-2">
        <ButtonLink to={`/watch/${clip.broadcastId}`} variant="primary">
          <Play aria-hidden />
          {t("clips:show")}
        </ButtonLink>
        {clip.mp4Url === null ? null : (
          <a href={clip.mp4Url} download className={buttonClass()}>
            <Download aria-hidden />
            {t("clips:download")}
          </a>
        )}
        {clip.mayDelete ? <Remove api={api} clip={clip} onDeleted={onDeleted} /> : null}
      </div>
      <CopyField className="max-w-140" label={t("clips:link")} value={`${publicUrl}/clip/${clip.id}`} />
    </article>
  );
}

function Picture({ api, clip, cover }: { api: ClipsApi; clip: Clip; cover: ReactNode }) {
  const { t } = useTranslation();
  const counted = useRef(false);
  const count = (): void => {
    if (counted.current) return;
    counted.current = true;
    // Only a figure: a view that is not counted bothers nobody.
    api.clips.viewed(clip.id).catch(() => undefined);
  };
  return (
    <div
      data-scheme="dark"
      className="relative flex aspect-video w-full items-center justify-center overflow-hidden bg-stage max-sm:-mx-4 max-sm:w-[calc(100%+2rem)] sm:rounded-lg"
    >
      {cover ??
        (clip.mp4Url === null ? (
          <Waiting clip={clip} />
        ) : (
          // A clip has the sound of its show and no captions of its own.
          // oxlint-disable-next-line jsx-a11y/media-has-caption
          <video
            controls
            playsInline
            preload="metadata"
            aria-label={t("clips:video", { title: clip.title })}
            poster={clip.thumbnailUrl ?? undefined}
            src={clip.mp4Url}
            onPlay={count}
            className="size-full"
          />
        ))}
    </div>
  );
}

function Waiting({ clip }: { clip: Clip }) {
  const { t } = useTranslation();
  if (clip.state === "failed") {
    return (
      <p role="alert" className="px-6 text-center text-base text-text">
        {clip.problem ?? t("clips:failed")}
      </p>
    );
  }
  return (
    <div role="status" className="w-60 text-center">
      <p className="text-base text-text">{t("clips:making")}</p>
      <ProgressBar label={t("clips:progress")} value={clip.progress} />
    </div>
  );
}

function Head({ clip }: { clip: Clip }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { title, maker, views, createdAt, channel, broadcastId, broadcastTitle } = clip;
  return (
    <header className="flex flex-col gap-2">
      <h1 className="text-lg font-semibold sm:text-xl">{title}</h1>
      <p className="flex flex-wrap gap-x-3 gap-y-1 text-sm text-muted">
        <span>
          {t("clips:from")}{" "}
          <Link to={`/watch/${broadcastId}`} className="rounded-sm font-medium text-text hover:underline">
            {broadcastTitle}
          </Link>
        </span>
        <Link to={`/@${channel.handle}`} className="rounded-sm hover:underline">
          {channel.title}
        </Link>
        {maker === null ? null : <span>{t("clips:by", { name: maker.displayName })}</span>}
        <span>{t("clips:views", { count: views, shown: formatCount(views, locale) })}</span>
        <RelativeTime at={createdAt} />
      </p>
    </header>
  );
}

function Remove({ api, clip, onDeleted }: { api: ClipsApi; clip: Clip; onDeleted: () => void }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button onClick={() => setAsking(true)}>
        <Trash2 aria-hidden />
        {t("clips:delete.action")}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("clips:delete.ask", { title: clip.title })}
        description={t("clips:delete.lost")}
        action={t("clips:delete.action")}
        onConfirm={async () => {
          await api.clips.remove(clip.id);
          onDeleted();
        }}
      />
    </>
  );
}
