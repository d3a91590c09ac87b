/** Everything about one recording: what it is, its file to download, its chapters, and its end. */
import type { Client } from "@rostrum/client/client";
import { can } from "@rostrum/contract/permissions";
import type { OwnRecording } from "@rostrum/contract/recordings";
import { Play, TriangleAlert } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { formatBytes, formatClock } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { usePolling } from "../../lib/use-polling.ts";
import { useSave } from "../../lib/use-save.ts";
import { Button, ButtonLink } from "../../ui/Button.tsx";
import { Section } from "../../ui/Card.tsx";
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx";
import { FormSection } from "../../ui/FormSection.tsx";
import { LocalTime } from "../../ui/Time.tsx";
import { TextField } from "../../ui/TextField.tsx";
import { ChapterList } from "./ChapterList.tsx";
import { Mp4Download } from "./Mp4Download.tsx";
import { RecordingBadge } from "./RecordingBadge.tsx";
import { RecordingPicture } from "./RecordingRow.tsx";

type Api = Pick<Client, "recordings">;

const POLL_MS = 3000;

/** `onDeleted` comes once it is gone; `visibility` is the field of the show's. */
export function RecordingDetails({
  api,
  initial,
  visibility,
  onDeleted,
}: {
  api: Api;
  initial: OwnRecording;
  visibility: ReactNode;
  onDeleted: () => void;
}) {
  const polled = usePolling(
    async (signal, known: OwnRecording): Promise<OwnRecording> => {
      const now = await api.recordings.get(known.id, { signal });
      return "role" in now ? now : known;
    },
    { initial, intervalMs: POLL_MS },
  );
  const recording = polled.data;
  const { role } = recording;
  return (
    <>
      <Overview recording={recording} />
      {can(role, "recording.update") ? (
        <TitleForm key={recording.title} api={api} recording={recording} onSaved={polled.set} />
      ) : null}
      {visibility}
      {can(role, "recording.download") ? <Mp4Download api={api} recording={recording} onChanged={polled.set} /> : null}
      <Chapters recording={recording} />
      {can(role, "recording.delete") ? <Remove api={api} recording={recording} onDeleted={onDeleted} /> : null}
    </>
  );
}

function Overview({ recording }: { recording: OwnRecording }) {
  const { t } = useTranslation();
  const { note, missingMs } = recording;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-start gap-5">
        <RecordingPicture recording={recording} className="w-full sm:w-72" />
        <div className="flex min-w-0 flex-1 basis-64 flex-col items-start gap-4">
          <Facts recording={recording} />
          {recording.state === "ready" ? (
            <ButtonLink to={`/watch/${recording.broadcastId}`} variant="primary">
              <Play aria-hidden />
              {t("recordings:watch")}
            </ButtonLink>
          ) : null}
        </div>
      </div>
      {note === null ? null : <Warning>{note}</Warning>}
      {missingMs > 0 ? <Warning>{t("recordings:missingLong", { length: formatClock(missingMs) })}</Warning> : null}
    </div>
  );
}

function Facts({ recording }: { recording: OwnRecording }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { state, beganAt, durationMs, sizeBytes, expiresAt, renditions } = recording;
  const heights = renditions.flatMap(({ heightPx }) => (heightPx === null ? [] : [`${heightPx}p`]));
  const rows: readonly (readonly [string, ReactNode])[] = [
    ["state", <RecordingBadge key="state" state={state} />],
    ["began", <LocalTime key="began" at={beganAt} style="full" />],
    ["length", formatClock(durationMs)],
    ["size", formatBytes(sizeBytes, locale)],
    ...(heights.length === 0 ? [] : [["qualities", heights.join(", ")] as const]),
    ["expires", expiresAt === null ? t("recordings:never") : <LocalTime key="expires" at={expiresAt} style="date" />],
  ];
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-1.5 text-sm">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{t(`recordings:fact.${name}`)}</dt>
          <dd className="min-w-0 tabular">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Warning({ children }: { children: ReactNode }) {
  return (
    <p className="flex gap-2 rounded-sm bg-amber-tint px-3 py-2 text-sm text-amber-text">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      {children}
    </p>
  );
}

function TitleForm({
  api,
  recording,
  onSaved,
}: {
  api: Api;
  recording: OwnRecording;
  onSaved: (recording: OwnRecording) => void;
}) {
  const { t } = useTranslation();
  const [title, setTitle] = useState(recording.title);
  const { state, run, reset, errorOf } = useSave(async () => {
    onSaved(await api.recordings.update(recording.id, { title: title.trim() }));
  });
  return (
    <FormSection
      title={t("recordings:title.title")}
      state={state}
      dirty={title.trim() !== "" && title.trim() !== recording.title}
      onSave={() => void run()}
    >
      <TextField
        label={t("recordings:title.label")}
        hint={t("recordings:title.hint")}
        error={errorOf("title")}
        maxLength={140}
        value={title}
        onChange={(event) => {
          reset();
          setTitle(event.target.value);
        }}
      />
    </FormSection>
  );
}

function Chapters({ recording }: { recording: OwnRecording }) {
  const { t } = useTranslation();
  return (
    <Section title={t("recordings:chapters.title")} description={t("recordings:chapters.text")}>
      {recording.chapters.length === 0 ? (
        <p className="text-sm text-muted">
          {t("recordings:chapters.none")}{" "}
          <Link to={`/control/${recording.broadcastId}`} className="text-accent-text hover:underline">
            {t("recordings:chapters.control")}
          </Link>
        </p>
      ) : (
        <ChapterList broadcastId={recording.broadcastId} chapters={recording.chapters} />
      )}
    </Section>
  );
}

function Remove({ api, recording, onDeleted }: { api: Api; recording: OwnRecording; onDeleted: () => void }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const running = recording.state === "recording";
  return (
    <Section
      title={t("recordings:delete.title")}
      description={t(running ? "recordings:delete.running" : "recordings:delete.text")}
      actions={
        <Button disabled={running} onClick={() => setAsking(true)}>
          {t("recordings:delete.action")}
        </Button>
      }
    >
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("recordings:delete.ask", { title: recording.title })}
        description={t("recordings:delete.lost", { length: formatClock(recording.durationMs) })}
        action={t("recordings:delete.action")}
        onConfirm={async () => {
          await api.recordings.remove(recording.id);
          onDeleted();
        }}
      />
    </Section>
  );
}
