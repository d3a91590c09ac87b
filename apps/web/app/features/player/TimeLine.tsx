/** The bar under the picture: the window that can be watched, what is buffered, where one is. Drag, click or arrow keys. */
import { type PointerEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PlayerEngine } from "./engine.ts";
import type { EngineState } from "./engine-state.ts";
import { SeekHint } from "./SeekHint.tsx";
import { type Tile, chapterAt, tileAt } from "./storyboard.ts";
import { clockText } from "./time-text.ts";

/** A place in a recording that has a name; `atMs` counts from its beginning. */
export type PlayerChapter = Readonly<{ title: string; atMs: number }>;

const LEAST_WINDOW_SEC = 12;

export function TimeLine(props: {
  engine: PlayerEngine;
  state: EngineState;
  chapters: readonly PlayerChapter[];
  tiles: readonly Tile[];
}) {
  const { engine, state, tiles } = props;
  const { t } = useTranslation();
  const bar = useRef<HTMLDivElement>(null);
  const [hoverShare, setHoverShare] = useState<number | null>(null);
  const [dragSec, setDragSec] = useState<number | null>(null);
  const { startSec, edgeSec, live, currentSec, bufferedSec } = state;
  const lengthSec = Math.max(edgeSec - startSec, 0.001);
  // They count from the recording's beginning; a live window has another one.
  const chapters = live ? [] : props.chapters.filter(({ atMs }) => atMs > 0 && atMs < lengthSec * 1000);
  // A live window of a few seconds is nothing to seek in.
  if (live && lengthSec < LEAST_WINDOW_SEC) return <div className="h-4" />;

  const atEdge = live && !state.behind && dragSec === null && (state.latencySec ?? 0) < LEAST_WINDOW_SEC;
  const shownSec = dragSec ?? (atEdge ? edgeSec : currentSec);
  const share = (sec: number): number => Math.min(1, Math.max(0, (sec - startSec) / lengthSec));
  const hintSec = dragSec ?? (hoverShare === null ? undefined : startSec + hoverShare * lengthSec);
  const label = (sec: number): string => {
    if (!live) return clockText(sec - startSec);
    const back = edgeSec - sec;
    return back < 2 ? t("player:live") : `-${clockText(back)}`;
  };
  const shareOf = (event: PointerEvent): number => {
    const box = bar.current?.getBoundingClientRect();
    return box ? Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) : 0;
  };
  const secAt = (event: PointerEvent): number => startSec + shareOf(event) * lengthSec;

  return (
    <div
      ref={bar}
      className="group/time relative flex h-4 cursor-pointer touch-none items-center [@media(pointer:coarse)]:h-7"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragSec(secAt(event));
      }}
      onPointerMove={(event) => {
        setHoverShare(shareOf(event));
        if (dragSec !== null) setDragSec(secAt(event));
      }}
      onPointerUp={(event) => {
        if (dragSec !== null) engine.seek(secAt(event));
        setDragSec(null);
      }}
      onPointerCancel={() => setDragSec(null)}
      onPointerLeave={() => setHoverShare(null)}
    >
      <div className="relative h-1 w-full overflow-hidden rounded-full bg-on-picture/25 transition-[height] group-hover/time:h-1.5">
        <div className="absolute inset-y-0 left-0 bg-on-picture/35" style={{ width: `${share(bufferedSec) * 100}%` }} />
        <div
          className={`absolute inset-y-0 left-0 ${atEdge ? "bg-live" : "bg-on-picture"}`}
          style={{ width: `${share(shownSec) * 100}%` }}
        />
      </div>
      <div
        aria-hidden
        className="pointer-events-none absolute size-3 -translate-x-1/2 rounded-full bg-on-picture opacity-0 transition-opacity group-hover/time:opacity-100 group-has-focus-visible/time:opacity-100"
        style={{ left: `${share(shownSec) * 100}%` }}
      />
      {chapters.map(({ atMs }) => (
        <span
          key={atMs}
          aria-hidden
          className="pointer-events-none absolute h-1.5 w-0.5 -translate-x-1/2 bg-stage"
          style={{ left: `${share(startSec + atMs / 1000) * 100}%` }}
        />
      ))}
      {hintSec !== undefined ? (
        <SeekHint
          share={hintSec === undefined ? 0 : share(hintSec)}
          text={label(hintSec ?? startSec)}
          chapter={hintSec === undefined ? undefined : chapterAt(chapters, hintSec - startSec)?.title}
          tile={live || hintSec === undefined ? undefined : tileAt(tiles, hintSec - startSec)}
        />
      ) : null}
      {/* The slider that keyboards and screen readers use; the pointer is handled above. */}
      <input
        type="range"
        className="pointer-events-none absolute inset-0 w-full opacity-0"
        aria-label={t("player:seek")}
        aria-valuetext={label(shownSec)}
        min={0}
        max={Math.round(lengthSec)}
        step={5}
        value={Math.round(shownSec - startSec)}
        onChange={(event) => engine.seek(startSec + Number(event.target.value))}
      />
    </div>
  );
}
