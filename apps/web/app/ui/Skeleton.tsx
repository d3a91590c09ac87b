/** The shape of what is coming. */
import { cn } from "./cn.ts";

/** Give it the size of the real thing by `className`. Hidden from screen readers: the region that loads says so. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cn("block animate-shimmer rounded-sm bg-hover", className)} />;
}
