/** From what was read back from disk to the segments of a window. Pure. */
import type { LiveInit, LiveSegment, RenditionWindow } from "../package/rendition-window.ts";
import type { StoredRendition, StoredWindow } from "./recover.ts";

/** Fills a rendition of a new window, which begins at the first stored number. */
export function restoreRendition(window: RenditionWindow, stored: StoredRendition): void {
  const inits = new Map<string, LiveInit>(stored.inits.map((init) => [init.name, init]));
  for (const init of inits.values()) window.addInit(init);
  for (const line of stored.segments) {
    const init = inits.get(line.init);
    if (init === undefined) continue;
    const segment: LiveSegment = {
      msn: line.msn,
      name: line.name,
      init,
      discontinuity: line.discontinuity,
      discontinuityTags: line.tags,
      startTicks: line.startTicks,
      durationTicks: line.durationTicks,
      sizeBytes: line.sizeBytes,
      samples: line.samples,
      wallMs: line.wallMs,
      parts: undefined,
      stored: true,
      gap: line.gap,
    };
    window.restore(segment);
  }
}

/** Names of the renditions that the newest tracks had. */
export function currentRenditions(stored: StoredWindow): string[] {
  const newest = Math.max(...stored.renditions.map((one) => one.segments.at(-1)?.discontinuity ?? 0));
  return stored.renditions.filter((one) => one.segments.at(-1)?.discontinuity === newest).map((one) => one.name);
}
