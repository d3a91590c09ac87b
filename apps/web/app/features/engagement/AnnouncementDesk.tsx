/** What the crew says to everybody: one banner at a time, and those of before to be shown again. */
import { ENGAGEMENT_LIMITS, type OwnAnnouncement } from "@rostrum/contract/engagement";
import { Megaphone, RotateCcw, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePolling } from "../../lib/use-polling.ts";
import { Button } from "../../ui/Button.tsx";
import { LengthSelect } from "../../ui/ChoiceFields.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { TextArea } from "../../ui/TextField.tsx";
import { RelativeTime } from "../../ui/Time.tsx";
import { DeskFrame } from "./DeskFrame.tsx";
import { PollTimer } from "./PollTimer.tsx";
import { Refusal } from "./Refusal.tsx";
import type { Desk } from "./use-desk.ts";
import { useServerNow } from "./use-engagement.ts";
import { useRefusal } from "./use-refusal.ts";

const LENGTHS_SEC = [0, 10, 30, 60, 300, 900];
const POLL_MS = 15_000;
const MAX_SHOWN = 20;

export function AnnouncementDesk({ desk }: { desk: Desk }) {
  const { t } = useTranslation();
  const { api, broadcastId } = desk;
  const { data: all, refresh } = usePolling<readonly OwnAnnouncement[]>(
    async (signal) => (await api.engagement.announcements(broadcastId, { signal })).items,
    { initial: [], intervalMs: POLL_MS, atOnce: true },
  );
  const [text, setText] = useState("");
  const [lengthSec, setLengthSec] = useState(30);
  const { busy, refusal, run, clear } = useRefusal();
  const isOff = !desk.show.settings.announcements;
  const show = (what: string, words: string) =>
    run(what, async () => {
      await api.engagement.announce(broadcastId, { text: words, durationSec: lengthSec === 0 ? null : lengthSec });
      refresh();
    });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await show("new", text)) setText("");
  };
  const close = (id: string) =>
    run(id, async () => {
      await api.engagement.closeAnnouncement(broadcastId, id);
      refresh();
    });
  return (
    <DeskFrame>
      <form className="flex flex-col gap-2" onSubmit={(event) => void submit(event)}>
        <TextArea
          label={t("engagement:announcement.text")}
          hint={isOff ? t("engagement:announcement.off") : undefined}
          rows={2}
          maxLength={ENGAGEMENT_LIMITS.announcementChars}
          value={text}
          onChange={(event) => {
            clear();
            setText(event.target.value);
          }}
        />
        <Refusal text={refusal} />
        <div className="flex flex-wrap items-end justify-between gap-2">
          <LengthSelect
            label={t("engagement:announcement.length")}
            value={lengthSec}
            onValueChange={setLengthSec}
            choices={LENGTHS_SEC}
            off={t("engagement:announcement.untilClosed")}
          />
          <Button type="submit" variant="primary" busy={busy === "new"} disabled={text.trim() === "" || isOff}>
            <Megaphone aria-hidden />
            {t("engagement:announcement.show")}
          </Button>
        </div>
      </form>
      <Announced
        desk={desk}
        all={all.slice(0, MAX_SHOWN)}
        busy={busy}
        onAgain={(one) => void show(one.id, one.text)}
        onClose={(id) => void close(id)}
      />
    </DeskFrame>
  );
}

type AnnouncedProps = Readonly<{
  desk: Desk;
  all: readonly OwnAnnouncement[];
  busy: string | null;
  onAgain: (announcement: OwnAnnouncement) => void;
  onClose: (id: string) => void;
}>;

function Announced({ desk, all, busy, onAgain, onClose }: AnnouncedProps) {
  const { t } = useTranslation();
  const nowMs = useServerNow(desk.show);
  if (all.length === 0) return null;
  // What everybody sees is known earlier than the list.
  const shownId = desk.show.announcement?.id ?? null;
  const isShown = ({ id, endsAt }: OwnAnnouncement) =>
    id === shownId && (endsAt === null || Date.parse(endsAt) > nowMs);
  return (
    <ul aria-label={t("engagement:announcement.before")} className="flex flex-col gap-1.5">
      {all.map((one) => (
        <li key={one.id} className="flex items-start gap-2 rounded-sm border border-line py-1.5 pr-1 pl-2.5">
          <div className="min-w-0 flex-1">
            <p dir="auto" className="text-sm wrap-anywhere">
              {one.text}
            </p>
            <p className="flex flex-wrap items-center gap-x-2 text-xs text-muted">
              {isShown(one) ? <span className="text-green-text">{t("engagement:announcement.shown")}</span> : null}
              {isShown(one) && one.endsAt !== null ? (
                <PollTimer closesAt={one.endsAt} skewMs={desk.show.skewMs} />
              ) : (
                <RelativeTime at={one.shownAt} />
              )}
            </p>
          </div>
          {isShown(one) ? (
            <IconButton
              size="sm"
              label={t("engagement:announcement.end")}
              icon={<X aria-hidden />}
              disabled={busy === one.id}
              onClick={() => onClose(one.id)}
            />
          ) : (
            <IconButton
              size="sm"
              label={t("engagement:announcement.again")}
              icon={<RotateCcw aria-hidden />}
              disabled={busy === one.id}
              onClick={() => onAgain(one)}
            />
          )}
        </li>
      ))}
    </ul>
  );
}
