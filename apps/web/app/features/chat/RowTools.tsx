/** What can be done with the message that is pointed at or has the focus. */
import type { ChatMessage } from "@rostrum/contract/chat";
import { QUICK_REACTIONS } from "@rostrum/contract/emoji";
import {
  Ban,
  Clipboard,
  Ellipsis,
  Flag,
  MessageSquareWarning,
  Pin,
  PinOff,
  Reply,
  SmilePlus,
  Sparkles,
  TimerOff,
  Trash2,
  UserSearch,
} from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../ui/IconButton.tsx";
import { Menu, MenuItem, MenuSeparator } from "../../ui/Menu.tsx";
import { EmojiPicker } from "./EmojiPicker.tsx";
import type { RowAction } from "./row-actions.ts";

const ICONS = {
  reply: Reply,
  react: SmilePlus,
  copy: Clipboard,
  report: Flag,
  pin: Pin,
  unpin: PinOff,
  highlight: Sparkles,
  unhighlight: Sparkles,
  delete: Trash2,
  warn: MessageSquareWarning,
  timeout: TimerOff,
  ban: Ban,
  person: UserSearch,
} as const satisfies Record<RowAction, unknown>;

const CREW: readonly RowAction[] = [
  ...["pin", "unpin", "highlight", "unhighlight", "delete", "warn", "timeout", "ban", "person"],
] as const satisfies readonly RowAction[];
const DANGER: readonly RowAction[] = ["delete", "timeout", "ban"];

export type RowToolsProps = Readonly<{
  message: ChatMessage;
  actions: readonly RowAction[];
  emotes: ReadonlyMap<string, string>;
  onAction: (action: Exclude<RowAction, "react">, message: ChatMessage) => void;
  onReact: (message: ChatMessage, emote: string) => void;
  /** True while a menu or picker is open: the row must stay where it is. */
  onBusy: (busy: boolean) => void;
}>;

/** Floats over the upper right corner of the row. Nothing when there is nothing to do. */
export function RowTools(props: RowToolsProps) {
  return props.actions.length === 0 ? null : <Tools {...props} />;
}

function Tools({ message, actions, emotes, onAction, onReact, onBusy }: RowToolsProps) {
  const { t } = useTranslation();
  const name = message.author?.displayName ?? "";
  const inMenu = actions.filter((action) => action !== "react");
  // With the message a menu may go that is open: it does not say that it closes.
  useEffect(() => () => onBusy(false), [onBusy]);
  return (
    <div
      role="group"
      aria-label={t("chat:actions.of", { name })}
      className="absolute -top-3 right-2 z-10 flex rounded-sm border border-line bg-surface shadow-float"
    >
      {actions.includes("reply") ? (
        <IconButton
          size="sm"
          side="top"
          label={t("chat:action.reply")}
          icon={<Reply aria-hidden />}
          onClick={() => onAction("reply", message)}
        />
      ) : null}
      {actions.includes("react") ? (
        <EmojiPicker
          emotes={emotes}
          first={QUICK_REACTIONS}
          onOpenChange={onBusy}
          onPick={(emote) => onReact(message, emote)}
          trigger={<IconButton size="sm" side="top" label={t("chat:action.react")} icon={<SmilePlus aria-hidden />} />}
        />
      ) : null}
      <RowMenu message={message} actions={inMenu} onAction={onAction} onBusy={onBusy} />
    </div>
  );
}

type MenuProps = Pick<RowToolsProps, "message" | "onAction" | "onBusy"> &
  Readonly<{ actions: readonly Exclude<RowAction, "react">[] }>;

function RowMenu({ message, actions, onAction, onBusy }: MenuProps) {
  const { t } = useTranslation();
  const item = (action: Exclude<RowAction, "react">) => {
    const Icon = ICONS[action];
    return (
      <MenuItem
        key={action}
        icon={<Icon aria-hidden />}
        danger={DANGER.includes(action)}
        onSelect={() => onAction(action, message)}
      >
        {t(`chat:action.${action}`)}
      </MenuItem>
    );
  };
  const crew = actions.filter((action) => CREW.includes(action));
  return (
    <Menu
      onOpenChange={onBusy}
      trigger={<IconButton size="sm" side="top" label={t("chat:action.more")} icon={<Ellipsis aria-hidden />} />}
    >
      {actions.filter((action) => !CREW.includes(action)).map(item)}
      {crew.length === 0 ? null : <MenuSeparator />}
      {crew.map(item)}
    </Menu>
  );
}
