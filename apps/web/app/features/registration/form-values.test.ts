import type { RegistrationField } from "@rostrum/contract/registration";
import { expect, test } from "vitest";
import { answersOf, EMPTY, type FormValues, problemsOf } from "./form-values.ts";

const field = (id: string, more: Partial<RegistrationField> = {}): RegistrationField => ({
  ...{ id, kind: "text", label: id, required: true, options: [] },
  ...more,
});
const fields = [field("company"), field("terms", { kind: "checkbox" }), field("wish", { required: false })];
const good: FormValues = {
  ...{ name: "Ada", email: "ada@example.org", consent: true },
  answers: { company: "Engines", terms: true },
};

test.each([
  ["nothing is filled in", EMPTY, ["answers.company", "answers.terms", "consent", "email", "name"]],
  [
    "blanks are nothing",
    { ...good, name: "  ", answers: { ...good.answers, company: " " } },
    ["answers.company", "name"],
  ],
  ["an address without a host", { ...good, email: "ada@" }, ["email"]],
  ["a box that is not ticked", { ...good, answers: { ...good.answers, terms: false } }, ["answers.terms"]],
  ["all is well", good, []],
])("%s", (_, values, problems) => {
  expect(Object.keys(problemsOf({ fields, consent: "Yes?" }, values)).toSorted()).toEqual(problems);
});

test("without a text nothing must be agreed to", () => {
  expect(problemsOf({ fields, consent: "" }, { ...good, consent: false })).toEqual({});
});

test("what was left empty is not sent, nor what is not asked", () => {
  const values = { ...good, answers: { ...good.answers, wish: "", other: "x" } };
  expect(answersOf(fields, values)).toEqual({ company: "Engines", terms: true });
});
