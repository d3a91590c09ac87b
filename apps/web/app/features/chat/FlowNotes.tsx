/** What the reader is told when not everything is shown: because it is too much, or because its picture is yet to come. */
import { Gauge, History } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ChatState } from "./chat-state.ts";
import type { Chat } from "./use-chat.ts";

/** "Showing 1 of 3", and the way to all. */
export function SampleNote({ chat: { state, actions } }: { chat: Chat }) {
  const { t } = useTranslation();
  const { showsAll, sampling } = state;
  if (sampling.oneOf === 1) return null;
  return (
    <Note
      icon={<Gauge aria-hidden />}
      action={showsAll ? t("chat:sample.fewer") : t("chat:sample.all")}
      onAction={() => actions.setShowsAll(!showsAll)}
    >
      {showsAll ? t("chat:sample.isAll") : t("chat:sample.part", { count: sampling.oneOf })}
    </Note>
  );
}

/** Less than this is not worth a line. */
const WORTH_MS = 4000;

/** Only while messages wait for a picture that is some way off. */
export function BehindNote({ state: { gate }, onShowNow }: { state: ChatState; onShowNow: () => void }) {
  const { t } = useTranslation();
  const { waiting, atMs } = gate;
  const lastMs = useMemo(() => Math.max(0, ...waiting.map(({ mediaTimeMs }) => mediaTimeMs ?? 0)), [waiting]);
  if (atMs === null || waiting.length === 0 || lastMs - atMs < WORTH_MS) return null;
  return (
    <Note icon={<History aria-hidden />} action={t("chat:behind.now")} onAction={onShowNow}>
      {t("chat:behind.text", { count: waiting.length })}
    </Note>
  );
}

function Note(props: { icon: ReactNode; action: string; onAction: () => void; children: ReactNode }) {
  return (
    <div className="flex items-center gap-1.5 border-t border-line px-3 py-1 text-xs text-blue-text [&>svg]:size-3.5 [&>svg]:shrink-0">
      {props.icon}
      <span className="min-w-0 flex-1 tabular">{props.children}</span>
      <button
        type="button"
        onClick={props.onAction}
        className="touch-target rounded-sm px-1 font-medium whitespace-nowrap hover:underline"
      >
        {props.action}
      </button>
    </div>
  );
}
