/** Small pictures of a recording for the seek bar: WebVTT whose cues name a sprite and a box in it (`#xywh=`). */

/** One picture; `untilSec` is exclusive. */
export type Tile = Readonly<{
  fromSec: number;
  untilSec: number;
  url: string;
  xPx: number;
  yPx: number;
  widthPx: number;
  heightPx: number;
}>;

const CUE = /^(\S+) --> (\S+)[^\n]*\n(\S+)#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)$/gm;
const CLOCK = /^(?:(\d+):)?(\d\d):(\d\d(?:\.\d{1,3})?)$/;

/** Cues without a picture are passed over. @param base address of the text */
export function parseStoryboard(text: string, base: string): Tile[] {
  return [...text.replaceAll("\r\n", "\n").matchAll(CUE)].flatMap(([, from, until, uri, x, y, width, height]) => {
    const fromSec = secondsOf(from);
    const untilSec = secondsOf(until);
    if (fromSec === undefined || untilSec === undefined || uri === undefined) return [];
    const box = { xPx: Number(x), yPx: Number(y), widthPx: Number(width), heightPx: Number(height) };
    return [{ fromSec, untilSec, url: new URL(uri, base).href, ...box }];
  });
}

function secondsOf(clock: string | undefined): number | undefined {
  const [, hours = "0", minutes, seconds] = CLOCK.exec(clock ?? "") ?? [];
  return minutes === undefined ? undefined : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

/** The picture for `sec`, counted from the beginning of the recording. */
export function tileAt(tiles: readonly Tile[], sec: number): Tile | undefined {
  return (
    tiles.find(({ fromSec, untilSec }) => sec >= fromSec && sec < untilSec) ?? (sec >= 0 ? tiles.at(-1) : undefined)
  );
}

/** The last chapter that began at or before `sec`. */
export function chapterAt<T extends Readonly<{ atMs: number }>>(chapters: readonly T[], sec: number): T | undefined {
  return chapters.findLast(({ atMs }) => atMs <= sec * 1000);
}
