/** Beginning and end of a clip: two handles over small pictures, and the picture at the handle that was moved last. */
import { Slider } from "radix-ui";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatClock } from "../../lib/format.ts";
import { CLIP_CHOICE, type Range } from "./clip-range.ts";
import { type Frame, frameNear } from "./frame-ring.ts";
import { FramePicture } from "./FramePicture.tsx";

const TILES = 8;

export function RangePicker({
  window,
  frames,
  range,
  onChange,
}: {
  window: Range;
  frames: readonly Frame[];
  range: Range;
  onChange: (range: Range) => void;
}) {
  const { t } = useTranslation();
  const [shownMs, setShownMs] = useState(() => (frameNear(frames, range.fromMs) ? range.fromMs : range.toMs));
  const shown = frameNear(frames, shownMs);
  const spanMs = window.toMs - window.fromMs;
  const tiles = Array.from({ length: TILES }, (_, i) => window.fromMs + ((i + 0.5) * spanMs) / TILES);
  const percent = (ms: number): string => `${((ms - window.fromMs) / spanMs) * 100}%`;
  const change = ([fromMs = range.fromMs, toMs = range.toMs]: number[]): void => {
    setShownMs(fromMs === range.fromMs ? toMs : fromMs);
    onChange({ fromMs, toMs });
  };
  const ago = (ms: number): string => t("clips:range.ago", { clock: formatClock(window.toMs - ms) });
  return (
    <div className="flex flex-col gap-3">
      <div className="relative sm:mx-auto sm:w-96">
        <FramePicture frame={shown} className="aspect-video w-full rounded-md" />
        {shown === undefined ? (
          <p
            data-scheme="dark"
            className="absolute inset-0 flex items-center justify-center px-6 text-center text-sm text-muted"
          >
            {t("clips:range.unseen")}
          </p>
        ) : null}
      </div>
      <div className="relative h-14 touch-none overflow-hidden rounded-sm border border-line bg-raised">
        <div aria-hidden className="absolute inset-0 flex">
          {tiles.map((ms) => (
            <FramePicture key={ms} frame={frameNear(frames, ms, spanMs / TILES)} className="h-full min-w-0 flex-1" />
          ))}
        </div>
        <span aria-hidden className="absolute inset-y-0 left-0 bg-overlay" style={{ width: percent(range.fromMs) }} />
        <span aria-hidden className="absolute inset-y-0 right-0 bg-overlay" style={{ left: percent(range.toMs) }} />
        <Slider.Root
          min={window.fromMs}
          max={window.toMs}
          step={CLIP_CHOICE.stepMs}
          minStepsBetweenThumbs={CLIP_CHOICE.minMs / CLIP_CHOICE.stepMs}
          value={[range.fromMs, range.toMs]}
          onValueChange={change}
          className="absolute inset-0 flex items-center"
        >
          <Slider.Track className="relative h-full flex-1">
            <Slider.Range className="absolute h-full border-y-2 border-accent" />
          </Slider.Track>
          <Handle label={t("clips:range.from")} text={ago(range.fromMs)} />
          <Handle label={t("clips:range.to")} text={ago(range.toMs)} />
        </Slider.Root>
      </div>
      <p className="flex justify-between gap-3 text-sm text-muted tabular">
        <span>{ago(range.fromMs)}</span>
        <span className="font-medium text-text">
          {t("clips:range.length", { count: Math.round((range.toMs - range.fromMs) / 1000) })}
        </span>
        <span>{range.toMs === window.toMs ? t("clips:range.now") : ago(range.toMs)}</span>
      </p>
    </div>
  );
}

function Handle({ label, text }: { label: string; text: string }) {
  return (
    <Slider.Thumb
      aria-label={label}
      aria-valuetext={text}
      className="block h-14 w-3 cursor-ew-resize rounded-sm bg-accent after:absolute after:-inset-x-4 after:inset-y-0 focus-visible:outline-2 focus-visible:outline-offset-2 focus-visible:outline-accent-text"
    />
  );
}
