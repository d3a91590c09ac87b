/** The player of every page: what to show for each state of the broadcast, and the picture with its controls. */
import type { Broadcast, Playback } from "@rostrum/contract/broadcasts";
import type { BroadcastState } from "@rostrum/contract/broadcast-state";
import { Play, VolumeX } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Spinner } from "../../ui/Spinner.tsx";
import type { PlayerEngine } from "./engine.ts";
import type { Mode } from "./latency-ladder.ts";
import { PlayerControls } from "./PlayerControls.tsx";
import { readPreferences } from "./preferences.ts";
import { Ended, Failed, Interrupted, NotStarted, Reconnecting, Undecodable } from "./StateScreen.tsx";
import { StatsOverlay } from "./StatsOverlay.tsx";
import type { PlayerChapter } from "./TimeLine.tsx";
import { rememberVolume, useEngine, useEngineState } from "./use-engine.ts";
import { useIdle } from "./use-idle.ts";
import { useStoryboard } from "./use-storyboard.ts";
import { type PlayerActions, useShortcuts } from "./use-shortcuts.ts";
import { Watermark } from "./Watermark.tsx";

export type PlayerProps = Readonly<{
  broadcast: Broadcast;
  /** Null when there is nothing to watch, or it is not known yet where. */
  playback: Playback | null;
  /** `monitor`: a small muted picture in a control room, not counted as a viewer. */
  variant: "watch" | "embed" | "monitor";
  autoplay?: boolean;
  muted?: boolean;
  controls?: boolean;
  startAtSec?: number;
  /** Of a recording: small pictures for the seek bar (WebVTT), and its chapters. */
  storyboardUrl?: string | null;
  chapters?: readonly PlayerChapter[];
  theatre?: boolean;
  onTheatreChange?: (theatre: boolean) => void;
  /** News that came with the beacon, earlier than the page's own poll. */
  onStateChange?: (state: BroadcastState, viewers: number) => void;
  /** Lies over the picture and under the controls, also in full screen. Must let clicks through. */
  over?: ReactNode;
  /** What plays now, for what goes with its picture; null when nothing does. */
  onEngine?: (engine: PlayerEngine | null) => void;
}>;

const AT_END_SEC = 1;
/** A click waits this long for a second one. */
const DOUBLE_CLICK_MS = 220;
const isOver = (state: BroadcastState): boolean => state === "ended" || state === "archived";

export function Player(props: PlayerProps) {
  const { broadcast, playback, variant } = props;
  const { t } = useTranslation();
  const corners = variant === "embed" ? "size-full" : "aspect-video w-full";
  return (
    <section
      aria-label={t("player:region", { title: broadcast.title })}
      data-scheme="dark"
      className={`relative isolate overflow-hidden bg-stage ${corners}`}
    >
      {/* A new token in the same address is no new source. */}
      <Content key={playback?.hlsUrl.split("?")[0] ?? "none"} {...props} />
    </section>
  );
}

function Content(props: PlayerProps) {
  const { broadcast, playback } = props;
  const { state } = broadcast;
  if (playback !== null) return <Picture {...props} playback={playback} />;
  if (state === "draft" || state === "scheduled") return <NotStarted broadcast={broadcast} />;
  if (isOver(state)) return <Ended broadcast={broadcast} replay={undefined} />;
  return <Waiting />;
}

function Picture(props: PlayerProps & { playback: Playback }) {
  const { broadcast, variant, playback, onStateChange, onEngine } = props;
  const root = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const onNews = useCallback(
    (news: { state: BroadcastState; viewers: number }) => onStateChange?.(news.state, news.viewers),
    [onStateChange],
  );
  const engine = useEngine(video, {
    broadcast,
    url: playback.hlsUrl,
    realtimeUrl: playback.realtimeUrl,
    whepUrl: playback.whepUrl,
    ceiling: playback.latencyMode,
    autoplay: props.autoplay ?? true,
    muted: props.muted ?? false,
    silent: variant === "monitor",
    startAtSec: props.startAtSec,
    onNews,
  });
  useEffect(() => {
    onEngine?.(engine);
    return () => onEngine?.(null);
  }, [engine, onEngine]);
  const clicked = useRef<ReturnType<typeof setTimeout>>(undefined);
  const onClick = (event: React.MouseEvent): void => {
    root.current?.focus({ preventScroll: true });
    // A tap brings the controls back, and they have a button for this.
    if (event.nativeEvent instanceof PointerEvent && event.nativeEvent.pointerType === "touch") return;
    clearTimeout(clicked.current);
    clicked.current = setTimeout(() => engine?.toggle(), DOUBLE_CLICK_MS);
  };
  const onDoubleClick = (): void => {
    clearTimeout(clicked.current);
    void toggleFullscreen(root.current, video.current);
  };
  return (
    <div ref={root} tabIndex={-1} className="group/player absolute inset-0 outline-none">
      {/* Captions come with the show's own tracks when it has them. */}
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption */}
      <video
        ref={video}
        playsInline
        muted={(props.muted ?? false) || variant === "monitor"}
        className="size-full object-contain"
        onClick={onClick}
        onDoubleClick={onDoubleClick}
      />
      {broadcast.watermark === null ? null : <Watermark {...broadcast.watermark} video={video} />}
      {props.over}
      {engine === null ? <Waiting /> : <Overlay {...props} engine={engine} root={root} video={video} />}
    </div>
  );
}

type OverlayProps = PlayerProps &
  Readonly<{
    engine: PlayerEngine;
    root: React.RefObject<HTMLDivElement | null>;
    video: React.RefObject<HTMLVideoElement | null>;
  }>;

