/** Emoji in rows of eight. One stop for the Tab key; arrow keys go from one to the next. WAI-ARIA, grid pattern. */
import { type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Emote } from "./Reactions.tsx";

export type EmojiChoice = Readonly<{ emote: string; name: string }>;

const COLUMNS = 8;

export function EmojiGrid(props: {
  choices: readonly EmojiChoice[];
  emotes: ReadonlyMap<string, string>;
  onPick: (emote: string) => void;
}) {
  const { choices, emotes, onPick } = props;
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = nextCell(event.key, active, choices.length);
    if (next === undefined) return;
    event.preventDefault();
    setActive(next);
    box.current?.querySelectorAll("button")[next]?.focus();
  };
  return (
    <div
      ref={box}
      role="grid"
      tabIndex={-1}
      aria-label={t("chat:emoji.grid")}
      onKeyDown={onKeyDown}
      className="h-56 overflow-y-auto overscroll-contain"
    >
      {rowsOf(choices).map((row, rowIndex) => (
        <div
          key={row[0]?.emote}
          role="row"
          className="grid grid-cols-8 [contain-intrinsic-size:auto_36px] [content-visibility:auto]"
        >
          {row.map(({ emote, name }, column) => {
            const index = rowIndex * COLUMNS + column;
            return (
              <div key={emote} role="gridcell">
                <button
                  type="button"
                  tabIndex={index === active ? 0 : -1}
                  title={name}
                  aria-label={name}
                  onFocus={() => setActive(index)}
                  onClick={() => onPick(emote)}
                  className="grid h-9 w-full place-items-center rounded-sm text-lg hover:bg-hover focus-visible:-outline-offset-2 pointer-coarse:h-11"
                >
                  <Emote emote={emote} emotes={emotes} className="h-6" />
                </button>
              </div>
            );
          })}
        </div>
      ))}
    </div>
  );
}

function rowsOf(choices: readonly EmojiChoice[]): readonly (readonly EmojiChoice[])[] {
  const rows: EmojiChoice[][] = [];
  for (let at = 0; at < choices.length; at += COLUMNS) rows.push(choices.slice(at, at + COLUMNS));
  return rows;
}

/** Undefined: the key means nothing here. */
function nextCell(key: string, active: number, count: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: COLUMNS,
    ArrowUp: -COLUMNS,
    Home: -active,
    End: count - 1 - active,
  };
  const step = steps[key];
  return step === undefined ? undefined : Math.min(count - 1, Math.max(0, active + step));
}
