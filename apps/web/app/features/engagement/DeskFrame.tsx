/** One desk of the control room: what is done there, and what there is. */
import type { ReactNode } from "react";

/** The panel that it stands in shows its name. */
export function DeskFrame({ actions, children }: { actions?: ReactNode; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-3">
      {actions ? <div className="flex flex-wrap items-center justify-end gap-2">{actions}</div> : null}
      {children}
    </div>
  );
}

/** Nothing there yet: what to do. */
export function DeskEmpty({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <p className="flex items-start gap-2.5 rounded-md border border-dashed border-line-strong p-3 text-sm text-muted [&>svg]:mt-0.5 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-icon">
      {icon}
      <span>{children}</span>
    </p>
  );
}
