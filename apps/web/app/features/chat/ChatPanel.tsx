/** The chat of a show beside its picture. Fills the height of what it stands in. */
import type { ChatMessage } from "@rostrum/contract/chat";
import { can } from "@rostrum/contract/permissions";
import { MessagesSquare } from "lucide-react";
import { type ReactNode, useCallback, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PictureClock } from "../../lib/picture-clock.ts";
import { useConnectionState } from "../../lib/realtime/use-topic.ts";
import { messageOf } from "../../lib/api.ts";
import { ConnectionState } from "../../ui/ConnectionState.tsx";
import { toast } from "../../ui/toast.ts";
import { AccountNotices } from "./AccountNotices.tsx";
import type { OnPerson } from "./AuthorName.tsx";
import { ActionDialog, type AskedAction } from "./ActionDialog.tsx";
import { Announcer } from "./Announcer.tsx";
import { ChatMenu } from "./ChatMenu.tsx";
import { Composer } from "./Composer.tsx";
import { BehindNote, SampleNote } from "./FlowNotes.tsx";
import { type ListRow, MessageList } from "./MessageList.tsx";
import { MessageRow, PendingRow } from "./MessageRow.tsx";
import { ModeNote } from "./ModeNote.tsx";
import { PinnedMessage } from "./PinnedMessage.tsx";
import { readChatPreferences, saveChatPreferences } from "./preferences.ts";
import { ChatSkeleton, RefusedNote } from "./ChatStates.tsx";
import { RowTools, type RowToolsProps } from "./RowTools.tsx";
import { rowActions } from "./row-actions.ts";
import { ClosedNote, SignInNote } from "./SignInNote.tsx";
import { type Chat, type ChatApi, useChat } from "./use-chat.ts";
import { useMentionSound } from "./use-mention-sound.ts";

export type ChatPanelProps = Readonly<{
  api: ChatApi;
  broadcastId: string;
  /** The picture that chat may follow; left out: there is none. */
  clock?: PictureClock | null;
  /** A playback token, for who may watch only with one. */
  token?: string | undefined;
  /** Where the link "pop out" leads; left out: there is none. */
  popOut?: string;
  /** Of the chat as a layer for OBS; null: none is known. */
  overlayUrl?: string | null;
  /** Moderators open by it what is known of somebody; left out: they cannot. */
  onPerson?: OnPerson | undefined;
  /** At the end of the header, such as a button that hides the chat. */
  corner?: ReactNode;
  /** Between the header and the messages, such as what waits for a moderator. */
  children?: ReactNode;
}>;

export function ChatPanel(props: ChatPanelProps) {
  const [tries, setTries] = useState(0);
  const retry = useCallback(() => setTries((before) => before + 1), []);
  // Asked for anew from the beginning, for instance when the chat was switched on again.
  return <Panel key={tries} {...props} onRetry={retry} />;
}

function Panel({
  api,
  broadcastId,
  clock = null,
  token,
  popOut,
  overlayUrl = null,
  onPerson,
  corner,
  children,
  onRetry,
}: ChatPanelProps & { onRetry: () => void }) {
  const { t } = useTranslation();
  const [preferences, setPreferences] = useState(readChatPreferences);
  const chat = useChat({ api, broadcastId, clock: preferences.follows ? clock : null, token });
  const connection = useConnectionState();
  const field = useRef<HTMLTextAreaElement>(null);
  const [replyTo, setReplyTo] = useState<ChatMessage | null>(null);
  const change = (next: Partial<typeof preferences>): void => {
    saveChatPreferences(next);
    setPreferences({ ...preferences, ...next });
  };
  const { state } = chat;
  useMentionSound(preferences.chimes ? chat : null);
  return (
    <section aria-label={t("chat:title")} className="flex h-full min-h-0 flex-col bg-canvas">
      <header className="flex h-11 shrink-0 items-center gap-2 border-b border-line pr-1 pl-3">
        <h2 className="text-base font-semibold">{t("chat:title")}</h2>
        <ConnectionState state={connection} className="min-w-0 flex-1" />
        <ChatMenu
          api={api}
          broadcastId={broadcastId}
          chat={chat}
          preferences={preferences}
          onPreferences={change}
          hasPicture={clock !== null}
          popOut={popOut}
          overlayUrl={overlayUrl}
        />
        {corner}
      </header>
      {state.pinned === null || chat.phase === "refused" ? null : <PinnedMessage message={state.pinned} chat={chat} />}
      {children}
      {chat.phase === "refused" ? (
        <RefusedNote broadcastId={broadcastId} refusal={chat.refusal} onRetry={onRetry} />
      ) : (
        <>
          <Messages
            chat={chat}
            onReply={setReplyTo}
            field={field}
            marks={preferences.marks}
            onPerson={state.you?.mayModerate ? onPerson : undefined}
          />
          <Announcer
            messages={state.gate.shown}
            isReady={chat.phase === "ready"}
            mode={preferences.speak}
            readerId={chat.reader?.id ?? null}
            handle={chat.reader?.handle ?? null}
          />
          <SampleNote chat={chat} />
          <BehindNote state={state} onShowNow={() => change({ follows: false })} />
          <ModeNote settings={state.settings} />
          <Bottom onRetry={onRetry} chat={chat} field={field} replyTo={replyTo} onReplyTo={setReplyTo} />
        </>
      )}
    </section>
  );
}

