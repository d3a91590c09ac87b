/** Values, checks and refusals of a small form. What the contract would refuse is said before anything is sent. */
import { ApiError } from "@rostrum/client/api-error";
import { type ChangeEvent, type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText, fieldErrors } from "../../lib/use-save.ts";

type Values<K extends string> = Readonly<Record<K, string>>;
type Schema<B> = {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: B }
    | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } };
};

/** Codes that belong to one field of the form. */
const FIELD_OF_CODE: Readonly<Record<string, string>> = { email_taken: "email", handle_taken: "handle" };

/**
 * `toBody` makes of the values what the schema checks. `send` gets the checked body; when it rejects, the refusal is shown at its field
 * or, without one, in `problem`.
 */
export function useAccountForm<K extends string, B>(options: {
  initial: Values<K>;
  schema: Schema<B>;
  toBody: (values: Values<K>) => unknown;
  send: (body: B) => Promise<unknown>;
}) {
  const { t } = useTranslation();
  const [values, setValues] = useState(options.initial);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const refuse = (error: unknown): void => {
    const code = error instanceof ApiError ? error.code : "";
    const field = FIELD_OF_CODE[code];
    const fields = field ? { [field]: errorText(error, t) } : fieldErrors(error, t);
    setErrors(fields);
    if (Object.keys(fields).length > 0) return;
    const waitSec = error instanceof ApiError ? error.retryAfterSec : null;
    setProblem(waitSec === null ? errorText(error, t) : t("account-forms:wait", { count: Math.ceil(waitSec) }));
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setProblem(null);
    const checked = options.schema.safeParse(options.toBody(values));
    if (!checked.success) return setErrors(byField(checked.error.issues));
    setErrors({});
    setBusy(true);
    try {
      await options.send(checked.data);
    } catch (error) {
      refuse(error);
    } finally {
      setBusy(false);
    }
  };
  const field = (name: K) => ({
    name,
    value: values[name],
    error: errors[name],
    onChange: ({ target }: ChangeEvent<HTMLInputElement>) => {
      setValues({ ...values, [name]: target.value });
      setErrors(({ [name]: _gone, ...others }) => others);
    },
  });
  return { values, field, problem, busy, submit: (event: FormEvent) => void submit(event) };
}

function byField(issues: readonly { path: readonly PropertyKey[]; message: string }[]): Record<string, string> {
  return Object.fromEntries(issues.toReversed().map(({ path, message }) => [path.join("."), sentence(message)]));
}

function sentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}
