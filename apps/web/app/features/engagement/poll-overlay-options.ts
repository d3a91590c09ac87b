/** The parameters of the poll overlay, from its address. Pure. */

/** `sizePx`: of the text, 10–60 · `keepSec`: a poll that ended stays so long, 0–600 · `place`: where it stands */
export type PollOverlayOptions = Readonly<{ sizePx: number; keepSec: number; place: "top" | "bottom" }>;

/** What is missing or makes no sense has its default. */
export function pollOverlayOptions(params: URLSearchParams): PollOverlayOptions {
  return {
    sizePx: numberOf(params.get("size"), 22, 10, 60),
    keepSec: numberOf(params.get("keep"), 15, 0, 600),
    place: params.get("place") === "top" ? "top" : "bottom",
  };
}

function numberOf(text: string | null, preset: number, least: number, most: number): number {
  const value = Number(text);
  if (text === null || text.trim() === "" || !Number.isFinite(value)) return preset;
  return Math.min(most, Math.max(least, Math.round(value)));
}
