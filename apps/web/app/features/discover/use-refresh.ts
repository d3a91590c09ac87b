/** Lists of shows stay true while they are looked at: asked for again every 20 s, and when the page comes back into view. */
import { useEffect } from "react";
import { useRevalidator } from "react-router";

const EVERY_MS = 20_000;

export function useRefresh(): void {
  const { revalidate, state } = useRevalidator();
  useEffect(() => {
    const ask = (): void => {
      if (document.visibilityState === "visible" && state === "idle") void revalidate();
    };
    const timer = setInterval(ask, EVERY_MS);
    document.addEventListener("visibilitychange", ask);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", ask);
    };
  }, [revalidate, state]);
}
