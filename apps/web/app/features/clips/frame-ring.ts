/** Small pictures of what was just watched, for choosing where a clip begins and ends without moving the player. */
import { mediaSecOf } from "../../lib/media-time.ts";

/** `atMs` is media time. */
export type Frame = Readonly<{ atMs: number; picture: ImageBitmap }>;

export const FRAME_PX = { width: 192, height: 108 } as const;
const EVERY_MS = 2000;
const KEPT_MS = 100_000;
const MAX_FRAMES = 60;

export interface FrameRing {
  /** Oldest first. The pictures belong to the ring. */
  frames(): readonly Frame[];
  /** Forgets everything and stops. */
  close(): void;
}

/** Looks every two seconds at the video that `find` gives; a video that cannot be read yet is passed over. */
export function startFrameRing(find: () => HTMLVideoElement | null): FrameRing {
  let kept: Frame[] = [];
  let busy = false;
  let closed = false;
  const look = async (video: HTMLVideoElement): Promise<void> => {
    const atMs = mediaSecOf(video) * 1000;
    const { width: resizeWidth, height: resizeHeight } = FRAME_PX;
    const picture = await createImageBitmap(video, { resizeWidth, resizeHeight, resizeQuality: "low" });
    if (closed) picture.close();
    else kept = keep(kept, { atMs, picture });
  };
  const timer = setInterval(() => {
    const video = find();
    if (busy || document.hidden || video === null || video.readyState < 2 || video.videoWidth === 0) return;
    busy = true;
    // A frame that cannot be read, for instance in the middle of a change of size, is one picture less.
    look(video)
      .catch(() => undefined)
      .finally(() => (busy = false));
  }, EVERY_MS);
  return {
    frames: () => kept,
    close() {
      closed = true;
      clearInterval(timer);
      for (const { picture } of kept) picture.close();
      kept = [];
    },
  };
}

/** In order of media time, whatever way the viewer jumped; what is too old or doubled goes. */
function keep(frames: readonly Frame[], added: Frame): Frame[] {
  const newestMs = Math.max(added.atMs, frames.at(-1)?.atMs ?? 0);
  const stays = (frame: Frame): boolean =>
    newestMs - frame.atMs <= KEPT_MS && Math.abs(frame.atMs - added.atMs) >= EVERY_MS / 2;
  for (const frame of frames) if (!stays(frame)) frame.picture.close();
  const all = [...frames.filter(stays), added].toSorted((a, b) => a.atMs - b.atMs);
  for (const { picture } of all.slice(0, -MAX_FRAMES)) picture.close();
  return all.slice(-MAX_FRAMES);
}

/** The picture nearest to a moment; undefined when none is within `withinMs`. */
export function frameNear(frames: readonly Frame[], atMs: number, withinMs = EVERY_MS * 1.5): Frame | undefined {
  let best: Frame | undefined;
  for (const frame of frames) {
    if (best === undefined || Math.abs(frame.atMs - atMs) < Math.abs(best.atMs - atMs)) best = frame;
  }
  return best !== undefined && Math.abs(best.atMs - atMs) <= withinMs ? best : undefined;
}
