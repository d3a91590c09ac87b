/**
 * The player's keys. On watch and embed pages letters and digits work anywhere but in text fields, unless the viewer switched
 * them off (WCAG 2.1.4); keys that scroll belong to the page as long as the focus is not in the player.
 */
import { type RefObject, useEffect } from "react";
import type { PlayerEngine } from "./engine.ts";
import { readPreferences } from "./preferences.ts";
import { rememberVolume } from "./use-engine.ts";

export type PlayerActions = Readonly<{
  toggleFullscreen: () => void;
  toggleTheatre: (() => void) | undefined;
  togglePictureInPicture: () => void;
  toggleStats: () => void;
}>;

/** Shown by the page's shortcut sheet: keys and the message that explains them. */
export const PLAYER_SHORTCUTS = [
  { keys: ["K", "Space"], message: "player:keys.play" },
  { keys: ["M"], message: "player:keys.mute" },
  { keys: ["↑", "↓"], message: "player:keys.volume" },
  { keys: ["←", "→"], message: "player:keys.seek5" },
  { keys: ["J", "L"], message: "player:keys.seek10" },
  { keys: ["0 – 9"], message: "player:keys.jump" },
  { keys: ["End"], message: "player:keys.live" },
  { keys: ["F"], message: "player:keys.fullscreen" },
  { keys: ["T"], message: "player:keys.theatre" },
  { keys: ["P"], message: "player:keys.pip" },
  { keys: ["S"], message: "player:keys.stats" },
] as const;

export function useShortcuts(
  root: RefObject<HTMLElement | null>,
  engine: PlayerEngine | null,
  everywhere: boolean,
  actions: PlayerActions,
): void {
  useEffect(() => {
    const target = everywhere ? document : root.current;
    if (!target || !engine) return;
    const onKey = (event: Event): void => {
      if (!(event instanceof KeyboardEvent) || event.defaultPrevented) return;
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === " " && event.target instanceof HTMLElement && event.target.closest("button, a, [role=menu]"))
        return;
      if (!mayAct(event.key, root.current)) return;
      if (handle(event.key, engine, actions)) event.preventDefault();
    };
    target.addEventListener("keydown", onKey);
    return () => target.removeEventListener("keydown", onKey);
  });
}

const SCROLLING = new Set([" ", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"]);

function mayAct(key: string, root: HTMLElement | null): boolean {
  if (root !== null && (root.contains(document.activeElement) || document.fullscreenElement === root)) return true;
  if (!SCROLLING.has(key)) return readPreferences().letterKeys;
  const page = document.documentElement;
  return page.scrollHeight <= page.clientHeight;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  // Menus, dialogs and sliders have arrow keys of their own.
  return (
    target.closest(
      "input, textarea, select, [contenteditable=true], [role=menu], [role=dialog], [role=alertdialog]",
    ) !== null
  );
}

/** True when the key was ours. */
function handle(key: string, engine: PlayerEngine, actions: PlayerActions): boolean {
  const { currentSec, startSec, edgeSec, volume, muted } = engine.state();
  const seek = (bySec: number): void => engine.seek(currentSec + bySec);
  const louder = (by: number): void => {
    engine.setVolume(Math.round((volume + by) * 20) / 20);
    rememberVolume(engine);
  };
  if (/^[0-9]$/.test(key)) {
    engine.seek(startSec + ((edgeSec - startSec) * Number(key)) / 10);
    return true;
  }
  const act: Record<string, (() => void) | undefined> = {
    " ": () => engine.toggle(),
    k: () => engine.toggle(),
    m: () => {
      engine.setMuted(!muted);
      rememberVolume(engine);
    },
    ArrowUp: () => louder(0.05),
    ArrowDown: () => louder(-0.05),
    ArrowLeft: () => seek(-5),
    ArrowRight: () => seek(5),
    j: () => seek(-10),
    l: () => seek(10),
    Home: () => engine.seek(startSec),
    End: () => (engine.state().live ? engine.goLive() : engine.seek(edgeSec)),
    f: actions.toggleFullscreen,
    t: actions.toggleTheatre,
    p: actions.togglePictureInPicture,
    s: actions.toggleStats,
  };
  const chosen = act[key.length === 1 ? key.toLowerCase() : key];
  chosen?.();
  return chosen !== undefined;
}
