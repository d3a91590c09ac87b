/** The bar under the picture: the window that can be watched, what is buffered, where one is. Drag, click or arrow keys. */
import { type PointerEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PlayerEngine } from "./engine.ts";
import type { EngineState } from "./engine-state.ts";
import { clockText } from "./time-text.ts";

const LEAST_WINDOW_SEC = 12;

export function TimeLine({ engine, state }: { engine: PlayerEngine; state: EngineState }) {
  const { t } = useTranslation();
  const bar = useRef<HTMLDivElement>(null);
  const [hoverShare, setHoverShare] = useState<number | null>(null);
  const [dragSec, setDragSec] = useState<number | null>(null);
  const { startSec, edgeSec, live, currentSec, bufferedSec } = state;
  const lengthSec = Math.max(edgeSec - startSec, 0.001);
  // A live window of a few seconds is nothing to seek in.
  if (live && lengthSec < LEAST_WINDOW_SEC) return <div className="h-4" />;

  const atEdge = live && !state.behind && dragSec === null && (state.latencySec ?? 0) < LEAST_WINDOW_SEC;
  const shownSec = dragSec ?? (atEdge ? edgeSec : currentSec);
  const share = (sec: number): number => Math.min(1, Math.max(0, (sec - startSec) / lengthSec));
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
      {hoverShare !== null || dragSec !== null ? (
        <span
          aria-hidden
          className="pointer-events-none absolute bottom-full mb-1.5 -translate-x-1/2 rounded-sm bg-scrim px-1.5 py-0.5 text-xs text-on-picture tabular"
          style={{
            left: `clamp(24px, ${(dragSec === null ? (hoverShare ?? 0) : share(dragSec)) * 100}%, calc(100% - 24px))`,
          }}
        >
          {label(dragSec ?? startSec + (hoverShare ?? 0) * lengthSec)}
        </span>
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
