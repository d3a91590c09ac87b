/** The last picture, held over a <video> while what it plays is exchanged: nobody sees black in between. */

/** Longer than any exchange that goes well takes. */
const MOST_MS = 1500;

/** Shows it until the video shows a new frame. Does nothing where there is no picture yet. */
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
  const end = (): void => canvas.remove();
  const timer = setTimeout(end, MOST_MS);
  afterNextFrame(video, () => {
    clearTimeout(timer);
    end();
  });
}

/** The frame of the old source may still be on its way: the second one is surely new. */
function afterNextFrame(video: HTMLVideoElement, then: () => void): void {
  if (typeof video.requestVideoFrameCallback !== "function") return;
  video.addEventListener("loadeddata", () => video.requestVideoFrameCallback(then), { once: true });
}
