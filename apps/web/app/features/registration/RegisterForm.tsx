/** The form by which one registers for a show. */
import type { Client } from "@rostrum/client/client";
import { REGISTRATION_LIMITS, type RegistrationInfo } from "@rostrum/contract/registration";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { browserTimeZone, useHydrated } from "../../lib/locale.tsx";
import { useSave } from "../../lib/use-save.ts";
import { Button } from "../../ui/Button.tsx";
import { SaveNote } from "../../ui/FormSection.tsx";
import { TextField } from "../../ui/TextField.tsx";
import { AnswerField } from "./AnswerField.tsx";
import { CheckField } from "./CheckField.tsx";
import { answersOf, EMPTY, type FormValues, problemsOf } from "./form-values.ts";

type RegisterFormProps = Readonly<{
  api: Pick<Client, "registrations">;
  broadcastId: string;
  info: RegistrationInfo;
  /** The mail is on its way to this address. */
  onSent: (email: string) => void;
}>;

/** What is wrong stands at its field, and the first such field has the focus. Nothing typed is lost. */
export function RegisterForm({ api, broadcastId, info, onSent }: RegisterFormProps) {
  const { t } = useTranslation();
  const form = useRef<HTMLFormElement>(null);
  const [values, setValues] = useState<FormValues>(EMPTY);
  const [tried, setTried] = useState(0);
  const hydrated = useHydrated();
  const { state, run, reset, errorOf } = useSave(async () => {
    const { name, consent } = values;
    const email = values.email.trim();
    const body = { name, email, consent, answers: answersOf(info.fields, values), timeZone: browserTimeZone() };
    await api.registrations.register(broadcastId, body);
    onSent(email);
  });
  const problems = tried > 0 ? problemsOf(info, values) : {};
  const problemOf = (path: string): string | null => {
    const problem = problems[path];
    return problem === undefined ? errorOf(path) : t(`registration:problem.${problem}`);
  };
  useFirstInvalid(form, `${tried} ${state.kind}`);
  const set = (changed: Partial<FormValues>): void => {
    reset();
    setValues((known) => ({ ...known, ...changed }));
  };
  const submit = (): void => {
    setTried(tried + 1);
    if (Object.keys(problemsOf(info, values)).length === 0) void run();
  };
  return (
    <form
      ref={form}
      method="post"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      // What gets the focus stands below the header, with its label.
      className="flex flex-col gap-5 [&_:is(input,select,textarea)]:scroll-mt-28"
    >
      <TextField
        label={t("registration:name")}
        required
        autoComplete="name"
        maxLength={REGISTRATION_LIMITS.nameChars}
        value={values.name}
        error={problemOf("name")}
        onChange={(event) => set({ name: event.target.value })}
      />
      <TextField
        type="email"
        label={t("registration:email")}
        hint={t("registration:emailHint")}
        required
        autoComplete="email"
        maxLength={254}
        value={values.email}
        error={problemOf("email")}
        onChange={(event) => set({ email: event.target.value })}
      />
      {info.fields.map((field) => (
        <AnswerField
          key={field.id}
          field={field}
          value={values.answers[field.id]}
          error={problemOf(`answers.${field.id}`)}
          onChange={(answer) => set({ answers: { ...values.answers, [field.id]: answer } })}
        />
      ))}
      {info.consent === "" ? null : (
        <CheckField
          label={info.consent}
          checked={values.consent}
          error={problemOf("consent")}
          onChange={(consent) => set({ consent })}
        />
      )}
      {state.kind === "failed" ? <SaveNote state={state} /> : null}
      <Button
        type="submit"
        variant="primary"
        size="lg"
        busy={state.kind === "saving"}
        disabled={!hydrated}
        className="w-full sm:self-start sm:w-auto"
      >
        {t("registration:submit")}
      </Button>
    </form>
  );
}

/** After a try that was refused. */
function useFirstInvalid(form: React.RefObject<HTMLFormElement | null>, since: string): void {
  useEffect(() => {
    form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    // Only after a try, not while somebody types.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [since]);
}
