/** The message that stays on top of the chat. */
import type { ChatMessage } from "@rostrum/contract/chat";
import { ChevronDown, Pin, PinOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { messageOf } from "../../lib/api.ts";
import { cn } from "../../ui/cn.ts";
import { IconButton } from "../../ui/IconButton.tsx";
import { toast } from "../../ui/toast.ts";
import { AuthorName } from "./AuthorName.tsx";
import { MessageText } from "./MessageText.tsx";
import type { Chat } from "./use-chat.ts";

const LONG_CHARS = 90;

export function PinnedMessage({ message, chat: { state, reader, actions } }: { message: ChatMessage; chat: Chat }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const isLong = message.text.length > LONG_CHARS || message.text.includes("\n");
  const unpin = (): void => {
    actions
      .act("chat.unpin", { broadcastId: message.broadcastId })
      .catch((error: unknown) => toast.error(messageOf(error, t("error.unknown"))));
  };
  return (
    <aside
      aria-label={t("chat:pinned")}
      className="flex shrink-0 items-start gap-2 border-b border-line bg-raised py-2 pr-1 pl-3"
    >
      <Pin aria-hidden className="mt-0.5 size-4 shrink-0 text-accent-text" />
      <div className="min-w-0 flex-1">
        <p className="text-xs font-medium text-faint">{t("chat:pinned")}</p>
        <div className={cn("text-base", isOpen ? "max-h-40 overflow-y-auto" : "line-clamp-2")}>
          {message.author === null ? null : (
            <>
              <AuthorName author={message.author} />{" "}
            </>
          )}
          <MessageText text={message.text} context={{ emotes: state.emotes, me: reader?.handle ?? null }} />
        </div>
      </div>
      {isLong ? (
        <IconButton
          size="sm"
          label={isOpen ? t("chat:showLess") : t("chat:showMore")}
          aria-expanded={isOpen}
          icon={<ChevronDown aria-hidden className={cn("transition-transform", isOpen && "rotate-180")} />}
          onClick={() => setOpen(!isOpen)}
        />
      ) : null}
      {state.you?.mayModerate ? (
        <IconButton size="sm" label={t("chat:action.unpin")} icon={<PinOff aria-hidden />} onClick={unpin} />
      ) : null}
    </aside>
  );
}
