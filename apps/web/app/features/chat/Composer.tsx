/** Where one writes. Enter sends, Shift and Enter begin a new line. */
import { CHAT_LIMITS, type ChatMessage } from "@rostrum/contract/chat";
import { ApiError } from "@rostrum/client/api-error";
import { CircleAlert, Megaphone, SendHorizontal, SmilePlus, X } from "lucide-react";
import { type KeyboardEvent, type RefObject, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "../../ui/cn.ts";
import { inputClass } from "../../ui/Field.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { errorText } from "../../lib/use-save.ts";
import { CooldownRing } from "./CooldownRing.tsx";
import { EmojiPicker } from "./EmojiPicker.tsx";
import { readDraft, saveDraft } from "./preferences.ts";
import type { Chat } from "./use-chat.ts";
import { useCooldown } from "./use-cooldown.ts";

/** From here on the counter is shown. */
const COUNT_FROM = 400;
const COUNT_EVERY_CHARS = 20;

export function Composer(props: {
  chat: Chat;
  field: RefObject<HTMLTextAreaElement | null>;
  replyTo: ChatMessage | null;
  onReplyTo: (message: ChatMessage | null) => void;
}) {
  const { chat, field, replyTo, onReplyTo } = props;
  const { t } = useTranslation();
  const draft = useDraft(props);
  const { text, setText, failure, cooldown, send } = draft;
  const used = lengthOf(text);
  const tooLong = used > CHAT_LIMITS.textChars;
  const isPaused = cooldown.leftSec > 0;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && replyTo !== null) onReplyTo(null);
    // Enter that ends a word of an input method does not send it.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  const insert = (emote: string): void => {
    const at = field.current?.selectionStart ?? text.length;
    setText(`${text.slice(0, at)}${emote}${text.slice(field.current?.selectionEnd ?? at)}`);
    field.current?.focus();
  };
  return (
    <div className="flex flex-col gap-1.5 border-t border-line p-2 pb-[max(8px,env(safe-area-inset-bottom))]">
      {replyTo === null ? null : <ReplyNote replyTo={replyTo} onCancel={() => onReplyTo(null)} />}
      {failure === null ? null : (
        <p role="alert" className="flex gap-1.5 px-1 text-xs text-live-text">
          <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
          {failure}
        </p>
      )}
      <div className="flex items-end gap-1">
        <textarea
          ref={field}
          rows={rowsFor(text)}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          aria-label={t("chat:write")}
          aria-invalid={tooLong || undefined}
          placeholder={t("chat:write")}
          enterKeyHint="send"
          className={cn(
            inputClass,
            "max-h-32 min-h-9 resize-none py-1.5 leading-normal pointer-coarse:min-h-11 pointer-coarse:py-2.5",
          )}
        />
        <EmojiPicker
          emotes={chat.state.emotes}
          onPick={insert}
          closes={false}
          trigger={<IconButton side="top" label={t("chat:emoji.title")} icon={<SmilePlus aria-hidden />} />}
        />
        {isPaused ? (
          <CooldownRing cooldown={cooldown} />
        ) : (
          <IconButton
            side="top"
            label={t("chat:send")}
            icon={<SendHorizontal aria-hidden />}
            disabled={text.trim() === "" || tooLong}
            onClick={send}
          />
        )}
      </div>
      <Below draft={draft} used={used} mayModerate={chat.state.you?.mayModerate ?? false} />
    </div>
  );
}

type Draft = ReturnType<typeof useDraft>;

