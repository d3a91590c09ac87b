/** The parameters of the chat overlay, from its address. Pure. */

/**
 * - `sizePx`: of the text, 10–60 · `fadeSec`: messages go after it, 0 never, at most 600 · `direction`: where new ones come in
 * - `most`: messages at once, 1–50 · `isPlain`: without the dark ground behind each line
 */
export type OverlayOptions = Readonly<{
  sizePx: number;
  fadeSec: number;
  direction: "up" | "down";
  most: number;
  isPlain: boolean;
}>;

/** What is missing or makes no sense has its default. */
export function overlayOptions(params: URLSearchParams): OverlayOptions {
  return {
    sizePx: numberOf(params.get("size"), 20, 10, 60),
    fadeSec: numberOf(params.get("fade"), 0, 0, 600),
    direction: params.get("direction") === "down" ? "down" : "up",
    most: numberOf(params.get("max"), 20, 1, 50),
    isPlain: params.get("background") === "0",
  };
}

function numberOf(text: string | null, preset: number, least: number, most: number): number {
  const value = Number(text);
  if (text === null || text.trim() === "" || !Number.isFinite(value)) return preset;
  return Math.min(most, Math.max(least, Math.round(value)));
}
