/** The recordings of one channel. */
import type { Client, Page } from "@rostrum/client/client";
import type { OwnRecording, Recording } from "@rostrum/contract/recordings";
import { Clapperboard } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePolling } from "../../lib/use-polling.ts";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { RecordingRow } from "./RecordingRow.tsx";

type Any = Recording | OwnRecording;

const POLL_MS = 10_000;

/** Give it a key that changes with the channel. */
export function RecordingList({
  api,
  channelId,
  initial,
}: {
  api: Pick<Client, "recordings">;
  channelId: string;
  initial: Page<Any>;
}) {
  const { t } = useTranslation();
  const { data: first } = usePolling((signal) => api.recordings.list({ channelId }, { signal }), {
    initial,
    intervalMs: POLL_MS,
  });
  const [more, setMore] = useState<Page<Any> | null>(null);
  const cursor = more === null ? first.nextCursor : more.nextCursor;
  const { state, run } = useSave(async () => {
    const next = await api.recordings.list({ channelId, ...(cursor === null ? {} : { cursor }) });
    setMore({ items: [...(more?.items ?? []), ...next.items], nextCursor: next.nextCursor });
  });
  if (first.items.length === 0) {
    return (
      <EmptyState icon={<Clapperboard />} title={t("recordings:empty.title")}>
        {t("recordings:empty.text")}
      </EmptyState>
    );
  }
  const known = new Set(first.items.map(({ id }) => id));
  const items = [...first.items, ...(more?.items ?? []).filter(({ id }) => !known.has(id))];
  return (
    <div className="flex flex-col gap-4">
      <Card>
        <ul className="divide-y divide-line">
          {items.map((recording) => (
            <RecordingRow key={recording.id} recording={recording} />
          ))}
        </ul>
      </Card>
      {state.kind === "failed" ? (
        <p role="alert" className="text-sm text-live-text">
          {state.text}
        </p>
      ) : null}
      {cursor === null ? null : (
        <Button className="self-center" busy={state.kind === "saving"} onClick={() => void run()}>
          {t("recordings:more")}
        </Button>
      )}
    </div>
  );
}
