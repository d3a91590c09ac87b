/** What viewers see while no source is there. */
import { useTranslation } from "react-i18next";
import { Field } from "../../ui/Field.tsx";
import { FormSection } from "../../ui/FormSection.tsx";
import { TextField } from "../../ui/TextField.tsx";
import { textColorOn } from "./slate.ts";
import { type MediaFormProps, useSettingsForm } from "./use-settings-form.ts";

const MAX_TEXT = 80;

export function SlateForm(props: MediaFormProps) {
  const { t } = useTranslation();
  const form = useSettingsForm(props, ({ slateText, slateBackground }) => ({ slateText, slateBackground }));
  const { values, edit, errorOf } = form;
  const empty = values.slateText.trim() === "";
  return (
    <FormSection
      id="slate"
      title={t("media-forms:slate.title")}
      description={t("media-forms:slate.text")}
      state={form.state}
      dirty={form.dirty && !empty}
      onSave={form.save}
    >
      <div className="grid gap-5 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <div className="flex flex-col gap-5">
          <TextField
            label={t("media-forms:slate.words")}
            hint={t("media-forms:slate.wordsHint", { count: MAX_TEXT })}
            error={empty ? t("media-forms:slate.empty") : errorOf("slateText")}
            maxLength={MAX_TEXT}
            value={values.slateText}
            onChange={(event) => edit({ slateText: event.target.value })}
          />
          <Field label={t("media-forms:slate.background")} error={errorOf("slateBackground")}>
            {(control) => (
              <span className="flex items-center gap-3">
                <input
                  {...control}
                  type="color"
                  value={values.slateBackground}
                  onChange={(event) => edit({ slateBackground: event.target.value })}
                  className="h-9 w-14 touch-target cursor-pointer rounded-sm border border-control bg-canvas p-1"
                />
                <span className="font-mono text-sm text-muted">{values.slateBackground}</span>
              </span>
            )}
          </Field>
        </div>
        <SlatePreview text={values.slateText} background={values.slateBackground} />
      </div>
    </FormSection>
  );
}

function SlatePreview({ text, background }: { text: string; background: string }) {
  const { t } = useTranslation();
  return (
    <figure className="m-0">
      <div
        role="img"
        aria-label={t("media-forms:slate.preview")}
        style={{ backgroundColor: background, color: textColorOn(background) }}
        className="@container flex aspect-video items-center justify-center overflow-hidden rounded-sm border border-line px-[6%] text-center"
      >
        <span className="text-[clamp(12px,6cqw,24px)] font-semibold text-balance break-words">{text}</span>
      </div>
      <figcaption className="mt-1.5 text-xs text-faint">{t("media-forms:slate.preview")}</figcaption>
    </figure>
  );
}
