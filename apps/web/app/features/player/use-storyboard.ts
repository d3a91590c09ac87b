/** Loads a recording's storyboard when there is one. */
import { useEffect, useState } from "react";
import { type Tile, parseStoryboard } from "./storyboard.ts";

const NONE: readonly Tile[] = [];

/** Empty until it is there; the seek bar works without. */
export function useStoryboard(url: string | null | undefined): readonly Tile[] {
  const [loaded, setLoaded] = useState({ url: "", tiles: NONE });
  useEffect(() => {
    if (!url) return;
    const leaving = new AbortController();
    const load = async (): Promise<void> => {
      const response = await fetch(url, { signal: leaving.signal });
      if (response.ok) setLoaded({ url, tiles: parseStoryboard(await response.text(), response.url) });
    };
    load().catch(() => undefined); // Without pictures the bar shows the time alone.
    return () => leaving.abort();
  }, [url]);
  return loaded.url === url ? loaded.tiles : NONE;
}
