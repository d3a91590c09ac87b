/** What somebody types into a form of registration, and what of it is missing. Pure. */
import type { RegistrationAnswers, RegistrationField, RegistrationInfo } from "@rostrum/contract/registration";

export type FormValues = Readonly<{
  name: string;
  email: string;
  answers: RegistrationAnswers;
  consent: boolean;
}>;

export const EMPTY: FormValues = { name: "", email: "", answers: {}, consent: false };

const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** The key of the sentence for each field that is not as it must be, by the path the server would name. */
export function problemsOf(
  { fields, consent }: Pick<RegistrationInfo, "fields" | "consent">,
  values: FormValues,
): Record<string, "required" | "address" | "tick"> {
  const problems: Record<string, "required" | "address" | "tick"> = {};
  if (values.name.trim() === "") problems["name"] = "required";
  if (!ADDRESS.test(values.email.trim())) problems["email"] = values.email.trim() === "" ? "required" : "address";
  for (const field of fields) {
    if (!field.required || isAnswered(values.answers[field.id])) continue;
    problems[`answers.${field.id}`] = field.kind === "checkbox" ? "tick" : "required";
  }
  if (consent !== "" && !values.consent) problems["consent"] = "tick";
  return problems;
}

/** Nothing for what was left empty. */
export function answersOf(fields: readonly RegistrationField[], values: FormValues): RegistrationAnswers {
  return Object.fromEntries(
    fields.flatMap(({ id }) => {
      const answer = values.answers[id];
      return answer === undefined || answer === "" ? [] : [[id, answer] as const];
    }),
  );
}

function isAnswered(answer: string | boolean | undefined): boolean {
  return typeof answer === "string" ? answer.trim() !== "" : answer === true;
}
