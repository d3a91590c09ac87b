/** A page of forms: one column, a way back, the name of what is set. */
import { ChevronLeft } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";

/** `note` stands beside the title, `actions` at the end of its row. */
export function SettingsPage({
  title,
  back,
  note,
  actions,
  children,
}: {
  title: ReactNode;
  back?: { to: string; label: string };
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="mx-auto flex w-full max-w-180 flex-col gap-6">
      <header className="flex flex-col gap-2">
        {back ? (
          <Link
            to={back.to}
            className="-ml-1 inline-flex touch-target items-center gap-1 self-start rounded-sm text-sm text-muted hover:text-text"
          >
            <ChevronLeft aria-hidden className="size-4" />
            {back.label}
          </Link>
        ) : null}
        <div className="flex flex-wrap items-center justify-between gap-3">
          <h1 className="flex min-w-0 flex-wrap items-center gap-3 text-xl font-semibold">
            {title}
            {note}
          </h1>
          {actions}
        </div>
      </header>
      {children}
    </div>
  );
}
