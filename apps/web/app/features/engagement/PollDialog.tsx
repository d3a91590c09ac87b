/** A poll is written: a new one, or a draft. What was typed stays until it is saved. */
import { ENGAGEMENT_LIMITS, type OwnPoll } from "@rostrum/contract/engagement";
import { Plus, X } from "lucide-react";
import { type FormEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { LengthSelect } from "../../ui/ChoiceFields.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import { Select } from "../../ui/Select.tsx";
import { Switch } from "../../ui/Switch.tsx";
import { TextArea, TextField } from "../../ui/TextField.tsx";
import { Refusal } from "./Refusal.tsx";
import type { Desk, PollValues } from "./use-desk.ts";

const DURATIONS_SEC = [0, 30, 60, 120, 300, 600, 1800];
const QUESTION_CHARS = 300;
const OPTION_CHARS = 100;
const FEWEST = 2;

/** An option keeps its key while others come and go: what is typed stays in its field. */
type OptionField = Readonly<{ key: number; text: string }>;

export function PollDialog({ desk, poll, onClose }: { desk: Desk; poll: OwnPoll | null; onClose: () => void }) {
  const { t } = useTranslation();
  const form = usePollForm(desk, poll, onClose);
  const { values, edit, errorOf, save } = form;
  const formId = useId();
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t(poll === null ? "engagement:poll.new" : "engagement:poll.edit")}
      footer={
        <>
          <Button onClick={() => void form.submit(false)} busy={save.kind === "saving"}>
            {t("engagement:poll.saveDraft")}
          </Button>
          <Button type="submit" form={formId} variant="primary" busy={save.kind === "saving"}>
            {t("engagement:poll.startNow")}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="flex flex-col gap-5"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void form.submit(true);
        }}
      >
        <TextArea
          label={t("engagement:poll.question")}
          rows={2}
          maxLength={QUESTION_CHARS}
          value={values.question}
          error={errorOf("question")}
          onChange={(event) => edit({ question: event.target.value })}
        />
        <Options form={form} />
        <Switch
          label={t("engagement:poll.multiple")}
          checked={values.multiple}
          onCheckedChange={(multiple) => edit({ multiple })}
        />
        <Switch
          label={t("engagement:poll.withNames")}
          hint={t("engagement:poll.namedHint")}
          checked={values.named}
          onCheckedChange={(named) => edit({ named })}
        />
        <Select
          label={t("engagement:poll.results")}
          value={values.results}
          onValueChange={(results) => edit({ results })}
          options={[
            { value: "live", label: t("engagement:poll.resultsLive") },
            { value: "after", label: t("engagement:poll.resultsAfter") },
          ]}
        />
        <LengthSelect
          label={t("engagement:poll.duration")}
          error={errorOf("durationSec")}
          value={values.durationSec ?? 0}
          onValueChange={(sec) => edit({ durationSec: sec === 0 ? null : sec })}
          choices={DURATIONS_SEC}
          off={t("engagement:poll.untilEnded")}
        />
        <Refusal text={save.kind === "failed" ? save.text : null} />
      </form>
    </Dialog>
  );
}

type Form = ReturnType<typeof usePollForm>;

function Options({ form }: { form: Form }) {
  const { t } = useTranslation();
  const { options, errorOf } = form;
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 text-sm font-medium">{t("engagement:poll.options")}</legend>
      {options.map(({ key, text }, index) => (
        <div key={key} className="flex items-end gap-1">
          <TextField
            className="flex-1"
            label={t("engagement:poll.option", { number: index + 1 })}
            maxLength={OPTION_CHARS}
            value={text}
            error={text.trim() === "" ? null : errorOf(`options.${filled(options.slice(0, index)).length}`)}
            onChange={(event) => form.setOption(key, event.target.value)}
          />
          {options.length > FEWEST ? (
            <IconButton
              label={t("engagement:poll.removeOption", { number: index + 1 })}
              icon={<X aria-hidden />}
              onClick={() => form.removeOption(key)}
            />
          ) : null}
        </div>
      ))}
      <Refusal text={errorOf("options")} />
      {options.length < ENGAGEMENT_LIMITS.pollOptions ? (
        <Button size="sm" className="self-start" onClick={form.addOption}>
          <Plus aria-hidden />
          {t("engagement:poll.addOption")}
        </Button>
      ) : null}
    </fieldset>
  );
}

type Fields = Omit<PollValues, "options">;

function usePollForm({ actions }: Desk, poll: OwnPoll | null, onClose: () => void) {
  const [values, setValues] = useState<Fields>(() => fieldsOf(poll));
  const [options, setOptions] = useState<readonly OptionField[]>(() =>
    (poll?.options.map(({ text }) => text) ?? ["", ""]).map((text, key) => ({ key, text })),
  );
  // Saved, and then not started: the next try is about the same one.
  const savedId = useRef(poll?.id ?? null);
  const { state, run, reset, errorOf } = useSave(async (starts: boolean) => {
    savedId.current = await actions.savePoll(savedId.current, { ...values, options: filled(options) });
    if (starts) await actions.openPoll(savedId.current);
  });
  const submit = async (starts: boolean): Promise<void> => {
    if (await run(starts)) onClose();
  };
  const change = (how: (fields: readonly OptionField[]) => readonly OptionField[]): void => {
    reset();
    setOptions(how);
  };
  return {
    ...{ values, options, errorOf, submit, save: state },
    edit: (fields: Partial<Fields>): void => {
      reset();
      setValues((last) => ({ ...last, ...fields }));
    },
    setOption: (key: number, text: string) =>
      change((all) => all.map((one) => (one.key === key ? { key, text } : one))),
    removeOption: (key: number) => change((all) => all.filter((one) => one.key !== key)),
    addOption: () => change((all) => [...all, { key: Math.max(...all.map(({ key }) => key)) + 1, text: "" }]),
  };
}

/** Fields that were left empty are no options. */
function filled(options: readonly OptionField[]): string[] {
  return options.map(({ text }) => text).filter((text) => text.trim() !== "");
}

function fieldsOf(poll: OwnPoll | null): Fields {
  if (poll === null) return { question: "", multiple: false, named: false, results: "live", durationSec: null };
  const { question, multiple, named, results, durationSec } = poll;
  return { question, multiple, named, results, durationSec };
}
