/** One small picture of the ring. */
import { useEffect, useRef } from "react";
import { cn } from "../../ui/cn.ts";
import { type Frame, FRAME_PX } from "./frame-ring.ts";

/** An empty stage when there is no picture of that moment. */
export function FramePicture({ frame, className }: { frame: Frame | undefined; className?: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = frame?.picture;
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const { width, height } = FRAME_PX;
    context.clearRect(0, 0, width, height);
    // One that was given up in the meantime has no size any more.
    if (picture !== undefined && picture.width > 0) context.drawImage(picture, 0, 0, width, height);
  }, [picture]);
  return (
    <canvas
      ref={canvas}
      aria-hidden
      width={FRAME_PX.width}
      height={FRAME_PX.height}
      className={cn("block bg-stage object-cover", className)}
    />
  );
}
