/** A link or a call-to-action card is written. What was typed stays until it is saved. */
import type { CreateHandoutBody, OwnHandout } from "@rostrum/contract/engagement";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { z } from "zod";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { SegmentedControl } from "../../ui/SegmentedControl.tsx";
import { Switch } from "../../ui/Switch.tsx";
import { TextArea, TextField } from "../../ui/TextField.tsx";
import { Refusal } from "./Refusal.tsx";
import type { Desk } from "./use-desk.ts";

type Fields = z.output<typeof CreateHandoutBody>;

type Props = Readonly<{ desk: Desk; handout: OwnHandout | null; onSaved: () => void; onClose: () => void }>;

export function HandoutDialog({ desk, handout, onSaved, onClose }: Props) {
  const { t } = useTranslation();
  const formId = useId();
  const [values, setValues] = useState<Fields>(() => fieldsOf(handout, t("engagement:handout.labelPreset")));
  const { state, run, reset, errorOf } = useSave(() => save(desk, handout, values));
  const edit = (fields: Partial<Fields>): void => {
    reset();
    setValues((last) => ({ ...last, ...fields }));
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!(await run())) return;
    onSaved();
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t(handout === null ? "engagement:handout.new" : "engagement:handout.edit")}
      footer={
        <>
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <Button type="submit" form={formId} variant="primary" busy={state.kind === "saving"}>
            {t("ui.save")}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate className="flex flex-col gap-5" onSubmit={(event) => void submit(event)}>
        {handout === null ? (
          <SegmentedControl
            label={t("engagement:handout.kindLabel")}
            value={values.kind}
            onValueChange={(kind) => edit({ kind })}
            options={(["link", "card"] as const).map((kind) => ({
              value: kind,
              label: t(`engagement:handout.kind.${kind}`),
            }))}
          />
        ) : null}
        <p className="-mt-2 text-xs text-faint">{t(`engagement:handout.kindHint.${values.kind}`)}</p>
        <TextField
          label={t("field.title")}
          maxLength={100}
          value={values.title}
          error={errorOf("title")}
          onChange={(event) => edit({ title: event.target.value })}
        />
        <TextArea
          label={t("engagement:handout.text")}
          aside={t("ui.optional")}
          rows={2}
          maxLength={500}
          value={values.text}
          error={errorOf("text")}
          onChange={(event) => edit({ text: event.target.value })}
        />
        <TextField
          label={t("engagement:handout.url")}
          hint={t("engagement:handout.urlHint")}
          type="url"
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
          value={values.url}
          error={errorOf("url")}
          onChange={(event) => edit({ url: event.target.value })}
        />
        <TextField
          label={t("engagement:handout.label")}
          maxLength={40}
          value={values.label}
          error={errorOf("label")}
          onChange={(event) => edit({ label: event.target.value })}
        />
        <Switch
          label={t("engagement:handout.shown")}
          checked={values.shown}
          onCheckedChange={(shown) => edit({ shown })}
        />
        <Refusal text={state.kind === "failed" ? state.text : null} />
      </form>
    </Dialog>
  );
}

async function save({ api, broadcastId }: Desk, handout: OwnHandout | null, values: Fields): Promise<void> {
  if (handout === null) {
    await api.engagement.addHandout(broadcastId, values);
    return;
  }
  // What it is stays as it was made.
  const { title, text, label, url, shown } = values;
  await api.engagement.updateHandout(broadcastId, handout.id, { title, text, label, url, shown });
}

function fieldsOf(handout: OwnHandout | null, labelPreset: string): Fields {
  if (handout === null) return { kind: "link", title: "", text: "", label: labelPreset, url: "https://", shown: true };
  const { kind, title, text, label, url, shown } = handout;
  return { kind, title, text, label, url, shown };
}
