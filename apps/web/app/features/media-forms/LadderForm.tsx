/** Which qualities viewers get, and how close to live new shows are. */
import type { LadderMode, LadderRung } from "@rostrum/contract/channels";
import { LatencyMode } from "@rostrum/contract/common";
import { CircleAlert, Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button.tsx";
import { FormSection } from "../../ui/FormSection.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { SegmentedControl } from "../../ui/SegmentedControl.tsx";
import { Select } from "../../ui/Select.tsx";
import { TextField } from "../../ui/TextField.tsx";
import { BITRATE_LIMITS_KBPS, highestFirst, MAX_RUNGS, nextRung, RUNG_CHOICES, rungProblem } from "./rungs.ts";
import { type MediaFormProps, useSettingsForm } from "./use-settings-form.ts";

const MODES: readonly LadderMode[] = ["passthrough", "auto", "custom"];

export function LadderForm(props: MediaFormProps) {
  const { t } = useTranslation();
  const { values, edit, dirty, state, save } = useSettingsForm(props, ({ ladder, ladderRungs, latencyMode }) => ({
    ladder,
    ladderRungs,
    latencyMode,
  }));
  const problem = values.ladder === "custom" ? rungProblem(values.ladderRungs) : null;
  return (
    <FormSection
      id="quality"
      title={t("media-forms:ladder.title")}
      description={t("media-forms:ladder.text")}
      state={state}
      dirty={dirty && problem === null}
      onSave={save}
    >
      <div className="flex flex-col gap-2">
        <SegmentedControl
          label={t("media-forms:ladder.label")}
          value={values.ladder}
          onValueChange={(ladder) => edit({ ladder })}
          options={MODES.map((mode) => ({ value: mode, label: t(`media-forms:ladder.mode.${mode}`) }))}
        />
        <p className="max-w-prose text-xs text-faint">{t(`media-forms:ladder.hint.${values.ladder}`)}</p>
      </div>
      {values.ladder === "custom" ? (
        <Rungs rungs={values.ladderRungs} onChange={(ladderRungs) => edit({ ladderRungs })} />
      ) : null}
      {problem === null ? null : (
        <p role="alert" className="flex gap-1.5 text-sm text-live-text">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {t(`media-forms:ladder.problem.${problem}`, BITRATE_LIMITS_KBPS)}
        </p>
      )}
      <Select
        label={t("media-forms:latency.label")}
        hint={t(`media-forms:latency.hint.${values.latencyMode}`)}
        value={values.latencyMode}
        onValueChange={(latencyMode) => edit({ latencyMode })}
        options={LatencyMode.options.map((mode) => ({ value: mode, label: t(`media-forms:latency.${mode}`) }))}
      />
    </FormSection>
  );
}

function Rungs({ rungs, onChange }: { rungs: readonly LadderRung[]; onChange: (rungs: LadderRung[]) => void }) {
  const { t } = useTranslation();
  const next = nextRung(rungs);
  const set = (index: number, fields: Partial<LadderRung>): void =>
    onChange(rungs.map((rung, i) => (i === index ? { ...rung, ...fields } : rung)));
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="sr-only">{t("media-forms:ladder.rungs")}</legend>
      <ul className="flex flex-col gap-3">
        {rungs.map((rung, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- heights change while they are edited
          <li key={index} className="flex items-end gap-3">
            <Rung rung={rung} number={index + 1} onChange={(fields) => set(index, fields)} />
            <IconButton
              label={t("media-forms:ladder.remove", { height: rung.heightPx })}
              icon={<X />}
              disabled={rungs.length === 1}
              onClick={() => onChange(rungs.filter((_, i) => i !== index))}
            />
          </li>
        ))}
      </ul>
      {next === undefined || rungs.length >= MAX_RUNGS ? null : (
        <Button size="sm" className="self-start" onClick={() => onChange(highestFirst([...rungs, next]))}>
          <Plus aria-hidden />
          {t("media-forms:ladder.add")}
        </Button>
      )}
    </fieldset>
  );
}

function Rung({
  rung,
  number,
  onChange,
}: {
  rung: LadderRung;
  number: number;
  onChange: (fields: Partial<LadderRung>) => void;
}) {
  const { t } = useTranslation();
  const heights = [...new Set([...RUNG_CHOICES.map(({ heightPx }) => heightPx), rung.heightPx])];
  const { min, max } = BITRATE_LIMITS_KBPS;
  return (
    <>
      <Select
        className="flex-1"
        label={t("media-forms:ladder.height", { number })}
        value={String(rung.heightPx)}
        onValueChange={(text) => {
          const heightPx = Number(text);
          onChange(RUNG_CHOICES.find((choice) => choice.heightPx === heightPx) ?? { heightPx });
        }}
        options={heights.toSorted((a, b) => b - a).map((px) => ({ value: String(px), label: `${px}p` }))}
      />
      <TextField
        className="flex-1"
        label={t("media-forms:ladder.bitrate", { number })}
        type="number"
        inputMode="numeric"
        min={min}
        max={max}
        step={50}
        value={Number.isNaN(rung.videoBitrateBps) ? "" : Math.round(rung.videoBitrateBps / 1000)}
        onChange={(event) => onChange({ videoBitrateBps: Math.round(event.target.valueAsNumber * 1000) })}
      />
    </>
  );
}
