/** Media time of what a <video> shows: its own time, unless it plays a connection, whose times begin anywhere. */

/** Seconds of media time. */
export function mediaSecOf(video: HTMLVideoElement): number {
  return video.currentTime + Number(video.dataset["mediaOffset"] ?? 0);
}

/** Tells what has to be added to the video's own time; undefined: nothing. */
export function setMediaOffset(video: HTMLVideoElement, offsetSec: number | undefined): void {
  if (offsetSec === undefined) delete video.dataset["mediaOffset"];
  else video.dataset["mediaOffset"] = offsetSec.toFixed(3);
}
