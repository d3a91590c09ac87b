/** Nothing here yet: what this is, and one action. */
import type { ReactNode } from "react";
import { cn } from "./cn.ts";

/** `icon` is one lucide icon. */
export function EmptyState({
  icon,
  title,
  children,
  action,
  className,
}: {
  icon?: ReactNode;
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
  className?: string;
}) {
  return (
    <div
      className={cn(
        "flex flex-col items-center rounded-md border border-dashed border-line-strong px-6 py-12 text-center",
        className,
      )}
    >
      {icon ? (
        <span
          aria-hidden
          className="mb-4 inline-flex size-10 items-center justify-center rounded-md border border-line bg-surface text-icon [&>svg]:size-5"
        >
          {icon}
        </span>
      ) : null}
      <p className="text-md font-semibold text-balance">{title}</p>
      {children ? <div className="mt-1 max-w-[46ch] text-base text-pretty text-muted">{children}</div> : null}
      {action ? <div className="mt-5 flex flex-wrap justify-center gap-2">{action}</div> : null}
    </div>
  );
}
