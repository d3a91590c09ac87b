/** The reader's own: the colour of their name, and what calls them. */
import { ChatColor } from "@rostrum/contract/chat-colors";
import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { cn } from "../../ui/cn.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { Switch } from "../../ui/Switch.tsx";
import { authorColor } from "./author-color.ts";
import { playChime } from "./use-mention-sound.ts";
import type { ChatPreferences } from "./preferences.ts";
import type { Chat } from "./use-chat.ts";

export function OwnChatDialog(props: {
  chat: Chat;
  preferences: ChatPreferences;
  onPreferences: (change: Partial<ChatPreferences>) => void;
  onClose: () => void;
}) {
  const { chat, preferences, onPreferences, onClose } = props;
  const { t } = useTranslation();
  return (
    <Dialog
      open
      size="sm"
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={t("chat:own.title")}
      description={t("chat:own.text")}
    >
      <div className="flex flex-col gap-5">
        <Colors chat={chat} />
        <Switch
          label={t("chat:own.marks")}
          hint={t("chat:own.marksHint")}
          checked={preferences.marks}
          onCheckedChange={(marks) => onPreferences({ marks })}
        />
        <Switch
          label={t("chat:own.chimes")}
          checked={preferences.chimes}
          onCheckedChange={(chimes) => {
            onPreferences({ chimes });
            // How it sounds; and a click is what browsers want before a page may sound.
            if (chimes) playChime();
          }}
        />
      </div>
    </Dialog>
  );
}

function Colors({ chat: { state, reader, actions } }: { chat: Chat }) {
  const { t } = useTranslation();
  const { state: saving, run } = useSave((color: ChatColor) => actions.setColor(color));
  const own = state.you?.color ?? null;
  return (
    <fieldset disabled={saving.kind === "saving"} className="flex flex-col gap-1">
      <legend className="mb-1 text-sm font-medium">{t("chat:own.color")}</legend>
      <div className="grid grid-cols-3 gap-1.5">
        {ChatColor.options.map((color) => (
          <label
            key={color}
            className={cn(
              "relative flex h-10 touch-target cursor-pointer items-center gap-2 rounded-sm border px-2 text-sm has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent-text",
              color === own ? "border-accent-text bg-accent-tint" : "border-line hover:bg-hover",
            )}
          >
            <input
              type="radio"
              name="chat-color"
              className="sr-only"
              checked={color === own}
              onChange={() => void run(color)}
            />
            <span
              aria-hidden
              className="inline-flex size-4 shrink-0 items-center justify-center rounded-full text-canvas"
              style={{ background: authorColor(color) }}
            >
              {color === own ? <Check className="size-3" /> : null}
            </span>
            <span className="truncate font-semibold" style={{ color: authorColor(color) }}>
              {t(`chat:own.colors.${color}`)}
            </span>
          </label>
        ))}
      </div>
      <p role="status" className="min-h-5 text-xs text-faint">
        {saving.kind === "failed" ? <span className="text-live-text">{saving.text}</span> : reader?.displayName}
      </p>
    </fieldset>
  );
}
