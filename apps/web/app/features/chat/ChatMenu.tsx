/** The chat's own settings: for the reader, and for moderators the rules that hold for all. */
import { type ChatSettings, CHAT_LIMITS } from "@rostrum/contract/chat";
import { can } from "@rostrum/contract/permissions";
import { AtSign, ExternalLink, Link2, Settings2, Shield, ShieldOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { messageOf } from "../../lib/api.ts";
import { IconButton } from "../../ui/IconButton.tsx";
import { Menu, MenuChoice, MenuItem, MenuSeparator } from "../../ui/Menu.tsx";
import { toast } from "../../ui/toast.ts";
import type { SpeakMode } from "./announcing.ts";
import { OwnChatDialog } from "./OwnChatDialog.tsx";
import type { ChatPreferences } from "./preferences.ts";
import type { Chat, ChatApi } from "./use-chat.ts";

export type ChatMenuProps = Readonly<{
  api: ChatApi;
  broadcastId: string;
  chat: Chat;
  preferences: ChatPreferences;
  onPreferences: (change: Partial<ChatPreferences>) => void;
  hasPicture: boolean;
  popOut: string | undefined;
  overlayUrl: string | null;
}>;

export function ChatMenu(props: ChatMenuProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <MenuItself {...props} onOwn={() => setOpen(true)} />
      {isOpen ? <OwnChatDialog {...props} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function MenuItself(props: ChatMenuProps & { onOwn: () => void }) {
  const { chat, preferences, onPreferences, hasPicture, popOut, overlayUrl, onOwn } = props;
  const { t } = useTranslation();
  const { you } = chat.state;
  return (
    <Menu trigger={<IconButton size="sm" label={t("chat:menu.title")} icon={<Settings2 aria-hidden />} />}>
      {hasPicture ? (
        <MenuChoice
          label={t("chat:menu.when")}
          value={preferences.follows ? "picture" : "now"}
          options={[
            { value: "picture", label: t("chat:menu.picture") },
            { value: "now", label: t("chat:menu.now") },
          ]}
          onValueChange={(value) => onPreferences({ follows: value === "picture" })}
        />
      ) : null}
      <MenuChoice
        label={t("chat:menu.speak")}
        value={preferences.speak}
        options={(["all", "mentions", "off"] as const satisfies readonly SpeakMode[]).map((value) => ({
          value,
          label: t(`chat:menu.speaks.${value}`),
        }))}
        onValueChange={(speak) => onPreferences({ speak })}
      />
      {chat.reader === null ? null : (
        <MenuItem icon={<AtSign aria-hidden />} onSelect={onOwn}>
          {t("chat:own.open")}
        </MenuItem>
      )}
      {you !== null && can(you.role, "chat.modes") ? <ModeItems {...props} /> : null}
      <MenuSeparator />
      {popOut === undefined ? null : (
        <MenuItem
          icon={<ExternalLink aria-hidden />}
          onSelect={() => open(popOut, "_blank", "popup,width=380,height=720")}
        >
          {t("chat:menu.popOut")}
        </MenuItem>
      )}
      {overlayUrl === null ? null : <OverlayItem url={overlayUrl} />}
    </Menu>
  );
}

function OverlayItem({ url }: { url: string }) {
  const { t } = useTranslation();
  const copy = (): void => {
    navigator.clipboard.writeText(url).then(
      () => toast.success(t("chat:menu.overlayCopied")),
      () => toast.error(t("chat:menu.copyFailed")),
    );
  };
  return (
    <MenuItem icon={<Link2 aria-hidden />} onSelect={copy}>
      {t("chat:menu.overlay")}
    </MenuItem>
  );
}

const SLOW_SEC = [0, 3, 10, 30, 60, CHAT_LIMITS.slowModeMaxSec] as const;

function ModeItems({ api, broadcastId, chat: { state } }: ChatMenuProps) {
  const { t } = useTranslation();
  const { settings } = state;
  const update = (change: Partial<Pick<ChatSettings, "slowModeSec" | "shield">>): void => {
    api.chat.updateSettings(broadcastId, change).catch((error: unknown) => {
      toast.error(messageOf(error, t("error.unknown")));
    });
  };
  return (
    <>
      <MenuSeparator />
      <MenuChoice
        label={t("chat:menu.slow")}
        value={String(settings.slowModeSec)}
        options={[...new Set<number>([...SLOW_SEC, settings.slowModeSec])]
          .toSorted((a, b) => a - b)
          .map((sec) => ({
            value: String(sec),
            label: sec === 0 ? t("chat:menu.slowOff") : t("chat:menu.slowSec", { count: sec }),
          }))}
        onValueChange={(sec) => update({ slowModeSec: Number(sec) })}
      />
      <MenuSeparator />
      <MenuItem
        icon={settings.shield ? <ShieldOff aria-hidden /> : <Shield aria-hidden />}
        onSelect={() => update({ shield: !settings.shield })}
      >
        {settings.shield ? t("chat:menu.shieldOff") : t("chat:menu.shieldOn")}
      </MenuItem>
    </>
  );
}
