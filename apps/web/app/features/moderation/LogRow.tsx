/** One entry of the log: what was done to whom, by whom and why, and the way back. */
import type { LogEntry, ModerationAct } from "@rostrum/contract/moderation";
import {
  Ban,
  Check,
  Filter,
  Flag,
  Gavel,
  Info,
  type LucideIcon,
  MessageSquareWarning,
  NotebookPen,
  Scale,
  Settings2,
  TimerOff,
  Trash2,
  Undo2,
  X,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import { useSend } from "../../lib/realtime/use-topic.ts";
import { useSave } from "../../lib/use-save.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { LocalTime, RelativeTime } from "../../ui/Time.tsx";
import { detailsOf, mayUndo } from "./log-view.ts";
import { type OnPerson, PersonName } from "./PersonName.tsx";

const ICONS: Record<ModerationAct, LucideIcon> = {
  timeout: TimerOff,
  ban: Ban,
  unban: Check,
  warn: MessageSquareWarning,
  note: NotebookPen,
  delete: Trash2,
  approve: Check,
  dismiss: X,
  keep: Flag,
  appeal: Scale,
  answer: Gavel,
  filter_add: Filter,
  filter_change: Filter,
  filter_remove: Filter,
  settings: Settings2,
  modes: Settings2,
  undo: Undo2,
};

export function LogRow(props: {
  entry: LogEntry;
  onPerson?: OnPerson | undefined;
  /** With the entry of the undo. */
  onUndone: (entry: LogEntry) => void;
}) {
  const { entry, onPerson } = props;
  const { t } = useTranslation();
  const Icon = ICONS[entry.act] ?? Info;
  const words = t(`moderation:act.${entry.act}`, { defaultValue: entry.act });
  return (
    <li className="flex gap-2.5 py-2.5">
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-icon" />
      <div className="flex min-w-0 flex-1 flex-col gap-1 text-sm">
        <p className="flex flex-wrap items-center gap-x-1.5 gap-y-0.5">
          <span className="text-muted">{words}</span>
          {entry.account === null ? null : <PersonName person={entry.account} onPerson={onPerson} />}
          {entry.undone ? <Badge>{t("moderation:log.undone")}</Badge> : null}
        </p>
        <Facts entry={entry} />
        <Texts entry={entry} />
        <p className="flex flex-wrap items-center gap-x-1.5 text-xs text-faint">
          <span>
            {t("moderation:log.by")} <PersonName person={entry.by} nobody={t("moderation:log.server")} />
          </span>
          <span aria-hidden>·</span>
          <RelativeTime at={entry.at} />
        </p>
        {mayUndo(entry) ? <Undo {...props} what={words} /> : null}
      </div>
    </li>
  );
}

function Facts({ entry }: { entry: LogEntry }) {
  const { t } = useTranslation();
  const { until, isShared, removed, lifted } = detailsOf(entry);
  const facts = [
    until === null ? null : (
      <span key="until">
        {t("moderation:log.until")} <LocalTime at={until} style="schedule" />
      </span>
    ),
    isShared ? <span key="shared">{t("moderation:log.shared")}</span> : null,
    removed > 0 ? <span key="removed">{t("moderation:log.removed", { count: removed })}</span> : null,
    entry.act === "answer" ? (
      <span key="decision">{t(lifted ? "moderation:appeal.lifted" : "moderation:appeal.kept")}</span>
    ) : null,
  ].filter((fact) => fact !== null);
  if (facts.length === 0) return null;
  return <p className="flex flex-wrap gap-x-3 text-xs text-muted">{facts}</p>;
}

function Texts({ entry: { text, messageText } }: { entry: LogEntry }) {
  return (
    <>
      {messageText === null ? null : (
        <blockquote className="line-clamp-3 border-l-2 border-line-strong pl-2">
          <bdi dir="auto" className="wrap-anywhere">
            {messageText}
          </bdi>
        </blockquote>
      )}
      {text === "" ? null : (
        <p className="line-clamp-4 text-muted">
          <bdi dir="auto" className="wrap-anywhere">
            {text}
          </bdi>
        </p>
      )}
    </>
  );
}

function Undo({ entry, what, onUndone }: Parameters<typeof LogRow>[0] & { what: string }) {
  const { t } = useTranslation();
  const send = useSend();
  const { state, run } = useSave(async () => onUndone(await send<LogEntry>("moderation.undo", { entryId: entry.id })));
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button
        size="sm"
        busy={state.kind === "saving"}
        aria-label={t("moderation:log.undoOf", { what, name: entry.account?.displayName ?? "" })}
        onClick={() => void run()}
      >
        <Undo2 aria-hidden />
        {t("moderation:log.undo")}
      </Button>
      {state.kind === "failed" ? (
        <span role="alert" className="text-xs text-live-text">
          {state.text}
        </span>
      ) : null}
    </div>
  );
}
