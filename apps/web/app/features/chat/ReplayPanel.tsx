/** The chat of a recorded show: read only, in step with the picture. */
import { History } from "lucide-react";
import { type ReactNode, useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { PictureClock } from "../../lib/picture-clock.ts";
import { useMe } from "../../lib/session.ts";
import { ChatSkeleton } from "./ChatStates.tsx";
import { type ListRow, MessageList } from "./MessageList.tsx";
import { MessageRow } from "./MessageRow.tsx";
import type { ChatApi } from "./use-chat.ts";
import { useChannelEmotes } from "./use-emotes.ts";
import { useReplay } from "./use-replay.ts";

const NO_REACTIONS: readonly string[] = [];
const nothing = (): void => undefined;

export type ReplayPanelProps = Readonly<{
  api: ChatApi;
  broadcastId: string;
  /** Whose emotes it has. */
  channelId: string;
  clock: PictureClock;
  /** At the end of the header. */
  corner?: ReactNode;
}>;

export function ReplayPanel({ api, broadcastId, channelId, clock, corner }: ReplayPanelProps) {
  const { t } = useTranslation();
  const me = useMe();
  const emotes = useChannelEmotes(api, channelId);
  const { shown, phase, refusal } = useReplay(api, broadcastId, clock);
  const rows = useMemo(() => shown.map((message) => ({ key: message.id, message })), [shown]);
  const context = useMemo(() => ({ emotes, me: me?.handle ?? null }), [emotes, me]);
  const draw = useCallback(
    ({ message }: ListRow) =>
      message === null ? null : (
        <MessageRow
          message={message}
          context={context}
          readerId={me?.id ?? null}
          own={NO_REACTIONS}
          mayReact={false}
          tools={null}
          onReact={nothing}
        />
      ),
    [context, me],
  );
  return (
    <section aria-label={t("chat:replayTitle")} className="flex h-full min-h-0 flex-col bg-canvas">
      <header className="flex h-11 shrink-0 items-center gap-2 border-b border-line pr-1 pl-3">
        <History aria-hidden className="size-4 text-icon" />
        <h2 className="flex-1 text-base font-semibold">{t("chat:replayTitle")}</h2>
        {corner}
      </header>
      {phase === "failed" ? <Line>{t("chat:replayFailed")}</Line> : null}
      {phase === "refused" ? <Line>{refusal ?? t("chat:replayFailed")}</Line> : null}
      {phase === "loading" ? <ChatSkeleton /> : null}
      {phase === "ready" || phase === "failed" ? (
        <MessageList
          rows={rows}
          draw={draw}
          onReading={nothing}
          onTop={nothing}
          onLeave={nothing}
          empty={<Line>{t("chat:replayEmpty")}</Line>}
        />
      ) : null}
    </section>
  );
}

function Line({ children }: { children: string }) {
  return (
    <p role="status" className="px-6 py-8 text-center text-sm text-muted">
      {children}
    </p>
  );
}
