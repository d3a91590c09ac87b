/** A silent preview of a live show while its card is pointed at or has the focus. */
import type { Broadcast } from "@rostrum/contract/broadcasts";
import { createContext, type RefObject, useContext, useEffect, useRef, useState } from "react";

/** Long enough that a pointer on its way somewhere else starts nothing. */
const DWELL_MS = 350;

/** Plays into `video` until `signal` aborts. */
export type PlayPreview = (
  video: HTMLVideoElement,
  broadcastId: string,
  signal: AbortSignal,
  onPlaying: () => void,
) => Promise<void>;

/** The player is another feature: the page hands it in. Without it pictures stand still. */
export const PreviewContext = createContext<PlayPreview | null>(null);

/** `video` stands inside an element with `data-preview`, whose pointer and focus count. */
export function usePreview(broadcast: Pick<Broadcast, "id" | "state" | "ageRestricted" | "registration">): {
  video: RefObject<HTMLVideoElement | null>;
  playing: boolean;
} {
  const video = useRef<HTMLVideoElement>(null);
  const [playing, setPlaying] = useState(false);
  const play = useContext(PreviewContext);
  const { id, state, ageRestricted, registration } = broadcast;
  // Whoever must say or do something first does so on its page.
  const isOpen = !ageRestricted && registration !== "required";
  useEffect(() => {
    const element = video.current;
    const card = element?.closest<HTMLElement>("[data-preview]");
    if (!element || !card || play === null || state !== "live" || !isOpen || !wanted()) return;
    let stop: AbortController | null = null;
    const begin = (): void => {
      if (stop) return;
      const mine = new AbortController();
      stop = mine;
      const timer = setTimeout(() => void play(element, id, mine.signal, () => setPlaying(true)), DWELL_MS);
      mine.signal.addEventListener("abort", () => clearTimeout(timer));
    };
    const end = (): void => {
      stop?.abort();
      stop = null;
      setPlaying(false);
    };
    for (const name of ["pointerenter", "focusin"]) card.addEventListener(name, begin);
    for (const name of ["pointerleave", "focusout"]) card.addEventListener(name, end);
    return () => {
      end();
      for (const name of ["pointerenter", "focusin"]) card.removeEventListener(name, begin);
      for (const name of ["pointerleave", "focusout"]) card.removeEventListener(name, end);
    };
  }, [id, state, isOpen, play]);
  return { video, playing };
}

/** Not on phones, not for people who want less movement or less data. */
function wanted(): boolean {
  const saves = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
  return matchMedia("(hover: hover)").matches && !matchMedia("(prefers-reduced-motion: reduce)").matches && !saves;
}
