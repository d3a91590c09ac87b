/** The messages, as far as they are in view. Stays at its end until the reader scrolls up. */
import type { ChatMessage } from "@rostrum/contract/chat";
import { ArrowDown } from "lucide-react";
import { type FocusEvent, type KeyboardEvent, type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "../../ui/cn.ts";
import { useRowWindow } from "./use-row-window.ts";

export type ListRow = Readonly<{ key: string; message: ChatMessage | null; pending?: string }>;

export type MessageListProps = Readonly<{
  rows: readonly ListRow[];
  /** `isActive`: the row is pointed at or has the focus. `setBusy` keeps it so while its menu is open. */
  draw: (row: ListRow, isActive: boolean, setBusy: (busy: boolean) => void) => ReactNode;
  onReading: (isReading: boolean) => void;
  onTop: () => void;
  /** The key Escape leads back here. */
  onLeave: () => void;
  empty: ReactNode;
}>;

const TOP_PX = 120;

export function MessageList({ rows, draw, onReading, onTop, onLeave, empty }: MessageListProps) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | null>(null);
  const [hasFocus, setHasFocus] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const keys = rows.map(({ key }) => key);
  const view = useRowWindow(box, keys, hasFocus || isBusy);
  const { sticks } = view;
  useEffect(() => onReading(!sticks), [sticks, onReading]);
  const changeBusy = useCallback((busy: boolean) => {
    setBusy(busy);
    // A menu that is gone with the focus in it has not said so: the list would hold still for ever.
    if (!busy && document.activeElement === document.body) setHasFocus(false);
  }, []);
  const unread = useUnread(rows, sticks);

  const onKeyDown = (event: KeyboardEvent): void => {
    // Keys of a row's menu come here, too, although it stands elsewhere on the page.
    if (!(event.target instanceof Node) || !box.current?.contains(event.target)) return;
    if (event.key === "Escape" && !isBusy) return onLeave();
    if (event.key === "End") view.toEnd();
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    step(box.current, event.key === "ArrowDown" ? 1 : -1);
  };
  const onScroll = (): void => {
    view.onScroll();
    if ((box.current?.scrollTop ?? TOP_PX) < TOP_PX) onTop();
  };
  const onBlur = (event: FocusEvent): void => {
    if (box.current?.contains(event.relatedTarget)) return;
    setHasFocus(false);
  };
  return (
    <div className="relative min-h-0 flex-1">
      {/* Scrolled and walked through with the keyboard: the arrow keys go from message to message. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={box}
        role="log"
        // What is new is read aloud by the announcer: not each of two hundred a second.
        aria-live="off"
        aria-label={t("chat:messages")}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
        onBlur={onBlur}
        onPointerLeave={(event) => event.pointerType === "mouse" && !isBusy && setActive(null)}
        className="absolute inset-0 overflow-x-hidden overflow-y-auto overscroll-contain py-2 [overflow-anchor:none] focus-visible:-outline-offset-2"
      >
        {rows.length === 0 ? empty : <div style={{ height: view.abovePx }} />}
        {rows.slice(view.from, view.to).map((row) => (
          // What can be done with a row are its own buttons; a tap or the focus only brings them up.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
          <div
            key={row.key}
            data-key={row.key}
            role="article"
            tabIndex={-1}
            aria-label={labelOf(row, t)}
            onFocus={() => {
              setHasFocus(true);
              setActive(row.key);
            }}
            // Not "enter": a row that takes the place of one on its way, under a mouse that rests, is never entered.
            onPointerOver={(event) => event.pointerType === "mouse" && !isBusy && setActive(row.key)}
            onClick={() => setActive(row.key)}
            className={cn("relative", row.key === active && "bg-hover/60 focus-visible:-outline-offset-2")}
          >
            {draw(row, row.key === active, changeBusy)}
          </div>
        ))}
        <div style={{ height: view.belowPx }} />
      </div>
      {sticks || rows.length === 0 ? null : (
        <button
          type="button"
          onClick={() => {
            (document.activeElement as HTMLElement | null)?.blur();
            setActive(null);
            setHasFocus(false);
            view.toEnd();
          }}
          className="absolute bottom-3 left-1/2 inline-flex h-8 touch-target -translate-x-1/2 items-center gap-1.5 rounded-full border border-line-strong bg-surface px-3 text-sm font-medium whitespace-nowrap shadow-float hover:bg-hover"
        >
          <ArrowDown aria-hidden className="size-4" />
          {unread === 0 ? t("chat:toEnd") : t("chat:unread", { count: unread })}
        </button>
      )}
    </div>
  );
}

/** How many came since the reader scrolled up. */
function useUnread(rows: readonly ListRow[], sticks: boolean): number {
  const last = rows.at(-1)?.key;
  const [seen, setSeen] = useState(last);
  if (sticks && seen !== last) setSeen(last);
  if (sticks || seen === undefined) return 0;
  const at = rows.findLastIndex(({ key }) => key === seen);
  return rows.length - 1 - at;
}

/** Moves the focus by one row; from outside of them to the last. */
function step(box: HTMLElement | null, by: 1 | -1): void {
  const drawn = [...(box?.querySelectorAll<HTMLElement>("[data-key]") ?? [])];
  const at = drawn.findIndex((row) => row.contains(document.activeElement));
  const next = at === -1 ? drawn.at(-1) : drawn[at + by];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

function labelOf({ message, pending }: ListRow, t: (key: string, values: Record<string, unknown>) => string): string {
  if (message === null) return pending ?? "";
  const text = message.state === "deleted" && message.text === "" ? t("chat:deleted", {}) : message.text;
  return message.author === null ? text : t("chat:saidBy", { name: message.author.displayName, text });
}
