/** Dragging a panel by its handle, with any pointer. */
import { type ComponentProps, type PointerEvent, useEffect, useRef, useState } from "react";
import type { Target } from "./layout.ts";

/** What the pointer is over: columns from left to right, with their panels from top to bottom; client pixels. */
export type Ground = readonly Readonly<{
  left: number;
  right: number;
  panels: readonly Readonly<{ id: string; top: number; bottom: number }>[];
}>[];

/** Above the first panel of the column whose middle is below the pointer. Null beside the columns. */
export function targetAt(ground: Ground, x: number, y: number): Target | null {
  const column = ground.findIndex(({ left, right }) => x >= left && x <= right);
  const over = ground[column];
  if (over === undefined) return null;
  const below = over.panels.find(({ top, bottom }) => y < (top + bottom) / 2);
  return { column, before: below?.id ?? null };
}

function readGround(): Ground {
  return [...document.querySelectorAll<HTMLElement>("[data-column]")].map((column) => {
    const { left, right } = column.getBoundingClientRect();
    const panels = [...column.querySelectorAll<HTMLElement>("[data-panel]")].map((panel) => {
      const { top, bottom } = panel.getBoundingClientRect();
      return { id: panel.dataset["panel"] ?? "", top, bottom };
    });
    return { left, right, panels };
  });
}

export type Drag = Readonly<{ id: string; target: Target | null }>;

/** `drag` is what is under way. Escape calls it off; so does letting go beside the columns. */
export function usePanelDrag(onDrop: (id: string, target: Target) => void) {
  const [drag, setDrag] = useState<Drag | null>(null);
  // Pointers move faster than pages are drawn.
  const latest = useRef<Drag | null>(null);
  const change = (next: Drag | null): void => {
    latest.current = next;
    setDrag(next);
  };
  const isDragging = drag !== null;
  useEffect(() => {
    if (!isDragging) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      latest.current = null;
      setDrag(null);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [isDragging]);
  const gripOf = (id: string): ComponentProps<"span"> => ({
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0) return;
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      change({ id, target: null });
    },
    onPointerMove(event: PointerEvent) {
      if (latest.current?.id === id) change({ id, target: targetAt(readGround(), event.clientX, event.clientY) });
    },
    onPointerUp() {
      const last = latest.current;
      change(null);
      if (last?.id === id && last.target !== null) onDrop(id, last.target);
    },
    onPointerCancel: () => change(null),
  });
  return { drag, gripOf };
}
