/** A silent preview of a live show while its card is pointed at or has the focus. hls.js is loaded with the first one. */
import type { Broadcast } from "@rostrum/contract/broadcasts";
import { type RefObject, useEffect, useRef, useState } from "react";

/** Long enough that a pointer on its way somewhere else starts nothing. */
const DWELL_MS = 350;

/** `video` stands inside an element with `data-preview`, whose pointer and focus count. */
export function usePreview(broadcast: Pick<Broadcast, "id" | "state">): {
  video: RefObject<HTMLVideoElement | null>;
  playing: boolean;
} {
  const video = useRef<HTMLVideoElement>(null);
  const [playing, setPlaying] = useState(false);
  const { id, state } = broadcast;
  useEffect(() => {
    const element = video.current;
    const card = element?.closest<HTMLElement>("[data-preview]");
    if (!element || !card || state !== "live" || !wanted()) return;
    let stop: AbortController | null = null;
    const begin = (): void => {
      if (stop) return;
      stop = new AbortController();
      void play(element, `/live/${id}/index.m3u8`, stop.signal, setPlaying);
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
  }, [id, state]);
  return { video, playing };
}

/** Not on phones, not for people who want less movement or less data. */
function wanted(): boolean {
  const saves = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
  return matchMedia("(hover: hover)").matches && !matchMedia("(prefers-reduced-motion: reduce)").matches && !saves;
}

async function play(
  video: HTMLVideoElement,
  url: string,
  signal: AbortSignal,
  onPlaying: (playing: boolean) => void,
): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, DWELL_MS));
  if (signal.aborted) return;
  const { default: Hls } = await import("hls.js");
  if (signal.aborted || !Hls.isSupported()) return;
  // The smallest rendition: it is a small picture.
  const hls = new Hls({ startLevel: 0, maxBufferLength: 4, capLevelToPlayerSize: true });
  signal.addEventListener("abort", () => {
    hls.destroy();
    video.removeAttribute("src");
    video.load();
  });
  video.addEventListener("playing", () => onPlaying(true), { signal });
  hls.autoLevelCapping = 0;
  hls.loadSource(url);
  hls.attachMedia(video);
  await video.play().catch(() => undefined); // The still picture stays.
}
