/** Something is under way and how long it takes is unknown. */
import { LoaderCircle } from "lucide-react";
import { cn } from "./cn.ts";

/** `label` is what a screen reader says; leave it out where the text beside it already says so. */
export function Spinner({ label, className }: { label?: string; className?: string }) {
  return (
    <span role={label ? "status" : undefined} className={cn("inline-flex size-4", className)}>
      <LoaderCircle aria-hidden className="size-full animate-spin" />
      {label ? <span className="sr-only">{label}</span> : null}
    </span>
  );
}
