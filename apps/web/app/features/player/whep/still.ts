/** The last picture, held over a <video> while what it plays is exchanged: nobody sees black in between. */

/** What waits for longer is said in words, over the picture. */
const MOST_MS = 10_000;

/** Shows it until the video shows a new frame, or plays sound alone. Does nothing where there is no picture yet. */
export function holdStill(video: HTMLVideoElement): void {
  const { videoWidth: width, videoHeight: height, parentElement } = video;
  if (width === 0 || parentElement === null || document.hidden) return;
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.ariaHidden = "true";
  const picture = canvas.getContext("2d");
  if (picture === null) return;
  picture.drawImage(video, 0, 0, width, height);
  // As the video itself lies: over it, under everything else.
  canvas.className = "pointer-events-none absolute inset-0 size-full object-contain";
  video.after(canvas);
  const ended = new AbortController();
  const { signal } = ended;
  const wait = (): ReturnType<typeof setTimeout> => setTimeout(() => ended.abort(), MOST_MS);
  let timer = wait();
  // The time for which a browser kept the page does not count.
  const again = (): void => {
    clearTimeout(timer);
    timer = wait();
  };
  addEventListener("pageshow", again, { signal });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    canvas.remove();
  });
  afterNextFrame(video, ended);
}

/** The frame of the old source may still be on its way: what comes after the new one has loaded is surely new. */
function afterNextFrame(video: HTMLVideoElement, ended: AbortController): void {
  const { signal } = ended;
  const end = (): void => ended.abort();
  const onLoaded = (): void => {
    const hasFrames = video.videoWidth > 0 && typeof video.requestVideoFrameCallback === "function";
    if (hasFrames) video.requestVideoFrameCallback(end);
    else video.addEventListener("playing", end, { once: true, signal });
  };
  video.addEventListener("loadeddata", onLoaded, { once: true, signal });
}
