/** Takes one picture: by click, by drop, by paste of a file. */
import { ImageUp } from "lucide-react";
import { type DragEvent, type ReactNode, useId, useState } from "react";
import { cn } from "./cn.ts";
import { Spinner } from "./Spinner.tsx";

/** `preview` fills the area once there is a picture. `accept` is a list of media types. */
export function FileDrop({
  label,
  hint,
  accept,
  busy = false,
  error,
  preview,
  onFile,
  className,
}: {
  label: string;
  hint: string;
  accept: string;
  busy?: boolean;
  error?: string | null;
  preview?: ReactNode;
  onFile: (file: File) => void;
  className?: string;
}) {
  const id = useId();
  const [over, setOver] = useState(false);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  };
  return (
    <div className={cn("flex flex-col gap-1.5", className)}>
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
        className={cn(
          "group relative flex aspect-video items-center justify-center overflow-hidden rounded-md border border-dashed border-control bg-canvas transition-colors focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent-text hover:bg-hover",
          over && "border-accent-text bg-accent-tint",
          preview ? "border-solid border-line" : null,
        )}
      >
        {preview}
        <label
          htmlFor={id}
          className={cn(
            "absolute inset-0 flex cursor-pointer flex-col items-center justify-center gap-2 p-4 text-center text-sm font-medium",
            preview
              ? "bg-scrim text-on-picture opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100"
              : "text-muted",
            busy && "opacity-100",
          )}
        >
          {busy ? <Spinner className="size-5" /> : <ImageUp aria-hidden className="size-5" />}
          {label}
        </label>
        <input
          id={id}
          type="file"
          accept={accept}
          disabled={busy}
          aria-describedby={`${id}-note`}
          className="sr-only"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) onFile(file);
            event.target.value = "";
          }}
        />
      </div>
      <p
        id={`${id}-note`}
        role={error ? "alert" : undefined}
        className={cn("text-xs", error ? "text-live-text" : "text-faint")}
      >
        {error ?? hint}
      </p>
    </div>
  );
}
