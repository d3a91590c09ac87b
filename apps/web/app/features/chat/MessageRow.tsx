/** One line of the chat. */
import type { ChatMessage } from "@rostrum/contract/chat";
import { Clock, CornerUpRight, Megaphone, Sparkles, TimerReset } from "lucide-react";
import { memo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "../../ui/cn.ts";
import { AuthorName, type OnPerson } from "./AuthorName.tsx";
import { MessageText } from "./MessageText.tsx";
import { Reactions } from "./Reactions.tsx";
import { mentions, type PieceContext } from "./text-pieces.ts";

export type MessageRowProps = Readonly<{
  message: ChatMessage;
  context: PieceContext;
  readerId: string | null;
  /** One's own reactions to it. */
  own: readonly string[];
  mayReact: boolean;
  /** What can be done with it: only on the row that is pointed at or has the focus. */
  tools: ReactNode;
  onReact: (message: ChatMessage, emote: string, isOn: boolean) => void;
  onPerson?: OnPerson | undefined;
  /** False: what calls the reader does not stand out. */
  marks?: boolean;
}>;

/** Drawn again only when something of it has changed. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, tools } = props;
  if (message.kind === "system") return <SystemLine {...props} />;
  return (
    <>
      {message.kind === "announcement" ? <Announced {...props} /> : <Said {...props} />}
      {tools}
    </>
  );
});

function SystemLine({ message: { about, text } }: MessageRowProps) {
  const { t } = useTranslation();
  return (
    <p className="px-3 py-1 text-center text-xs text-faint">
      {about === null ? <bdi>{text}</bdi> : t(`chat:system.${about}`, { defaultValue: text })}
    </p>
  );
}

function Said(props: MessageRowProps) {
  const { message, context, readerId, marks = true } = props;
  const { replyTo, highlighted } = message;
  const callsMe =
    marks &&
    message.state !== "deleted" &&
    message.author?.id !== readerId &&
    (mentions(message.text, context.me) || (readerId !== null && replyTo?.author?.id === readerId));
  return (
    <div
      className={cn(
        "border-l-2 border-transparent px-3 py-1",
        callsMe && "border-amber-line bg-amber-tint/60",
        highlighted && "border-accent-line bg-accent-tint",
      )}
    >
      {highlighted ? <Mark icon={<Sparkles aria-hidden />} label="chat:highlighted" /> : null}
      {replyTo === null ? null : <ReplyLine replyTo={replyTo} />}
      <Line {...props} />
    </div>
  );
}

function Announced(props: MessageRowProps) {
  return (
    <div className="mx-2 my-1 rounded-sm border border-accent-line bg-accent-tint px-2 py-1.5">
      <Mark icon={<Megaphone aria-hidden />} label="chat:announcement" />
      <Line {...props} />
    </div>
  );
}

function Mark({ icon, label }: { icon: ReactNode; label: string }) {
  const { t } = useTranslation();
  return (
    <p className="flex items-center gap-1 text-xs font-medium text-accent-text [&>svg]:size-3">
      {icon}
      {t(label)}
    </p>
  );
}

function Line({ message, context, own, mayReact, onReact, onPerson }: MessageRowProps) {
  const { t } = useTranslation();
  const { author, text, state } = message;
  return (
    <>
      <p className="text-base text-wrap">
        {author === null ? null : (
          <>
            <AuthorName author={author} onPerson={onPerson} />
            <span className="text-faint">: </span>
          </>
        )}
        {state === "deleted" ? (
          <span className="text-faint italic">
            {text === "" ? t("chat:deleted") : <DeletedText text={text} context={context} />}
          </span>
        ) : (
          <MessageText text={text} context={context} />
        )}
      </p>
      {state === "held" ? (
        <p className="flex items-center gap-1 text-xs text-amber-text">
          <Clock aria-hidden className="size-3" />
          {t("chat:held")}
        </p>
      ) : null}
      <Reactions
        reactions={message.reactions}
        own={own}
        emotes={context.emotes}
        disabled={!mayReact}
        onReact={(emote, isOn) => onReact(message, emote, isOn)}
      />
    </>
  );
}

/** Moderators see what it was. */
function DeletedText({ text, context }: { text: string; context: PieceContext }) {
  const { t } = useTranslation();
  return (
    <>
      <span className="sr-only">{t("chat:deleted")} </span>
      <s>
        <MessageText text={text} context={context} linked={false} />
      </s>
    </>
  );
}

function ReplyLine({ replyTo: { author, excerpt } }: { replyTo: NonNullable<ChatMessage["replyTo"]> }) {
  const { t } = useTranslation();
  return (
    <p className="flex items-center gap-1 text-xs text-faint">
      <CornerUpRight aria-hidden className="size-3 shrink-0" />
      <span className="truncate">
        {t("chat:replyTo", { name: author?.displayName ?? t("chat:somebody") })} <bdi dir="auto">{excerpt}</bdi>
      </span>
    </p>
  );
}

/** One's own, on its way. */
export function PendingRow({ text, context, name }: { text: string; context: PieceContext; name: string }) {
  const { t } = useTranslation();
  return (
    <div className="px-3 py-1 opacity-60">
      <p className="text-base text-wrap">
        <bdi className="font-semibold">{name}</bdi>
        <span className="text-faint">: </span>
        <MessageText text={text} context={context} />
        <TimerReset aria-hidden className="ml-1 inline size-3 text-icon" />
        <span className="sr-only">{t("chat:sending")}</span>
      </p>
    </div>
  );
}
