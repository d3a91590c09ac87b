/** Everything that can be done in the control room, by name and by key. */
import type { Client } from "@rostrum/client/client";
import { can } from "@rostrum/contract/permissions";
import type { TFunction } from "i18next";
import {
  BookmarkPlus,
  ChartColumn,
  Image,
  Keyboard,
  LayoutDashboard,
  Link2,
  MessageSquare,
  Radio,
  RotateCcw,
  Shield,
  ShieldOff,
  Square,
  Timer,
  Video,
  Volume2,
  Wand2,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import { messageOf } from "../../lib/api.ts";
import { letterKeysOn, setLetterKeys } from "../../lib/letter-keys.ts";
import { usePageCommands } from "../../lib/page-commands.tsx";
import { embedCode, watchUrl } from "../../lib/share.ts";
import { toast } from "../../ui/toast.ts";
import { nextAction } from "./next-action.ts";
import type { Panel } from "./panels.ts";
import type { Asking } from "./use-asking.ts";
import type { Control } from "./use-control.ts";
import { type KeyedCommand, useControlKeys } from "./use-control-keys.ts";
import type { RoomLayout } from "./use-room-layout.ts";
import type { Sources } from "./use-sources.ts";

export type CommandParts = Readonly<{
  api: Pick<Client, "chat">;
  control: Control;
  sources: Sources;
  asking: Asking;
  layout: RoomLayout;
  panels: readonly Panel[];
  /** Sound of the program monitor; null while it plays nothing. */
  onMute: (() => void) | null;
  /** Null: it cannot be marked now. */
  onMark: (() => void) | null;
  /** Without a trailing slash. */
  publicUrl: string;
}>;

type Make = CommandParts & Readonly<{ t: TFunction }>;

/** Offers them to the command palette, and listens for their keys, while the room is shown. */
export function useControlCommands(parts: CommandParts): void {
  const { t } = useTranslation();
  const make = { ...parts, t };
  const commands = [
    ...showCommands(make),
    ...sourceCommands(make),
    ...chatCommands(make),
    ...linkCommands(make),
    ...roomCommands(make),
    ...panelCommands(make),
  ].map((command) =>
    command.shortcut === undefined ? command : { ...command, aside: command.shortcut.toUpperCase() },
  );
  usePageCommands(commands);
  useControlKeys(commands);
}

function showCommands({ t, control: { broadcast }, asking, onMark, onMute }: Make): KeyedCommand[] {
  const commands: KeyedCommand[] = [];
  const next = nextAction(broadcast);
  if (can(broadcast.role, "broadcast.control") && next.kind !== "none" && !next.blocked) {
    commands.push({
      id: "next",
      label: t(`control:action.${next.kind}`),
      icon: next.kind === "end" ? <Square aria-hidden /> : <Radio aria-hidden />,
      words: t(`control:command.words.${next.kind}`),
      shortcut: "g",
      run: () => asking.act(next.kind),
    });
    if (broadcast.state === "preview")
      commands.push({
        id: "end-preview",
        label: t("control:endPreview"),
        icon: <Square aria-hidden />,
        run: () => asking.act("end"),
      });
  }
  if (onMark !== null)
    commands.push({
      id: "mark",
      label: t("control:command.mark"),
      icon: <BookmarkPlus aria-hidden />,
      words: t("control:command.words.mark"),
      shortcut: "m",
      run: onMark,
    });
  if (onMute !== null)
    commands.push({
      id: "mute",
      label: t("control:command.mute"),
      icon: <Volume2 aria-hidden />,
      shortcut: "u",
      run: onMute,
    });
  return commands;
}

/** The most that have a digit. */
const DIGITS = 9;

function sourceCommands({ t, control: { broadcast }, sources, asking }: Make): KeyedCommand[] {
  if (!can(broadcast.role, "broadcast.control") || nextAction(broadcast).kind === "none") return [];
  const { items, selected, override } = sources;
  const takes = items.map(({ id, state }, index): KeyedCommand => ({
    id: `take-${id}`,
    label: t("control:command.take", { name: t(`control:sources.name.${id}`) }),
    icon: <Video aria-hidden />,
    ...(index < DIGITS ? { shortcut: String(index + 1) } : {}),
    run: () => (id === selected || state === "frozen" ? toast.info(t("control:command.cannotTake")) : asking.take(id)),
  }));
  if (broadcast.state === "live" || broadcast.state === "interrupted")
    takes.push({
      id: "take-slate",
      label: t("control:sources.slate"),
      icon: <Image aria-hidden />,
      shortcut: "0",
      run: () => (selected === "slate" ? undefined : asking.take("slate")),
    });
  if (override !== null)
    takes.push({
      id: "take-automatic",
      label: t("control:command.automatic"),
      icon: <Wand2 aria-hidden />,
      run: () => asking.take(null),
    });
  return takes;
}

const SLOW_SEC = [10, 30, 60] as const;

function chatCommands({ t, api, control: { broadcast }, layout, panels }: Make): KeyedCommand[] {
  const toChat: KeyedCommand[] = panels.some(({ id }) => id === "chat")
    ? [
        {
          id: "chat",
          label: t("control:command.chat"),
          icon: <MessageSquare aria-hidden />,
          shortcut: "c",
          run: () => layout.reveal("chat"),
        },
      ]
    : [];
  if (!can(broadcast.role, "chat.modes")) return toChat;
  const change = async (body: Parameters<typeof api.chat.updateSettings>[1], done: string): Promise<void> => {
    try {
      await api.chat.updateSettings(broadcast.id, body);
      toast.success(done);
    } catch (error) {
      toast.error(messageOf(error, t("error.unknown")));
    }
  };
  const set = (...args: Parameters<typeof change>): void => void change(...args);
  return [
    ...toChat,
    {
      id: "shield-on",
      label: t("control:command.shieldOn"),
      icon: <Shield aria-hidden />,
      shortcut: "x",
      run: () => set({ shield: true }, t("control:command.shieldIsOn")),
    },
    {
      id: "shield-off",
      label: t("control:command.shieldOff"),
      icon: <ShieldOff aria-hidden />,
      run: () => set({ shield: false }, t("control:command.shieldIsOff")),
    },
    ...SLOW_SEC.map((count) => ({
      id: `slow-${count}`,
      label: t("control:command.slow", { count }),
      icon: <Timer aria-hidden />,
      run: () => set({ slowModeSec: count }, t("control:command.slowIsOn", { count })),
    })),
    {
      id: "slow-off",
      label: t("control:command.slowOff"),
      icon: <Timer aria-hidden />,
      run: () => set({ slowModeSec: 0 }, t("control:command.slowIsOff")),
    },
  ];
}

function linkCommands({ t, control: { broadcast }, publicUrl }: Make): KeyedCommand[] {
  const copy = (text: string): void => {
    navigator.clipboard.writeText(text).then(
      () => toast.success(t("control:command.copied")),
      () => toast.error(t("control:command.notCopied")),
    );
  };
  const { id, title } = broadcast;
  return [
    {
      id: "copy-link",
      label: t("control:command.copyLink"),
      icon: <Link2 aria-hidden />,
      run: () => copy(watchUrl(publicUrl, id)),
    },
    {
      id: "copy-embed",
      label: t("control:command.copyEmbed"),
      icon: <Link2 aria-hidden />,
      run: () => copy(embedCode(publicUrl, id, title)),
    },
  ];
}

function roomCommands({ t, layout }: Make): KeyedCommand[] {
  return [
    {
      id: "arrange",
      label: t("control:arrange.title"),
      icon: <LayoutDashboard aria-hidden />,
      words: t("control:command.words.arrange"),
      shortcut: "a",
      run: () => layout.setArranging(!layout.isArranging),
    },
    { id: "reset-layout", label: t("control:command.reset"), icon: <RotateCcw aria-hidden />, run: layout.reset },
    {
      id: "letter-keys",
      label: t("control:command.letterKeys"),
      icon: <Keyboard aria-hidden />,
      run: () => {
        setLetterKeys(!letterKeysOn());
        toast.success(t(letterKeysOn() ? "control:command.letterKeysOn" : "control:command.letterKeysOff"));
      },
    },
  ];
}

function panelCommands({ t, layout, panels }: Make): KeyedCommand[] {
  const poll = panels.find(({ id }) => id === "polls");
  const newPoll: KeyedCommand[] =
    poll === undefined
      ? []
      : [
          {
            id: "new-poll",
            label: t("control:command.newPoll"),
            icon: <ChartColumn aria-hidden />,
            run: () => layout.reveal(poll.id),
          },
        ];
  return [
    ...newPoll,
    ...panels.map(({ id, title, icon }) => ({
      id: `panel-${id}`,
      label: t("control:command.panel", { title }),
      icon,
      run: () => layout.reveal(id),
    })),
  ];
}
