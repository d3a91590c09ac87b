/** One row under the time line. Fades after three seconds without a hand on it. */
import { Maximize, Minimize, Pause, PictureInPicture2, Play, RectangleHorizontal, RotateCcw } from "lucide-react";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import type { PlayerEngine } from "./engine.ts";
import type { EngineState } from "./engine-state.ts";
import type { Mode } from "./latency-ladder.ts";
import { LiveButton } from "./LiveButton.tsx";
import { PlayerButton } from "./PlayerButton.tsx";
import { PlayerMenu } from "./PlayerMenu.tsx";
import type { Tile } from "./storyboard.ts";
import { type PlayerChapter, TimeLine } from "./TimeLine.tsx";
import type { PlayerActions } from "./use-shortcuts.ts";
import { VolumeControl } from "./VolumeControl.tsx";

export function PlayerControls(props: {
  root: RefObject<HTMLElement | null>;
  engine: PlayerEngine;
  state: EngineState;
  mode: Mode;
  onMode: (mode: Mode) => void;
  actions: PlayerActions;
  theatre: boolean;
  fullscreen: boolean;
  stats: boolean;
  hidden: boolean;
  compact: boolean;
  chapters: readonly PlayerChapter[];
  tiles: readonly Tile[];
}) {
  const { engine, state, actions, hidden, compact } = props;
  const { t } = useTranslation();
  // Controls exist in the browser only: the engine is there.
  const pip = document.pictureInPictureEnabled;
  const running = state.phase === "playing" || state.phase === "buffering";
  const PlayIcon = state.phase === "ended" ? RotateCcw : running ? Pause : Play;
  return (
    <div
      className={`absolute inset-x-0 bottom-0 bg-linear-to-t from-stage/85 to-transparent px-3 pt-10 pb-2 transition-opacity duration-200 ${hidden ? "pointer-events-none opacity-0" : "opacity-100"}`}
    >
      {compact ? null : <TimeLine engine={engine} state={state} chapters={props.chapters} tiles={props.tiles} />}
      <div className="flex items-center gap-1">
        <PlayerButton
          label={running ? t("player:pause") : t("player:play")}
          shortcut="K"
          icon={<PlayIcon aria-hidden className="fill-current" />}
          onClick={() => (state.phase === "ended" ? engine.seek(state.startSec) : undefined, engine.toggle())}
        />
        <VolumeControl engine={engine} state={state} />
        <LiveButton engine={engine} state={state} />
        <span className="flex-1" />
        <PlayerMenu
          container={props.root}
          engine={engine}
          state={state}
          mode={props.mode}
          onMode={props.onMode}
          stats={props.stats}
          onStats={actions.toggleStats}
        />
        {pip && !compact ? (
          <PlayerButton
            label={t("player:pip")}
            shortcut="P"
            icon={<PictureInPicture2 aria-hidden />}
            onClick={actions.togglePictureInPicture}
            className="max-sm:hidden"
          />
        ) : null}
        {actions.toggleTheatre ? (
          <PlayerButton
            label={props.theatre ? t("player:leaveTheatre") : t("player:theatre")}
            shortcut="T"
            aria-pressed={props.theatre}
            icon={<RectangleHorizontal aria-hidden />}
            onClick={actions.toggleTheatre}
            className="max-lg:hidden"
          />
        ) : null}
        <PlayerButton
          label={props.fullscreen ? t("player:leaveFullscreen") : t("player:fullscreen")}
          shortcut="F"
          icon={props.fullscreen ? <Minimize aria-hidden /> : <Maximize aria-hidden />}
          onClick={actions.toggleFullscreen}
        />
      </div>
    </div>
  );
}
