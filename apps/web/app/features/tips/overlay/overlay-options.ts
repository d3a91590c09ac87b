/** The parameters of the tips overlay, from its address. Pure. */

/**
 * - `sizePx`: of the text, 12–80 · `place`: the edge at which tips appear · `hasGoal`: the channel's goal stands there all the time
 * - `isPlain`: without the dark ground behind
 */
export type TipOverlayOptions = Readonly<{
  sizePx: number;
  place: "top" | "bottom";
  hasGoal: boolean;
  isPlain: boolean;
}>;

/** What is missing or makes no sense has its default. */
export function tipOverlayOptions(params: URLSearchParams): TipOverlayOptions {
  const size = Number(params.get("size") ?? "");
  const isSize = params.get("size")?.trim() !== "" && params.has("size") && Number.isFinite(size);
  return {
    sizePx: isSize ? Math.min(80, Math.max(12, Math.round(size))) : 28,
    place: params.get("place") === "top" ? "top" : "bottom",
    hasGoal: params.get("goal") === "1",
    isPlain: params.get("background") === "0",
  };
}
