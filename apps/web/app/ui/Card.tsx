/** A bordered surface, and the section of a page or form that sits on one. */
import type { ComponentProps, ReactNode } from "react";
import { cn } from "./cn.ts";

/** One-pixel border, no shadow. */
export function Card({ className, ...rest }: ComponentProps<"div">) {
  return <div {...rest} className={cn("rounded-md border border-line bg-surface", className)} />;
}

/** A titled card. `footer` is a quiet row below a line: a note on the left, the action on the right. */
export function Section({
  title,
  description,
  actions,
  footer,
  children,
  id,
  className,
}: {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  footer?: ReactNode;
  children?: ReactNode;
  id?: string;
  className?: string;
}) {
  return (
    <section id={id} className={cn("rounded-md border border-line bg-surface", className)}>
      <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-4 pt-4 sm:px-5 sm:pt-5">
        <div className="min-w-0">
          <h2 className="text-md font-semibold">{title}</h2>
          {description ? <p className="mt-1 max-w-prose text-sm text-muted">{description}</p> : null}
        </div>
        {actions}
      </header>
      <div className="px-4 pt-4 pb-4 sm:px-5 sm:pb-5">{children}</div>
      {footer ? (
        <footer className="flex flex-wrap items-center justify-between gap-3 border-t border-line px-4 py-3 text-sm text-faint sm:px-5">
          {footer}
        </footer>
      ) : null}
    </section>
  );
}
