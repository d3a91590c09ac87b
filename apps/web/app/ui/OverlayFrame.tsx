/** The whole window of an overlay for OBS: nothing but what is in it, on the picture that shows through. */
import type { ReactNode } from "react";

/** `title` is read, not seen. */
export function OverlayFrame({ title, children }: { title?: string; children?: ReactNode }) {
  return (
    <main data-overlay data-embed data-scheme="dark" className="fixed inset-0">
      {title === undefined ? null : <h1 className="sr-only">{title}</h1>}
      {children}
    </main>
  );
}
