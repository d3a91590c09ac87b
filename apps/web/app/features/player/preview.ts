/** A silent moving picture of a live show, for cards. hls.js is loaded with the first one. */

/** Plays until `signal` aborts, in the smallest rendition. `onPlaying` when there is a picture. When it cannot play, nothing happens. */
export async function playPreview(
  video: HTMLVideoElement,
  broadcastId: string,
  signal: AbortSignal,
  onPlaying: () => void,
): Promise<void> {
  const { default: Hls } = await import("hls.js");
  if (signal.aborted || !Hls.isSupported()) return;
  const hls = new Hls({ startLevel: 0, maxBufferLength: 4, capLevelToPlayerSize: true });
  signal.addEventListener("abort", () => {
    hls.destroy();
    video.removeAttribute("src");
    video.load();
  });
  video.addEventListener("playing", onPlaying, { signal });
  hls.autoLevelCapping = 0;
  hls.loadSource(`/live/${broadcastId}/index.m3u8`);
  hls.attachMedia(video);
  await video.play().catch(() => undefined); // The still picture stays.
}