function Overlay(props: OverlayProps) {
  const { engine, root, video, broadcast, variant, onTheatreChange } = props;
  const state = useEngineState(engine);
  const [stats, setStats] = useState(false);
  const [mode, setMode] = useState<Mode>(() => readPreferences().mode ?? broadcast.latencyMode);
  const fullscreen = useFullscreen(root);
  const tiles = useStoryboard(props.storyboardUrl);
  const theatre = props.theatre ?? false;
  const idle = useIdle(root, state.phase === "playing");
  const actions = useMemo<PlayerActions>(
    () => ({
      toggleFullscreen: () => void toggleFullscreen(root.current, video.current),
      toggleTheatre: onTheatreChange === undefined ? undefined : () => onTheatreChange(!theatre),
      togglePictureInPicture: () => void togglePictureInPicture(video.current),
      toggleStats: () => setStats((shown) => !shown),
    }),
    [root, video, onTheatreChange, theatre],
  );
  useShortcuts(root, engine, variant !== "monitor", actions);
  useEffect(() => engine.setMode(mode), [engine, mode]);

  const interrupted = broadcast.state === "interrupted" && state.phase !== "playing" && state.phase !== "paused";
  return (
    <>
      {interrupted ? <Interrupted /> : <PhaseLayer {...props} />}
      {state.muted && !interrupted && variant !== "monitor" && state.phase === "playing" ? (
        <Unmute engine={engine} />
      ) : null}
      {stats ? (
        <StatsOverlay engine={engine} state={state} video={video.current} onClose={() => setStats(false)} />
      ) : null}
      {(props.controls ?? true) && state.phase !== "failed" ? (
        <PlayerControls
          root={root}
          engine={engine}
          state={state}
          mode={mode}
          onMode={setMode}
          actions={actions}
          theatre={theatre}
          fullscreen={fullscreen}
          stats={stats}
          hidden={idle && state.phase === "playing"}
          compact={variant === "monitor"}
          chapters={props.chapters ?? []}
          tiles={tiles}
        />
      ) : null}
      {idle && state.phase === "playing" ? <style>{".group\\/player{cursor:none}"}</style> : null}
    </>
  );
}

/** What lies over the picture for each phase of playing. */
function PhaseLayer({ engine, broadcast }: OverlayProps) {
  const state = useEngineState(engine);
  const replay = (): void => {
    engine.seek(state.startSec);
    engine.play();
  };
  switch (state.phase) {
    case "loading":
      return <Waiting />;
    case "buffering":
      // A show that ends after an interruption has nothing more to give: the video itself does not say so.
      return isOver(broadcast.state) && state.edgeSec - state.currentSec < AT_END_SEC ? (
        <Ended broadcast={broadcast} replay={replay} />
      ) : (
        <Waiting />
      );
    case "reconnecting":
      return <Reconnecting inSec={state.retryInSec} />;
    case "undecodable":
      return <Undecodable live={state.live} />;
    case "blocked":
      return <BigPlay engine={engine} />;
    case "ended":
      return <Ended broadcast={broadcast} replay={replay} />;
    case "failed":
      return <Failed />;
    case "playing":
    case "paused":
      return null;
    default:
      return state.phase satisfies never;
  }
}

function Waiting() {
  const { t } = useTranslation();
  return (
    <div role="status" className="pointer-events-none absolute inset-0 grid place-items-center text-on-picture">
      <Spinner />
      <span className="sr-only">{t("player:loading")}</span>
    </div>
  );
}

function BigPlay({ engine }: { engine: PlayerEngine }) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      aria-label={t("player:play")}
      onClick={() => engine.play()}
      className="absolute inset-0 grid place-items-center bg-scrim text-on-picture"
    >
      <span className="grid size-16 place-items-center rounded-full bg-accent text-on-solid">
        <Play aria-hidden className="size-7 fill-current" />
      </span>
    </button>
  );
}

function Unmute({ engine }: { engine: PlayerEngine }) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      onClick={() => {
        engine.setMuted(false);
        rememberVolume(engine);
      }}
      className="absolute top-3 right-3 inline-flex h-9 touch-target items-center gap-2 rounded-sm bg-scrim px-3 text-sm font-medium text-on-picture backdrop-blur-sm hover:bg-stage focus-visible:outline-on-picture"
    >
      <VolumeX aria-hidden className="size-4" />
      {t("player:unmute")}
    </button>
  );
}

function useFullscreen(root: React.RefObject<HTMLElement | null>): boolean {
  const [fullscreen, setFullscreen] = useState(false);
  useEffect(() => {
    const changed = (): void => setFullscreen(document.fullscreenElement === root.current);
    document.addEventListener("fullscreenchange", changed);
    return () => document.removeEventListener("fullscreenchange", changed);
  }, [root]);
  return fullscreen;
}

/** iPhones only let the video itself fill the screen. */
type PhoneVideo = HTMLVideoElement & { webkitEnterFullscreen?: () => void };

async function toggleFullscreen(root: HTMLElement | null, video: PhoneVideo | null): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  else if (root?.requestFullscreen) await root.requestFullscreen().catch(() => video?.webkitEnterFullscreen?.());
  else video?.webkitEnterFullscreen?.();
}

async function togglePictureInPicture(video: HTMLVideoElement | null): Promise<void> {
  if (document.pictureInPictureElement) await document.exitPictureInPicture();
  else if (document.pictureInPictureEnabled && video && video.readyState > 0) await video.requestPictureInPicture();
}
