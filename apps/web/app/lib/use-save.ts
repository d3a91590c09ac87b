/** One thing that is being saved: under way, done, or refused with the sentence to show. */
import { ApiError } from "@rostrum/client/api-error";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";

/** `fields` has the refusal of each field by its dotted path. */
export type SaveState =
  | { readonly kind: "idle" | "saving" | "saved" }
  | { readonly kind: "failed"; readonly text: string; readonly fields: Readonly<Record<string, string>> };

type Translate = (key: string, values: Record<string, unknown>) => string;

/** The sentence for a failure: our own where we have one for the code, else the server's. */
export function errorText(error: unknown, t: Translate): string {
  if (!(error instanceof ApiError)) return t("error.page", {});
  // Where no field is marked, only the server's sentence says what is wrong.
  if (error.code === "invalid_input" && error.issues.length === 0) return error.message;
  return t(`error.${error.code}`, { defaultValue: error.message, ...error.details });
}

/** Schema messages that are written for programs, and our sentence for each. */
const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/^Too small: expected string to have >=(\d+) character/, "error.field.tooShort"],
  [/^Too big: expected string to have <=(\d+) character/, "error.field.tooLong"],
  [/^Too (?:small|big): expected number to be [<>]=?(\d+)/, "error.field.outOfRange"],
];

/** What the server said about each field, in words for people; of several the first. */
export function fieldErrors(error: unknown, t: Translate): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(error.issues.toReversed().map((issue) => [issue.path, issueText(issue.message, t)]));
}

function issueText(message: string, t: Translate): string {
  for (const [pattern, key] of PLAIN) {
    const found = pattern.exec(message);
    if (found) return t(key, { count: Number(found[1]) });
  }
  return message;
}

/** After an edit: what was said of the last try holds no longer. One that is under way still is, and must not be joined by a second. */
export function afterEdit(state: SaveState): SaveState {
  return state.kind === "saving" ? state : { kind: "idle" };
}

/** `run` never rejects; true when it was saved. `act` may be a new function at every render. */
export function useSave<A extends readonly unknown[]>(act: (...args: A) => Promise<unknown>) {
  const { t } = useTranslation();
  const [state, setState] = useState<SaveState>({ kind: "idle" });
  const run = async (...args: A): Promise<boolean> => {
    setState({ kind: "saving" });
    try {
      await act(...args);
      setState({ kind: "saved" });
      return true;
    } catch (error) {
      setState({ kind: "failed", text: errorText(error, t), fields: fieldErrors(error, t) });
      return false;
    }
  };
  const reset = useCallback(() => setState(afterEdit), []);
  const errorOf = (field: string): string | null => (state.kind === "failed" ? (state.fields[field] ?? null) : null);
  return { state, run, reset, errorOf };
}
