/** Watches a player's picture for the slate, and whether its element stays what it is. */
import type { Page } from "playwright-core";

/** What was shown since the watch began. `atMs` is Unix time. */
export type Shown = Readonly<{
  frames: ReadonlyArray<Readonly<{ atMs: number; isSlate: boolean; mediaSec: number; widthPx: number }>>;
  /** False as soon as the page has another element, or that one another address. */
  isSameElement: boolean;
  /** Events of the element that a viewer would notice as an end or a new begin. */
  breaks: readonly string[];
}>;

/** Tells the slate by its colour in all four corners. Call it when the player plays. */
export async function watchSlate(page: Page, colour: readonly [number, number, number]): Promise<void> {
  await page.evaluate((slate) => {
    const video = document.querySelector("video");
    if (video === null) throw new Error("no player");
    const canvas = document.createElement("canvas");
    canvas.width = 32;
    canvas.height = 18;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const source = video.currentSrc;
    const shown = { frames: [] as object[], breaks: [] as string[], isSameElement: true };
    Object.assign(globalThis, { __shown: shown });
    for (const name of ["ended", "emptied", "error", "abort"]) {
      video.addEventListener(name, () => shown.breaks.push(name));
    }
    const isNear = (x: number, y: number): boolean => {
      const pixel = context?.getImageData(x, y, 1, 1).data ?? [];
      return slate.every((one, n) => Math.abs(one - (pixel[n] ?? 0)) < 30);
    };
    const look = (): void => {
      context?.drawImage(video, 0, 0, canvas.width, canvas.height);
      const isSlate = isNear(1, 1) && isNear(30, 1) && isNear(1, 16) && isNear(30, 16);
      shown.frames.push({ atMs: Date.now(), isSlate, mediaSec: video.currentTime, widthPx: video.videoWidth });
      shown.isSameElement &&= document.querySelector("video") === video && video.currentSrc === source;
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  }, colour);
}

export async function readSlate(page: Page): Promise<Shown> {
  return page.evaluate(() => (globalThis as unknown as { __shown: Shown }).__shown);
}

/** What the element is doing, in words for a failure. */
export async function playerState(page: Page): Promise<string> {
  return page.evaluate(() => {
    const video = document.querySelector("video");
    if (video === null) return "is not there";
    const { currentTime, readyState, networkState, paused, playbackRate, buffered } = video;
    const ranges = Array.from({ length: buffered.length }, (_, n) => [buffered.start(n), buffered.end(n)]);
    const { frames } = (globalThis as unknown as { __shown: Shown }).__shown;
    const newest = frames.slice(-3);
    const now = Date.now();
    return JSON.stringify({ now, currentTime, readyState, networkState, paused, playbackRate, ranges, newest });
  });
}
