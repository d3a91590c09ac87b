/** Says how far behind live one is, and brings one back. */
import { useTranslation } from "react-i18next";
import type { PlayerEngine } from "./engine.ts";
import type { EngineState } from "./engine-state.ts";
import { clockText, latencyText } from "./time-text.ts";

export function LiveButton({ engine, state }: { engine: PlayerEngine; state: EngineState }) {
  const { t } = useTranslation();
  if (!state.live) {
    return (
      <span className="px-1.5 text-sm text-on-picture tabular">
        {clockText(state.currentSec - state.startSec)}
        <span className="text-on-picture/65"> / {clockText(state.edgeSec - state.startSec)}</span>
      </span>
    );
  }
  const { behind, latencySec } = state;
  const distance = latencySec === null ? null : behind ? `-${clockText(latencySec)}` : latencyText(latencySec);
  return (
    <button
      type="button"
      onClick={() => engine.goLive()}
      className="inline-flex h-9 touch-target items-center gap-2 rounded-sm px-2 text-sm font-medium whitespace-nowrap text-on-picture tabular transition-colors hover:bg-on-picture/15 focus-visible:outline-on-picture"
    >
      <span aria-hidden className={`size-2 rounded-full ${behind ? "bg-on-picture/50" : "bg-live"}`} />
      {behind ? t("player:goLive") : t("player:live")}
      {distance === null ? null : <span className="font-normal text-on-picture/75">{distance}</span>}
    </button>
  );
}
