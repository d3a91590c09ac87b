/** Emoji and the channel's emotes to choose from, by name, by group, or with the arrow keys. */
import { Popover } from "radix-ui";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { inputClass } from "../../ui/Field.tsx";
import { Skeleton } from "../../ui/Skeleton.tsx";
import { cn } from "../../ui/cn.ts";
import { Emote } from "./Reactions.tsx";
import { EmojiGrid, type EmojiChoice } from "./EmojiGrid.tsx";
import { type EmojiGroup, findEmoji, loadEmoji, withTone } from "./emoji.ts";
import { readChatPreferences, saveChatPreferences } from "./preferences.ts";

export type EmojiPickerProps = Readonly<{
  /** One button. */
  trigger: ReactNode;
  emotes: ReadonlyMap<string, string>;
  /** Offered before all others. */
  first?: readonly string[];
  /** An emoji, or `:name:` of an emote. Closes after it when `closes`. */
  onPick: (emote: string) => void;
  closes?: boolean;
  onOpenChange?: (open: boolean) => void;
}>;

export function EmojiPicker({ trigger, onOpenChange, ...props }: EmojiPickerProps) {
  const [open, setOpen] = useState(false);
  const { t } = useTranslation();
  const change = (next: boolean): void => {
    setOpen(next);
    onOpenChange?.(next);
  };
  const pick = (emote: string): void => {
    props.onPick(emote);
    if (props.closes ?? true) change(false);
  };
  return (
    <Popover.Root open={open} onOpenChange={change}>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          aria-label={t("chat:emoji.title")}
          side="top"
          align="end"
          sideOffset={6}
          collisionPadding={8}
          className="z-50 flex w-[min(328px,calc(100vw-16px))] animate-float-in flex-col gap-2 rounded-md bg-surface p-2 shadow-float"
        >
          <Picker {...props} onPick={pick} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Picker({ emotes, first = [], onPick }: Omit<EmojiPickerProps, "trigger">) {
  const { t } = useTranslation();
  const groups = useEmoji();
  const [query, setQuery] = useState("");
  const [group, setGroup] = useState(emotes.size > 0 ? "emotes" : "smileys");
  const [tone, setTone] = useState(() => readChatPreferences().tone);
  const changeTone = (next: number): void => {
    setTone(next);
    saveChatPreferences({ tone: next });
  };
  return (
    <>
      {first.length === 0 ? null : <QuickRow first={first} onPick={onPick} />}
      <div className="flex gap-2">
        <input
          type="search"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          aria-label={t("chat:emoji.search")}
          placeholder={t("chat:emoji.search")}
          className={cn(inputClass, "h-9 touch-target flex-1")}
        />
        <ToneButton tone={tone} onTone={changeTone} />
      </div>
      {query.trim() === "" ? <GroupTabs value={group} hasEmotes={emotes.size > 0} onChange={setGroup} /> : null}
      <Body groups={groups} query={query} group={group} tone={tone} emotes={emotes} onPick={onPick} />
    </>
  );
}

type BodyProps = Readonly<{
  groups: readonly EmojiGroup[] | "failed" | null;
  query: string;
  group: string;
  tone: number;
  emotes: ReadonlyMap<string, string>;
  onPick: (emote: string) => void;
}>;

function Body({ groups, query, group, tone, emotes, onPick }: BodyProps) {
  const { t } = useTranslation();
  if (groups === "failed") return <p className="p-4 text-center text-sm text-muted">{t("chat:emoji.failed")}</p>;
  if (groups === null) return <Skeleton className="h-56" />;
  const choices = choicesOf(groups, query, group, tone, emotes);
  if (choices.length === 0) return <p className="p-4 text-center text-sm text-muted">{t("chat:emoji.none")}</p>;
  // Another group begins at its beginning.
  return <EmojiGrid key={`${group} ${query}`} choices={choices} emotes={emotes} onPick={onPick} />;
}

function choicesOf(
  groups: readonly EmojiGroup[],
  query: string,
  group: string,
  tone: number,
  emotes: ReadonlyMap<string, string>,
): readonly EmojiChoice[] {
  const searched = query.trim().toLowerCase();
  const own = [...emotes.keys()]
    .filter((name) => (searched === "" ? group === "emotes" : name.includes(searched)))
    .map((name) => ({ emote: `:${name}:`, name }));
  const found = searched === "" ? (groups.find(({ key }) => key === group)?.emoji ?? []) : findEmoji(groups, searched);
  return [...own, ...found.map((emoji) => ({ emote: withTone(emoji, tone), name: emoji.name }))];
}

function useEmoji(): readonly EmojiGroup[] | "failed" | null {
  const [groups, setGroups] = useState<readonly EmojiGroup[] | "failed" | null>(null);
  useEffect(() => {
    let isShown = true;
    loadEmoji().then(
      (loaded) => isShown && setGroups(loaded),
      () => isShown && setGroups("failed"),
    );
    return () => {
      isShown = false;
    };
  }, []);
  return groups;
}

function QuickRow({ first, onPick }: { first: readonly string[]; onPick: (emote: string) => void }) {
  const { t } = useTranslation();
  return (
    <div role="group" aria-label={t("chat:emoji.quick")} className="flex justify-between">
      {first.map((emote) => (
        <button
          key={emote}
          type="button"
          onClick={() => onPick(emote)}
          aria-label={t("chat:react", { emote })}
          className="size-9 rounded-sm text-lg hover:bg-hover pointer-coarse:size-10"
        >
          <Emote emote={emote} emotes={NONE} />
        </button>
      ))}
    </div>
  );
}

const NONE: ReadonlyMap<string, string> = new Map();

const TABS = [
  ["emotes", "⭐"],
  ["smileys", "😀"],
  ["people", "👋"],
  ["nature", "🐱"],
  ["food", "🍎"],
  ["travel", "🚗"],
  ["activities", "⚽"],
  ["objects", "💡"],
  ["symbols", "❤️"],
  ["flags", "🏁"],
] as const;

function GroupTabs(props: { value: string; hasEmotes: boolean; onChange: (group: string) => void }) {
  const { t } = useTranslation();
  const tabs = TABS.filter(([key]) => key !== "emotes" || props.hasEmotes);
  return (
    <div role="group" aria-label={t("chat:emoji.groups")} className="flex justify-between border-b border-line pb-1">
      {tabs.map(([key, picture]) => (
        <button
          key={key}
          type="button"
          title={t(`chat:emoji.group.${key}`)}
          aria-label={t(`chat:emoji.group.${key}`)}
          aria-pressed={props.value === key}
          onClick={() => props.onChange(key)}
          className="size-8 rounded-sm text-md grayscale hover:bg-hover aria-pressed:bg-pressed aria-pressed:grayscale-0 pointer-coarse:h-10"
        >
          <span aria-hidden>{picture}</span>
        </button>
      ))}
    </div>
  );
}

const TONES = ["✋", "✋🏻", "✋🏼", "✋🏽", "✋🏾", "✋🏿"] as const;

function ToneButton({ tone, onTone }: { tone: number; onTone: (tone: number) => void }) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      title={t("chat:emoji.tone")}
      aria-label={t("chat:emoji.toneIs", { tone: t(`chat:emoji.tones.${tone}`) })}
      onClick={() => onTone((tone + 1) % TONES.length)}
      className="size-9 shrink-0 touch-target rounded-sm text-lg hover:bg-hover"
    >
      <span aria-hidden>{TONES[tone]}</span>
    </button>
  );
}
