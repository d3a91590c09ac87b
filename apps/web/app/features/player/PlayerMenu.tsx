/** The gear: latency, quality, speed of recordings, statistics. It opens inside the player so that full screen shows it. */
import { Check, Settings } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { type ReactNode, type RefObject, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PlayerEngine } from "./engine.ts";
import type { EngineState } from "./engine-state.ts";
import { MODES, type Mode } from "./latency-ladder.ts";
import { PlayerButton } from "./PlayerButton.tsx";
import { readPreferences, savePreferences } from "./preferences.ts";
import { rateText } from "./time-text.ts";

const SPEEDS = [0.5, 1, 1.25, 1.5, 2] as const;

export function PlayerMenu(props: {
  container: RefObject<HTMLElement | null>;
  engine: PlayerEngine;
  state: EngineState;
  mode: Mode;
  onMode: (mode: Mode) => void;
  stats: boolean;
  onStats: () => void;
}) {
  const { engine, state, mode, onMode, stats, onStats } = props;
  const { t } = useTranslation();
  const [letterKeys, setLetterKeys] = useState(() => readPreferences().letterKeys);
  const allowed = MODES.slice(MODES.indexOf(state.ceiling));
  const shownMode = allowed.includes(mode) ? mode : state.ceiling;
  // Trouble may have moved the show to more patience than was asked for.
  const hint = (choice: Mode): string => {
    if (choice !== shownMode) return t(`player:modeHint.${choice}`);
    if (state.mode !== choice) return t("player:modeLowered", { mode: t(`player:mode.${state.mode}`) });
    return state.webRtcLack === null ? t(`player:modeHint.${choice}`) : t(`player:withoutWebRtc.${state.webRtcLack}`);
  };
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <PlayerButton label={t("player:settings")} icon={<Settings aria-hidden />} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={props.container.current}>
        <DropdownMenu.Content
          align="end"
          side="top"
          sideOffset={8}
          collisionBoundary={props.container.current}
          collisionPadding={8}
          className="z-10 max-h-(--radix-dropdown-menu-content-available-height) max-w-(--radix-dropdown-menu-content-available-width) min-w-56 animate-float-in overflow-y-auto rounded-md bg-surface p-1 text-text shadow-float"
        >
          {state.live ? (
            <Group label={t("player:latency")}>
              {allowed.map((choice) => (
                <Choice key={choice} chosen={shownMode === choice} onSelect={() => choose(choice)}>
                  {t(`player:mode.${choice}`)}
                  <span className="block text-xs text-faint">{hint(choice)}</span>
                </Choice>
              ))}
            </Group>
          ) : (
            <Group label={t("player:speed")}>
              {SPEEDS.map((speed) => (
                <Choice key={speed} chosen={state.rate === speed} onSelect={() => engine.setSpeed(speed)}>
                  {`${speed} ×`}
                </Choice>
              ))}
            </Group>
          )}
          {state.qualities.length > 0 ? (
            <Group label={t("player:quality")}>
              <Choice chosen={state.quality === -1} onSelect={() => engine.setQuality(-1)}>
                {state.shownHeightPx > 0 ? t("player:autoWith", { height: state.shownHeightPx }) : t("player:auto")}
              </Choice>
              {state.qualities.length > 1
                ? state.qualities.map((quality) => (
                    <Choice
                      key={quality.index}
                      chosen={state.quality === quality.index}
                      onSelect={() => engine.setQuality(quality.index)}
                    >
                      {quality.name || t("player:source")}
                      <span className="ml-2 text-xs text-faint tabular">{rateText(quality.bitrateBps)}</span>
                    </Choice>
                  ))
                : null}
            </Group>
          ) : null}
          <DropdownMenu.Separator className="mx-1 my-1 h-px bg-line" />
          <Choice chosen={stats} onSelect={onStats}>
            {t("player:stats")}
          </Choice>
          <Choice chosen={letterKeys} onSelect={switchLetterKeys}>
            {t("player:letterKeys")}
          </Choice>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );

  function switchLetterKeys(): void {
    savePreferences({ letterKeys: !letterKeys });
    setLetterKeys(!letterKeys);
  }

  function choose(choice: Mode): void {
    savePreferences({ mode: choice });
    onMode(choice);
  }
}

const itemClass =
  "touch-target flex items-center gap-2 rounded-sm px-2.5 py-1.5 text-base outline-none select-none data-highlighted:bg-hover";

function Group({ label, children }: { label: string; children: ReactNode }) {
  return (
    <DropdownMenu.Group>
      <DropdownMenu.Label className="px-2.5 pt-2 pb-1 text-xs text-faint">{label}</DropdownMenu.Label>
      {children}
    </DropdownMenu.Group>
  );
}

function Choice({ chosen, onSelect, children }: { chosen: boolean; onSelect: () => void; children: ReactNode }) {
  return (
    <DropdownMenu.CheckboxItem checked={chosen} onSelect={onSelect} className={itemClass}>
      <span className="flex-1">{children}</span>
      <DropdownMenu.ItemIndicator>
        <Check aria-hidden className="size-4 text-accent-text" />
      </DropdownMenu.ItemIndicator>
    </DropdownMenu.CheckboxItem>
  );
}
