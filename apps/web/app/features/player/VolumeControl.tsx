/** Mute and volume. The slider opens beside the button on hover and focus; phones have their own keys for it. */
import { Volume1, Volume2, VolumeX } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { PlayerEngine } from "./engine.ts";
import type { EngineState } from "./engine-state.ts";
import { PlayerButton } from "./PlayerButton.tsx";
import { rememberVolume } from "./use-engine.ts";

export function VolumeControl({ engine, state }: { engine: PlayerEngine; state: EngineState }) {
  const { t } = useTranslation();
  const silent = state.muted || state.volume === 0;
  const Icon = silent ? VolumeX : state.volume < 0.5 ? Volume1 : Volume2;
  return (
    <div className="group/volume flex items-center">
      <PlayerButton
        label={silent ? t("player:unmute") : t("player:mute")}
        shortcut="M"
        icon={<Icon aria-hidden />}
        onClick={() => {
          engine.setMuted(!silent);
          rememberVolume(engine);
        }}
      />
      <input
        type="range"
        aria-label={t("player:volume")}
        aria-valuetext={`${Math.round((silent ? 0 : state.volume) * 100)} %`}
        min={0}
        max={1}
        step={0.05}
        value={silent ? 0 : state.volume}
        onChange={(event) => {
          engine.setVolume(Number(event.target.value));
          rememberVolume(engine);
        }}
        className="h-1 w-0 cursor-pointer opacity-0 accent-on-picture transition-[width,opacity] group-hover/volume:mx-1 group-hover/volume:w-20 group-hover/volume:opacity-100 focus-visible:mx-1 focus-visible:w-20 focus-visible:opacity-100 [@media(pointer:coarse)]:hidden"
      />
    </div>
  );
}
