import type { RegistrationField } from "@rostrum/contract/registration";
import { expect, test } from "vitest";
import { changed, moved, ofKind, optionsOf, withNew, without } from "./field-list.ts";

const field = (id: string): RegistrationField => ({ id, kind: "text", label: id, required: false, options: [] });
const list = ["a", "b", "c"].map(field);
const ids = (fields: readonly RegistrationField[]): string[] => fields.map(({ id }) => id);

test("a question moves by one place, and stays at the ends", () => {
  expect(ids(moved(list, 0, 1))).toEqual(["b", "a", "c"]);
  expect(ids(moved(list, 2, -1))).toEqual(["a", "c", "b"]);
  expect(ids(moved(list, 0, -1))).toEqual(["a", "b", "c"]);
  expect(ids(moved(list, 2, 1))).toEqual(["a", "b", "c"]);
});

test("a new one has an id that no other has", () => {
  const numbers = [0.5, 0.5, 0.25];
  const random = (): number => numbers.shift() ?? 0;
  const two = withNew(withNew([], random), random);
  expect(new Set(ids(two)).size).toBe(2);
  expect(ids(two).every((id) => /^[a-z0-9_]{1,24}$/.test(id))).toBe(true);
});

test("one is changed or taken away, the others stay", () => {
  expect(changed(list, 1, { label: "B" }).map(({ label }) => label)).toEqual(["a", "B", "c"]);
  expect(ids(without(list, 1))).toEqual(["a", "c"]);
});

test("options stand one to a line; only choices have any", () => {
  expect(optionsOf(" Red \n\nBlue\nRed")).toEqual(["Red", "Blue"]);
  const choice: RegistrationField = { ...field("a"), kind: "select", options: ["Red", "Blue"] };
  expect(ofKind(choice, "text")).toEqual({ kind: "text", options: [] });
  expect(ofKind(choice, "select")).toEqual({ kind: "select", options: ["Red", "Blue"] });
});
