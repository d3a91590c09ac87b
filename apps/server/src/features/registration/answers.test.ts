import type { RegistrationField } from "@rostrum/contract/registration";
import { expect, test } from "vitest";
import { AppError } from "../../lib/app-error.ts";
import { answerText, checkAnswers } from "./answers.ts";

const field = (id: string, more: Partial<RegistrationField> = {}): RegistrationField => ({
  ...{ id, kind: "text", label: id, required: false, options: [] },
  ...more,
});
const FIELDS = [
  field("company", { required: true }),
  field("why", { kind: "long_text" }),
  field("size", { kind: "select", options: ["1", "2–9"] }),
  field("terms", { kind: "checkbox", required: true }),
  field("news", { kind: "checkbox" }),
];
const GOOD = { company: "Engines", terms: true };

function issuesOf(answers: Record<string, string | boolean>): string[] {
  try {
    checkAnswers(FIELDS, answers);
    return [];
  } catch (error) {
    const issues = error instanceof AppError ? error.details?.["issues"] : undefined;
    return (issues as { path: string; message: string }[]).map(({ path, message }) => `${path} ${message}`);
  }
}

test.each([
  ["nothing", {}, ["answers.company must be filled in", "answers.terms must be ticked"]],
  ["blanks", { ...GOOD, company: " \u200b " }, ["answers.company must be filled in"]],
  ["a box that is not ticked", { ...GOOD, terms: false }, ["answers.terms must be ticked"]],
  ["a text for a box", { ...GOOD, news: "yes" }, ["answers.news must be ticked or not"]],
  ["a tick for a text", { ...GOOD, company: true }, ["answers.company must be a text"]],
  ["an option that is none", { ...GOOD, size: "many" }, ["answers.size must be one of the options"]],
  [
    "a text that is too long",
    { ...GOOD, company: "x".repeat(201) },
    ["answers.company must have 200 characters at most"],
  ],
  ["what is not asked", { ...GOOD, salary: "1" }, ["answers.salary is not asked any more; load the page again"]],
])("%s is refused at its field", (_, answers, issues) => {
  expect(issuesOf(answers as Record<string, string | boolean>)).toEqual(issues);
});

test("what is kept is plain text, several lines only where they were asked for, and nothing of what was left empty", () => {
  const answers = {
    ...GOOD,
    company: "Evil\r\n\u202e=cmd()\u0007",
    why: "one\r\n\u202etwo\n\n",
    size: "2–9",
    news: false,
  };
  expect(checkAnswers(FIELDS, answers)).toEqual({
    ...{ company: "Evil =cmd()", why: "one\ntwo", size: "2–9", terms: true, news: false },
  });
  expect(checkAnswers(FIELDS, { ...GOOD, why: "  " })).toEqual(GOOD);
});

test("an answer in a table is a text", () => {
  expect([answerText(undefined), answerText(true), answerText(false), answerText("x")]).toEqual(["", "yes", "no", "x"]);
});
