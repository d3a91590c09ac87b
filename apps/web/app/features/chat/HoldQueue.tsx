/** What waits for a moderator: held messages and reported ones, oldest first. */
import type { ModeratedChatMessage } from "@rostrum/contract/chat";
import { Check, ChevronDown, Flag, Hourglass, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { messageOf } from "../../lib/api.ts";
import { useFollowed, useSend, useTopicStore } from "../../lib/realtime/use-topic.ts";
import { Button } from "../../ui/Button.tsx";
import { cn } from "../../ui/cn.ts";
import { RelativeTime } from "../../ui/Time.tsx";
import { toast } from "../../ui/toast.ts";
import { AuthorName, type OnPerson } from "./AuthorName.tsx";
import { MessageText } from "./MessageText.tsx";
import { HOLD_QUEUE, type HoldQueueState, released } from "./hold-queue.ts";

const CONTEXT = { emotes: new Map<string, string>(), me: null };

/** Only for moderators. Nothing while nothing waits. */
export function HoldQueue({ broadcastId, onPerson }: { broadcastId: string; onPerson?: OnPerson | undefined }) {
  const { t } = useTranslation();
  const store = useTopicStore(`moderation:${broadcastId}`, HOLD_QUEUE);
  const { state } = useFollowed(store);
  const [isOpen, setOpen] = useState(true);
  const send = useSend();
  const count = state.held.length + state.reported.length;
  const decide = async (action: string, body: object, id: string): Promise<void> => {
    const before = store.state().state;
    store.change((known) => released(known, [id]));
    try {
      await send(action, body);
    } catch (error) {
      store.change((known) => restored(known, before, id));
      toast.error(messageOf(error, t("error.unknown")));
    }
  };
  if (count === 0) return null;
  return (
    <section aria-label={t("chat:queue.title")} className="shrink-0 border-b border-amber-line bg-amber-tint/50">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="flex h-9 touch-target w-full items-center gap-2 px-3 text-sm font-medium text-amber-text focus-visible:-outline-offset-2"
      >
        <Hourglass aria-hidden className="size-4" />
        <span role="status">{t("chat:queue.count", { count })}</span>
        <ChevronDown aria-hidden className={cn("ml-auto size-4 transition-transform", isOpen && "rotate-180")} />
      </button>
      {isOpen ? (
        <ul className="max-h-64 divide-y divide-line overflow-y-auto bg-canvas">
          {state.held.map((message) => (
            <QueueRow
              key={message.id}
              message={message}
              onPerson={onPerson}
              onKeep={() => void decide("moderation.approve", { broadcastId, messageId: message.id }, message.id)}
              onDrop={() => void decide("moderation.dismiss", { broadcastId, messageId: message.id }, message.id)}
            />
          ))}
          {state.reported.map((message) => (
            <QueueRow
              key={message.id}
              message={message}
              onPerson={onPerson}
              onKeep={() => void decide("moderation.keep", { broadcastId, messageId: message.id }, message.id)}
              onDrop={() => void decide("chat.delete", { messageId: message.id }, message.id)}
            />
          ))}
        </ul>
      ) : null}
    </section>
  );
}

/** One whose decision was refused waits again. */
function restored(now: HoldQueueState, before: HoldQueueState, id: string): HoldQueueState {
  const back = (list: readonly ModeratedChatMessage[], was: readonly ModeratedChatMessage[]) => [
    ...was.filter((message) => message.id === id && !list.some((one) => one.id === id)),
    ...list,
  ];
  return { held: back(now.held, before.held), reported: back(now.reported, before.reported) };
}

function QueueRow(props: {
  message: ModeratedChatMessage;
  onPerson: OnPerson | undefined;
  onKeep: () => void;
  onDrop: () => void;
}) {
  const { message, onPerson, onKeep, onDrop } = props;
  const { t } = useTranslation();
  const isHeld = message.state === "held";
  const name = message.author?.displayName ?? t("chat:somebody");
  return (
    <li className="flex flex-col gap-1.5 px-3 py-2">
      <div className="max-h-32 overflow-y-auto text-base">
        {message.author === null ? null : (
          <>
            <AuthorName author={message.author} onPerson={onPerson} />
            <span className="text-faint">: </span>
          </>
        )}
        <MessageText text={message.text} context={CONTEXT} linked={false} />
      </div>
      <p className="flex flex-wrap items-center gap-x-2 text-xs text-faint">
        {message.reports > 0 ? (
          <span className="inline-flex items-center gap-1 text-amber-text">
            <Flag aria-hidden className="size-3" />
            {t("chat:queue.reports", { count: message.reports })}
          </span>
        ) : null}
        {message.note === null ? null : <bdi>{message.note}</bdi>}
        <RelativeTime at={message.at} />
      </p>
      <div className="flex gap-2">
        <Button
          size="sm"
          onClick={onKeep}
          aria-label={t(isHeld ? "chat:queue.approveOf" : "chat:queue.keepOf", { name })}
        >
          <Check aria-hidden />
          {t(isHeld ? "chat:queue.approve" : "chat:queue.keep")}
        </Button>
        <Button size="sm" variant="ghost" onClick={onDrop} aria-label={t("chat:queue.dropOf", { name })}>
          <X aria-hidden />
          {t("chat:queue.drop")}
        </Button>
      </div>
    </li>
  );
}
