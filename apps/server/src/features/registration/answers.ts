/** What a person answers to a form: checked against it and made harmless to show. Pure. */
import { REGISTRATION_LIMITS, type RegistrationAnswers, type RegistrationField } from "@rostrum/contract/registration";
import { AppError } from "../../lib/app-error.ts";
import { lengthOf, plainText } from "@rostrum/contract/plain-text";

type Issue = Readonly<{ path: string; message: string }>;
type Answer = string | boolean;

const MAX_LINES = 40;

/** The refusal of a form, with what is wrong at which field. */
export function refusalOf(issues: readonly Issue[]): AppError {
  const first = issues[0];
  const message = first === undefined ? "The form is not complete." : `${first.path}: ${first.message}`;
  return new AppError("invalid_input", message, { details: { issues } });
}

/**
 * What is stored: nothing for what was left empty.
 * @throws {AppError} invalid_input with an issue for each field that is not as it must be
 */
export function checkAnswers(fields: readonly RegistrationField[], given: RegistrationAnswers): Record<string, Answer> {
  const known = new Set(fields.map((field) => field.id));
  const issues: Issue[] = Object.keys(given)
    .filter((id) => !known.has(id))
    .map((id) => ({ path: `answers.${id}`, message: "is not asked any more; load the page again" }));
  const answers: Record<string, Answer> = {};
  for (const field of fields) {
    const answer = cleaned(field, given[field.id]);
    const problem = problemOf(field, answer);
    if (problem !== null) issues.push({ path: `answers.${field.id}`, message: problem });
    else if (answer !== null) answers[field.id] = answer;
  }
  if (issues.length > 0) throw refusalOf(issues);
  return answers;
}

/** As a cell of a table; for a checkbox whether it is ticked. */
export function answerText(answer: Answer | undefined): string {
  if (answer === undefined) return "";
  return typeof answer === "boolean" ? (answer ? "yes" : "no") : answer;
}

/** Several lines, each of them plain. */
export function plainLines(text: string): string {
  const lines = text.split(/\r\n?|\n/, MAX_LINES).map(plainText);
  return lines.join("\n").trim();
}

/** Null: there is none. */
function cleaned({ kind }: RegistrationField, given: Answer | undefined): Answer | null {
  if (given === undefined) return null;
  if (kind === "checkbox" || typeof given === "boolean") return given;
  const text = kind === "long_text" ? plainLines(given) : plainText(given);
  return text === "" ? null : text;
}

function problemOf({ kind, required, options }: RegistrationField, answer: Answer | null): string | null {
  if (kind === "checkbox") {
    if (answer !== null && typeof answer !== "boolean") return "must be ticked or not";
    return required && answer !== true ? "must be ticked" : null;
  }
  if (answer === null) return required ? "must be filled in" : null;
  if (typeof answer === "boolean") return "must be a text";
  if (kind === "select") return options.includes(answer) ? null : "must be one of the options";
  const max = kind === "text" ? REGISTRATION_LIMITS.textChars : REGISTRATION_LIMITS.longTextChars;
  return lengthOf(answer) > max ? `must have ${max} characters at most` : null;
}
