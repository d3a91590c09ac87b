/** The mark of a show in a corner of its picture. */
import type { Watermark as Mark } from "@rostrum/contract/broadcasts";
import { type RefObject, useEffect, useState } from "react";

type Size = Readonly<{ widthPx: number; heightPx: number }>;

/** Parts of the picture's width and height. */
const SIZE = 0.16;
const BESIDE = 0.03;
const ABOVE = 0.04;

/**
 * Under the controls, and nothing that a pointer or a screen reader meets. Fitted in as the video is, so that it stands in the picture
 * and not on the bars beside it; there is none before there is a picture.
 */
export function Watermark({ url, corner, video }: Mark & Readonly<{ video: RefObject<HTMLVideoElement | null> }>) {
  const size = usePictureSize(video);
  if (size === null) return null;
  const { widthPx, heightPx } = size;
  const isLeft = corner === "top-left" || corner === "bottom-left";
  const isTop = corner === "top-left" || corner === "top-right";
  return (
    <svg
      aria-hidden
      data-watermark
      viewBox={`0 0 ${widthPx} ${heightPx}`}
      preserveAspectRatio="xMidYMid meet"
      className="pointer-events-none absolute inset-0 size-full opacity-80 select-none"
    >
      <image
        href={url}
        x={widthPx * (isLeft ? BESIDE : 1 - BESIDE - SIZE)}
        y={heightPx * (isTop ? ABOVE : 1 - ABOVE - SIZE)}
        width={widthPx * SIZE}
        height={heightPx * SIZE}
        preserveAspectRatio={`${isLeft ? "xMin" : "xMax"}${isTop ? "YMin" : "YMax"} meet`}
      />
    </svg>
  );
}

/** As it is to be shown; changes with the source. Null while there is none. */
function usePictureSize(video: RefObject<HTMLVideoElement | null>): Size | null {
  const [size, setSize] = useState<Size | null>(null);
  useEffect(() => {
    const element = video.current;
    if (element === null) return;
    const gone = new AbortController();
    const read = (): void => {
      const { videoWidth: widthPx, videoHeight: heightPx } = element;
      if (widthPx > 0 && heightPx > 0) setSize({ widthPx, heightPx });
    };
    read();
    for (const name of ["loadedmetadata", "resize"]) element.addEventListener(name, read, { signal: gone.signal });
    return () => gone.abort();
  }, [video]);
  return size;
}
