import { expect, test } from "vitest";
import { NativeHls } from "./native-hls.ts";

/** A <video> of a phone, as far as positions go: before its metadata it has no window and forgets where it was put. */
class PhoneVideo extends EventTarget {
  src = "";
  #currentTime = 0;
  hasMetadata = false;
  duration = Number.NaN;
  seekable = { length: 0, start: () => 20, end: () => 80 };

  get currentTime(): number {
    return this.#currentTime;
  }
  set currentTime(sec: number) {
    if (this.hasMetadata) this.#currentTime = sec;
  }
  load(): void {
    this.hasMetadata = true;
    this.seekable.length = 1;
    this.dispatchEvent(new Event("loadedmetadata"));
  }
  removeAttribute(): void {
    this.src = "";
  }
}

function open(startAtSec: number | undefined): PhoneVideo {
  const video = new PhoneVideo();
  const options = { url: () => "/live/b/index.m3u8", startAtSec, onTrouble: () => undefined };
  expect(new NativeHls(video as unknown as HTMLVideoElement, options)).toBeDefined();
  return video;
}

test("a link to a time begins there, and only once", () => {
  const video = open(15);
  video.load();
  expect(video.currentTime).toBe(35);
  video.currentTime = 50;
  // Opened anew after trouble.
  video.load();
  expect(video.currentTime).toBe(50);
});

test("without a time the browser decides", () => {
  const video = open(undefined);
  video.load();
  expect(video.currentTime).toBe(0);
});