type BottomProps = Parameters<typeof Composer>[0] & Readonly<{ onRetry: () => void }>;

function Bottom({ onRetry, ...props }: BottomProps) {
  const { reader, state } = props.chat;
  const { you } = state;
  // A stranger who was let in by a link would not get further by signing in.
  if (reader === null)
    return you?.why?.code === "forbidden" ? <ClosedNote why={you.why} bans={[]} onRetry={onRetry} /> : <SignInNote />;
  // Between two messages one may go on writing: only sending waits.
  const isOpen = you !== null && (you.mayWrite || you.why?.code === "rate_limited");
  return (
    <AccountNotices accountId={reader.id} onChange={onRetry}>
      {(bans) => {
        if (you === null) return null;
        return isOpen ? <Composer {...props} /> : <ClosedNote why={you.why} bans={bans} onRetry={onRetry} />;
      }}
    </AccountNotices>
  );
}

type Asked = Readonly<{ action: AskedAction; message: ChatMessage }>;

function Messages(props: {
  chat: Chat;
  onReply: (message: ChatMessage) => void;
  field: React.RefObject<HTMLTextAreaElement | null>;
  /** What calls the reader stands out. */
  marks: boolean;
  onPerson: OnPerson | undefined;
}) {
  const { chat, field, onReply, marks, onPerson } = props;
  const { state, reader, actions } = chat;
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked | null>(null);
  const me = marks ? (reader?.handle ?? null) : null;
  const context = useMemo(() => ({ emotes: state.emotes, me }), [state.emotes, me]);
  const fail = useCallback((error: unknown) => toast.error(messageOf(error, t("error.unknown"))), [t]);
  const onReact = useCallback(
    (message: ChatMessage, emote: string, isOn: boolean) => void actions.react(message.id, emote, isOn).catch(fail),
    [actions, fail],
  );
  const onAction: RowToolsProps["onAction"] = (action, message) => {
    const act = (name: string, body: object): void => void actions.act(name, body).catch(fail);
    const { id: messageId, broadcastId } = message;
    if (action === "reply") onReply(message);
    if (action === "reply") field.current?.focus();
    else if (action === "person") onPerson?.(message.author?.id ?? "");
    else if (action === "copy") void navigator.clipboard.writeText(message.text).catch(fail);
    else if (action === "pin") act("chat.pin", { messageId });
    else if (action === "unpin") act("chat.unpin", { broadcastId });
    else if (action === "highlight" || action === "unhighlight")
      act("chat.highlight", { messageId, highlighted: action === "highlight" });
    else setAsked({ action, message });
  };
  const draw = (row: ListRow, isActive: boolean, setBusy: (busy: boolean) => void): ReactNode => {
    const { message } = row;
    if (message === null)
      return <PendingRow text={row.pending ?? ""} context={context} name={reader?.displayName ?? ""} />;
    const tools = isActive ? (
      <RowTools
        message={message}
        actions={rowActions(message, state.you, state.pinned?.id ?? null).filter(
          (action) => action !== "person" || onPerson !== undefined,
        )}
        emotes={state.emotes}
        onAction={onAction}
        onReact={(to, emote) => onReact(to, emote, true)}
        onBusy={setBusy}
      />
    ) : null;
    return (
      <MessageRow
        message={message}
        context={context}
        readerId={reader?.id ?? null}
        own={state.ownReactions[message.id] ?? NO_REACTIONS}
        mayReact={reader !== null}
        tools={tools}
        onReact={onReact}
        onPerson={onPerson}
        marks={marks}
      />
    );
  };
  const rows = useRows(state);
  const onReading = useCallback((isReading: boolean) => actions.setReading(isReading), [actions]);
  if (chat.phase === "loading") return <ChatSkeleton />;
  return (
    <>
      <MessageList
        rows={rows}
        draw={draw}
        onReading={onReading}
        onTop={() => void actions.loadOlder().catch(fail)}
        onLeave={() => field.current?.focus()}
        empty={<Empty waits={state.gate.waiting.length > 0} />}
      />
      {asked === null ? null : (
        <ActionDialog
          key={`${asked.action} ${asked.message.id}`}
          {...asked}
          mayShare={state.you !== null && can(state.you.role, "bans.shared")}
          actions={actions}
          onClose={() => setAsked(null)}
          onDone={(action) => toast.success(t(`chat:done.${action}`))}
        />
      )}
    </>
  );
}

const NO_REACTIONS: readonly string[] = [];

function useRows({ past, gate, pending }: Chat["state"]): readonly ListRow[] {
  return useMemo(() => {
    const shown = new Set(gate.shown.map(({ id }) => id));
    return [
      ...[...past.filter(({ id }) => !shown.has(id)), ...gate.shown].map((message) => ({ key: message.id, message })),
      ...pending.map(({ key, text }) => ({ key, message: null, pending: text })),
    ];
  }, [past, gate.shown, pending]);
}

function Empty({ waits }: { waits: boolean }) {
  const { t } = useTranslation();
  if (waits) return <p className="p-6 text-center text-sm text-muted">{t("chat:replayEmpty")}</p>;
  return (
    <div className="flex h-full flex-col items-center justify-center gap-1 px-6 text-center text-sm text-muted">
      <MessagesSquare aria-hidden className="mb-2 size-6 text-icon" />
      <p className="font-medium text-text">{t("chat:empty.title")}</p>
      <p>{t("chat:empty.text")}</p>
    </div>
  );
}
