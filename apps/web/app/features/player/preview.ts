/** A silent moving picture of a live show, for cards. The engine is loaded with the first one. */

/** Plays until `signal` aborts, in the smallest rendition. `onPlaying` when there is a picture. When it cannot play, nothing happens. */
export async function playPreview(
  video: HTMLVideoElement,
  broadcastId: string,
  signal: AbortSignal,
  onPlaying: () => void,
): Promise<void> {
  const { PlayerEngine } = await import("./engine.ts");
  if (signal.aborted) return;
  video.muted = true;
  const engine = new PlayerEngine(video, {
    url: `/live/${broadcastId}/index.m3u8`,
    mode: "stable",
    live: true,
    autoplay: true,
    smallest: true,
  });
  engine.onFirstFrame(onPlaying);
  signal.addEventListener("abort", () => engine.close());
  engine.start();
}
