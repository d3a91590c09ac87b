/** Everything by name: what the page can do, pages, channels, appearance, search. Ctrl or ⌘ with K. */
import {
  Compass,
  CornerDownLeft,
  Keyboard,
  LayoutDashboard,
  LogIn,
  Moon,
  Search,
  Settings,
  Sun,
  Tv,
} from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useRevalidator } from "react-router";
import { browserApi } from "../../lib/api.ts";
import { type Command, useOfferedCommands } from "../../lib/page-commands.tsx";
import { useMe } from "../../lib/session.ts";
import { rememberTheme, type Theme } from "../../lib/visitor.ts";
import { cn } from "../../ui/cn.ts";
import { overlayClass, sheetClass } from "../../ui/Dialog.tsx";
import { matching } from "./commands.ts";

type Props = { open: boolean; onOpenChange: (open: boolean) => void; onShortcuts: () => void };

export function CommandPalette({ open, onOpenChange, onShortcuts }: Props) {
  const { t } = useTranslation();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={overlayClass} />
        <Radix.Content aria-describedby={undefined} className={cn(sheetClass, "sm:max-w-135")}>
          <Radix.Title className="sr-only">{t("shell:palette.title")}</Radix.Title>
          <Palette close={() => onOpenChange(false)} onShortcuts={onShortcuts} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Palette({ close, onShortcuts }: { close: () => void; onShortcuts: () => void }) {
  const { t } = useTranslation();
  const listId = useId();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const found = useCommands(text, onShortcuts);
  const active = Math.min(chosen, found.length - 1);
  const run = (command: Command | undefined): void => {
    if (!command) return;
    close();
    command.run();
  };
  const onKey = (event: KeyboardEvent): void => {
    // Enter that only ends the writing of a word, in Japanese for instance, is no answer.
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setChosen((active + step + found.length) % Math.max(1, found.length));
    else if (event.key === "Enter") run(found[active]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div className="flex items-center gap-3 border-b border-line px-4">
        <Search aria-hidden className="size-4 shrink-0 text-icon" />
        <input
          role="combobox"
          aria-expanded
          aria-controls={listId}
          aria-activedescendant={found[active] ? `${listId}-${active}` : undefined}
          aria-label={t("shell:palette.placeholder")}
          placeholder={t("shell:palette.placeholder")}
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setChosen(0);
          }}
          onKeyDown={onKey}
          className="h-13 w-full bg-transparent text-md outline-none"
        />
      </div>
      <div id={listId} role="listbox" aria-label={t("shell:palette.title")} className="overflow-y-auto p-2">
        {found.map((command, index) => (
          <Option
            key={command.id}
            id={`${listId}-${index}`}
            command={command}
            active={index === active}
            onPoint={() => setChosen(index)}
            onRun={() => run(command)}
          />
        ))}
      </div>
      {found.length === 0 ? <p className="px-4 pb-6 text-muted">{t("shell:palette.nothing")}</p> : null}
    </>
  );
}

type OptionProps = { id: string; command: Command; active: boolean; onPoint: () => void; onRun: () => void };

function Option({ id, command, active, onPoint, onRun }: OptionProps) {
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active) root.current?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    // The keyboard is handled by the input, which keeps the focus. WAI-ARIA 1.2, combobox.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      ref={root}
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      onPointerMove={onPoint}
      onClick={onRun}
      className={cn(
        "flex min-h-9 touch-target cursor-pointer items-center gap-3 rounded-sm px-2.5 py-1.5 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-icon",
        active && "bg-hover",
      )}
    >
      {command.icon}
      <span className="min-w-0 flex-1 truncate">{command.label}</span>
      {command.aside ? <span className="truncate text-xs text-faint">{command.aside}</span> : null}
      {active ? <CornerDownLeft aria-hidden /> : null}
    </div>
  );
}

function useCommands(text: string, onShortcuts: () => void): readonly Command[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { revalidate } = useRevalidator();
  const me = useMe();
  const channels = useChannelCommands(me !== null);
  const offered = useOfferedCommands();
  const go = (to: string, label: string, icon: ReactNode): Command => ({
    id: to,
    label,
    icon,
    run: () => void navigate(to),
  });
  const theme = (value: Theme, icon: ReactNode): Command => ({
    id: `theme-${value}`,
    label: `${t("shell:theme.label")}: ${t(`shell:theme.${value}`)}`,
    icon,
    run: () => {
      rememberTheme(value);
      void revalidate();
    },
  });
  const all: readonly Command[] = [
    ...offered(),
    go("/", t("shell:discover"), <Compass aria-hidden />),
    ...(me
      ? [
          go("/dashboard", t("shell:dashboard"), <LayoutDashboard aria-hidden />),
          ...channels,
          go("/settings", t("shell:settings"), <Settings aria-hidden />),
        ]
      : [go("/login", t("shell:signIn"), <LogIn aria-hidden />)]),
    theme("dark", <Moon aria-hidden />),
    theme("light", <Sun aria-hidden />),
    {
      id: "shortcuts",
      label: t("shell:shortcuts.title"),
      icon: <Keyboard aria-hidden />,
      aside: "?",
      run: onShortcuts,
    },
  ];
  const words = text.trim();
  if (words === "") return all;
  const search = go(`/?q=${encodeURIComponent(words)}`, t("shell:palette.searchFor", { text: words }), <Search />);
  return [...matching(all, words), search];
}

/** The person's own channels, asked for when the palette opens. */
function useChannelCommands(signedIn: boolean): readonly Command[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [channels, setChannels] = useState<readonly { handle: string; title: string }[]>([]);
  useEffect(() => {
    if (!signedIn) return;
    const stop = new AbortController();
    browserApi()
      .channels.mine({ limit: 20 }, { signal: stop.signal })
      .then(({ items }) => setChannels(items))
      .catch(() => undefined); // The palette works without them.
    return () => stop.abort();
  }, [signedIn]);
  return channels.map(({ handle, title }) => ({
    id: `@${handle}`,
    label: title,
    aside: t("shell:palette.channel"),
    icon: <Tv aria-hidden />,
    run: () => void navigate(`/@${handle}`),
  }));
}
