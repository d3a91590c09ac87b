import { ApiError } from "@rostrum/client/api-error";
import { expect, test } from "vitest";
import { createI18n } from "../i18n/create.ts";
import { afterEdit, errorText, fieldErrors } from "./use-save.ts";

const { t } = createI18n();
const refusal = (...issues: { path: string; message: string }[]) =>
  new ApiError("invalid_input", "title: Too small", { status: 400, details: { issues } });

test("what a schema says to programs is said to people", () => {
  const error = refusal(
    { path: "title", message: "Too small: expected string to have >=1 characters" },
    { path: "handle", message: "3 to 30 letters, digits or underscores" },
  );
  expect(fieldErrors(error, t)).toEqual({
    title: "This cannot be empty.",
    handle: "3 to 30 letters, digits or underscores",
  });
  expect(errorText(error, t)).toBe("That cannot be saved as it is: see what is marked.");
});

test("a code without a text of ours keeps the server's sentence", () => {
  expect(errorText(new ApiError("conflict", "The state has changed.", { status: 409 }), t)).toBe(
    "The state has changed.",
  );
});

test("a refusal that marks no field says itself what is wrong", () => {
  const error = new ApiError("invalid_input", '"until" is over already.', { status: 400 });
  expect(errorText(error, t)).toBe('"until" is over already.');
});

test("a mistake of ours shows no stack and no code", () => {
  expect(errorText(new TypeError("x is undefined"), t)).toBe(
    "Something went wrong on this page. Reload it and try again.",
  );
});

test("an edit takes the last result back, not the save that is under way", () => {
  expect(afterEdit({ kind: "saving" })).toEqual({ kind: "saving" });
  expect(afterEdit({ kind: "saved" })).toEqual({ kind: "idle" });
  expect(afterEdit({ kind: "failed", text: "No.", fields: {} })).toEqual({ kind: "idle" });
});
