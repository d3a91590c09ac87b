/** Keys that hold on every page: Ctrl or ⌘ with K, "?" and "/". */
import { useEffect } from "react";

/** Not while typing, except for the palette's own key. */
export function useShellKeys(openPalette: () => void, openSheet: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.altKey) return;
      const withCommand = event.ctrlKey || event.metaKey;
      if (withCommand && event.key.toLowerCase() === "k") openPalette();
      else if (withCommand || isBusy(event.target)) return;
      else if (event.key === "?") openSheet();
      else if (event.key === "/") focusSearch(openPalette);
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [openPalette, openSheet]);
}

function focusSearch(otherwise: () => void): void {
  const input = document.querySelector<HTMLInputElement>("header input[type=search]");
  if (input?.checkVisibility()) input.focus();
  else otherwise();
}

function isBusy(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest(
      "input, textarea, select, [contenteditable=true], [role=dialog], [role=alertdialog], [role=menu]",
    ) !== null
  );
}
