/** Keys of the keyboard. */
import { Fragment } from "react";

/** `keys` are pressed together, for instance ["Ctrl", "K"]. */
export function Kbd({ keys }: { keys: readonly string[] }) {
  return (
    <span className="inline-flex items-center gap-1">
      {keys.map((key) => (
        <Fragment key={key}>
          <kbd className="inline-flex h-5 min-w-5 items-center justify-center rounded-sm border border-line-strong bg-canvas px-1 font-sans text-xs text-muted">
            {key}
          </kbd>
        </Fragment>
      ))}
    </span>
  );
}
