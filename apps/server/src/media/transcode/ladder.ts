/** Which transcoded renditions a program gets: from what the channel wants and what the source sends. Pure. */
import type { MediaSettings } from "@rostrum/contract/channels";
import type { VideoTrack } from "@rostrum/media/sample";

/** What a channel wants; changes while the program runs are followed. */
export type LadderWish = Pick<MediaSettings, "ladder" | "ladderRungs">;

/** One transcoded rendition. `name` stays the same for a size, whatever the source. `heightPx` is the shorter side, as in "720p". */
export type Rung = Readonly<{
  name: string;
  heightPx: number;
  width: number;
  height: number;
  videoBitrateBps: number;
}>;

type Picture = Pick<VideoTrack, "widthPx" | "heightPx">;

/** Above this a picture of 1080 lines needs more bits. */
const HIGH_RATE_FPS = 45;
const FULL_HD = { heightPx: 1080, videoBitrateBps: 4_500_000, highRateBps: 6_000_000 };
const AUTO: MediaSettings["ladderRungs"] = [
  { heightPx: FULL_HD.heightPx, videoBitrateBps: FULL_HD.videoBitrateBps },
  { heightPx: 720, videoBitrateBps: 2_500_000 },
  { heightPx: 480, videoBitrateBps: 1_500_000 },
  { heightPx: 360, videoBitrateBps: 800_000 },
];

/**
 * The rungs below the source, highest first. Sizes are even; nothing is made larger.
 * @param fps frames a second of the source; undefined: not known
 */
export function rungsFor(wish: LadderWish, source: Picture, fps: number | undefined): Rung[] {
  const shortPx = Math.min(source.widthPx, source.heightPx);
  return wanted(wish, fps).flatMap(({ heightPx, videoBitrateBps }, index) => {
    if (heightPx >= shortPx) return [];
    const width = even((source.widthPx * heightPx) / shortPx);
    const height = even((source.heightPx * heightPx) / shortPx);
    return [{ name: `v${index + 1}`, heightPx, width, height, videoBitrateBps }];
  });
}

/** Whether two choices of rungs need the same encoders. */
export function sameRungs(one: readonly Rung[], other: readonly Rung[]): boolean {
  const words = (rungs: readonly Rung[]): string =>
    rungs.map(({ name, width, height, videoBitrateBps }) => [name, width, height, videoBitrateBps].join()).join(" ");
  return words(one) === words(other);
}

function wanted({ ladder, ladderRungs }: LadderWish, fps = 0): MediaSettings["ladderRungs"] {
  if (ladder === "passthrough") return [];
  if (ladder === "custom") {
    return ladderRungs.toSorted((a, b) => b.heightPx - a.heightPx || b.videoBitrateBps - a.videoBitrateBps);
  }
  return AUTO.map((rung) =>
    rung.heightPx === FULL_HD.heightPx && fps > HIGH_RATE_FPS
      ? { ...rung, videoBitrateBps: FULL_HD.highRateBps }
      : rung,
  );
}

const even = (value: number): number => Math.max(2, 2 * Math.round(value / 2));
