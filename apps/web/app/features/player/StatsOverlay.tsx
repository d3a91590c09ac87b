/** Figures for people who want to know. Never announced; `S` shows and hides it. */
import { X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PlayerEngine } from "./engine.ts";
import type { EngineState, EngineTotals } from "./engine-state.ts";
import { PlayerButton } from "./PlayerButton.tsx";
import { latencyText, rateText } from "./time-text.ts";

const UNKNOWN = "–";

function rows(
  state: EngineState,
  totals: EngineTotals,
  video: HTMLVideoElement | null,
  source: string,
): ReadonlyArray<readonly [string, string]> {
  const size = video && video.videoWidth > 0 ? `${video.videoWidth} × ${video.videoHeight}` : UNKNOWN;
  return [
    ["source", source],
    ["latency", latencyRow(state, totals)],
    ["buffer", `${Math.max(0, state.bufferedSec - state.currentSec).toFixed(2)} s`],
    ["rate", `${state.rate.toFixed(2)} ×`],
    ["join", totals.joinMs === null ? UNKNOWN : `${totals.joinMs} ms`],
    ["stalls", `${totals.stalls} (${(totals.stalledMs / 1000).toFixed(1)} s)`],
    ["size", size],
    ["bitrate", totals.bitrateBps === null ? UNKNOWN : rateText(totals.bitrateBps)],
    ...(totals.network === null ? [] : [["network", networkRow(totals.network)] as const]),
    ["frames", `${totals.shownFrames} (−${totals.droppedFrames})`],
    ["error", totals.lastError ?? UNKNOWN],
  ];
}

function latencyRow({ latencySec }: EngineState, { targetSec }: EngineTotals): string {
  if (latencySec === null) return UNKNOWN;
  return targetSec === null ? latencyText(latencySec) : `${latencyText(latencySec)} → ${targetSec.toFixed(2)} s`;
}

function networkRow({ jitterMs, lostShare }: NonNullable<EngineTotals["network"]>): string {
  return `${Math.round(jitterMs)} ms, ${(lostShare * 100).toFixed(1)} %`;
}

export function StatsOverlay(props: {
  engine: PlayerEngine;
  state: EngineState;
  video: HTMLVideoElement | null;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [totals, setTotals] = useState(() => props.engine.totals());
  useEffect(() => {
    const timer = setInterval(() => setTotals(props.engine.totals()), 500);
    return () => clearInterval(timer);
  }, [props.engine]);
  return (
    <div className="absolute top-3 left-3 z-10 max-w-[calc(100%-24px)] rounded-md bg-scrim p-3 pr-10 text-xs text-on-picture backdrop-blur-sm">
      <dl className="grid grid-cols-[auto_auto] gap-x-4 gap-y-0.5">
        {rows(props.state, totals, props.video, t(`player:statSource.${props.state.source}`)).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-on-picture/70">{t(`player:stat.${name}`)}</dt>
            <dd className="font-mono tabular">{value}</dd>
          </div>
        ))}
      </dl>
      <PlayerButton
        label={t("player:closeStats")}
        icon={<X aria-hidden />}
        onClick={props.onClose}
        className="absolute top-1 right-1 size-7 [&>svg]:size-4"
      />
    </div>
  );
}
