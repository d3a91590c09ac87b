/** True after three seconds in which nobody moved the pointer, touched or used the keyboard inside `root`. */
import { type RefObject, useEffect, useState } from "react";

const IDLE_AFTER_MS = 3000;

export function useIdle(root: RefObject<HTMLElement | null>, enabled: boolean): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    const element = root.current;
    if (!element || !enabled) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const rest = (): void => {
      // Somebody is at a control with the keyboard, or a menu is open: leave it.
      const busy = element.querySelector(":focus-visible, [data-state=open]") !== null;
      if (busy) timer = setTimeout(rest, IDLE_AFTER_MS);
      else setIdle(true);
    };
    const wake = (): void => {
      setIdle(false);
      clearTimeout(timer);
      timer = setTimeout(rest, IDLE_AFTER_MS);
    };
    for (const name of ["pointermove", "pointerdown", "keydown", "focusin"]) {
      element.addEventListener(name, wake, { signal: stop.signal });
    }
    element.addEventListener("pointerleave", () => setIdle(true), { signal: stop.signal });
    wake();
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [root, enabled]);
  return enabled && idle;
}