function Below({ draft, used, mayModerate }: { draft: Draft; used: number; mayModerate: boolean }) {
  const { t } = useTranslation();
  const { isAnnouncement, setIsAnnouncement, text } = draft;
  const left = CHAT_LIMITS.textChars - used;
  if (used < COUNT_FROM && (!mayModerate || text === "")) return null;
  return (
    <div className="flex items-center justify-between gap-2 px-1 text-xs">
      {mayModerate ? (
        <label className="inline-flex touch-target items-center gap-1.5 text-muted">
          <input
            type="checkbox"
            checked={isAnnouncement}
            onChange={(event) => setIsAnnouncement(event.target.checked)}
          />
          <Megaphone aria-hidden className="size-3.5" />
          {t("chat:asAnnouncement")}
        </label>
      ) : (
        <span />
      )}
      {used < COUNT_FROM ? null : (
        <span className={cn("tabular", left < 0 ? "font-medium text-live-text" : "text-faint")}>
          <span aria-hidden>{t("chat:counter", { used, most: CHAT_LIMITS.textChars })}</span>
          {/* Not at every key. */}
          <span role="status" className="sr-only">
            {left < 0
              ? t("chat:tooLong", { count: -left })
              : t("chat:charsLeft", { count: Math.ceil(left / COUNT_EVERY_CHARS) * COUNT_EVERY_CHARS })}
          </span>
        </span>
      )}
    </div>
  );
}

function useDraft({ chat, replyTo, onReplyTo }: Parameters<typeof Composer>[0]) {
  const { t } = useTranslation();
  const { state, actions } = chat;
  const { broadcastId } = chat;
  const [text, setTyped] = useState(() => readDraft(broadcastId));
  useEffect(() => saveDraft(broadcastId, text), [broadcastId, text]);
  const [failure, setFailure] = useState<string | null>(null);
  const [isAnnouncement, setIsAnnouncement] = useState(false);
  const isFree = state.you?.mayModerate ?? false;
  const cooldown = useCooldown(isFree ? 0 : state.settings.slowModeSec);
  const { wait } = cooldown;
  const waitSec = state.you?.why?.retryAfterSec ?? 0;
  useEffect(() => wait(waitSec), [wait, waitSec]);
  const setText = (next: string): void => {
    setFailure(null);
    setTyped(next);
  };
  const send = (): void => {
    const said = text.trim();
    if (said === "" || lengthOf(said) > CHAT_LIMITS.textChars || cooldown.leftSec > 0) return;
    setText("");
    setIsAnnouncement(false);
    onReplyTo(null);
    cooldown.said();
    actions.say(said, replyTo, isAnnouncement).catch((error: unknown) => {
      // What was written is not lost: it stands where it was written, before what was begun since. Also when this box is gone
      // meanwhile, for instance because its writer was timed out.
      saveDraft(broadcastId, before(said, readDraft(broadcastId)));
      setTyped((begun) => before(said, begun));
      setIsAnnouncement(isAnnouncement);
      onReplyTo(replyTo);
      setFailure(error instanceof ApiError ? error.message : errorText(error, t));
      cooldown.unsaid();
      if (error instanceof ApiError && error.retryAfterSec !== null) wait(error.retryAfterSec);
    });
  };
  return { text, setText, failure, isAnnouncement, setIsAnnouncement, cooldown, send };
}

const before = (said: string, begun: string): string => (begun === "" ? said : `${said} ${begun}`);

const LINE_CHARS = 30;
const MOST_ROWS = 5;

/** As high as its text, about, up to its greatest height. */
function rowsFor(text: string): number {
  const rows = text.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / LINE_CHARS)), 0);
  return Math.min(MOST_ROWS, rows);
}

const lengthOf = (text: string): number => Array.from(text).length;

function ReplyNote({ replyTo, onCancel }: { replyTo: ChatMessage; onCancel: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="flex items-center gap-2 rounded-sm bg-raised py-1 pr-1 pl-2 text-xs text-muted">
      <span className="min-w-0 flex-1 truncate">
        {t("chat:replyTo", { name: replyTo.author?.displayName ?? t("chat:somebody") })}{" "}
        <bdi dir="auto">{replyTo.text}</bdi>
      </span>
      <IconButton size="sm" side="top" label={t("chat:noReply")} icon={<X aria-hidden />} onClick={onCancel} />
    </div>
  );
}
