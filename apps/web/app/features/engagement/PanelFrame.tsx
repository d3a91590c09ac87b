/** What stands beside the chat: a part of the page that scrolls in itself. */
import type { ReactNode } from "react";

/** `footer` stays in view, such as a field to write in. */
export function PanelFrame({ title, children, footer }: { title: string; children: ReactNode; footer?: ReactNode }) {
  return (
    <section aria-label={title} className="relative flex h-full min-h-0 flex-col bg-canvas">
      <h2 className="sr-only">{title}</h2>
      <div
        // It scrolls: reachable by keyboard even where nothing in it can be pressed.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        role="group"
        aria-label={title}
        className="relative min-h-0 flex-1 overflow-y-auto focus-visible:-outline-offset-2"
      >
        {children}
      </div>
      {footer}
    </section>
  );
}

/** Nothing there yet: what this is, and what to do. */
export function PanelEmpty({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <div className="flex h-full min-h-40 flex-col items-center justify-center gap-1 px-6 text-center text-sm text-muted [&>svg]:mb-2 [&>svg]:size-6 [&>svg]:text-icon">
      {icon}
      <p className="font-medium text-text">{title}</p>
      <p>{children}</p>
    </div>
  );
}
