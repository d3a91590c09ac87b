/** A word in a pill: a tag, or a filter that can be on. */
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Link, type To } from "react-router";
import { cn } from "./cn.ts";

const base =
  "inline-flex h-8 shrink-0 items-center gap-1.5 rounded-full border px-3 text-sm font-medium whitespace-nowrap transition-colors [&>svg]:size-4 pointer-coarse:h-10";
const off = "border-line bg-surface text-muted hover:border-line-strong hover:text-text [&>svg]:text-icon";
const on = "border-text bg-text text-canvas [&>svg]:text-canvas";

/** A filter as a link, so that it works before scripts do and stands in the URL. */
export function ChipLink({ to, active = false, children }: { to: To; active?: boolean; children: ReactNode }) {
  return (
    <Link to={to} preventScrollReset aria-current={active ? "true" : undefined} className={cn(base, active ? on : off)}>
      {children}
    </Link>
  );
}

/** A tag; with `onRemove` it carries a button named `removeLabel`. */
export function Chip({
  children,
  onRemove,
  removeLabel,
}: {
  children: ReactNode;
  onRemove?: () => void;
  removeLabel?: string;
}) {
  return (
    <span className="inline-flex h-6 items-center gap-1 rounded-full bg-hover px-2.5 text-xs text-muted">
      {children}
      {onRemove ? (
        <button
          type="button"
          onClick={onRemove}
          aria-label={removeLabel}
          className="-mr-1 inline-flex size-4 items-center justify-center rounded-full hover:bg-pressed hover:text-text"
        >
          <X aria-hidden className="size-3" />
        </button>
      ) : null}
    </span>
  );
}
