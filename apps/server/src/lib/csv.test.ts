import { expect, test } from "vitest";
import { csvLine } from "./csv.ts";

test.each([
  ["a comma and a quote stay in their cell", 'Yes, "really"', '"Yes, ""really"""'],
  ["a line break stays in its cell", "one\r\ntwo", '"one\r\ntwo"'],
  ["a formula", '=HYPERLINK("https://evil.example")', '"\'=HYPERLINK(""https://evil.example"")"'],
  ["a sum", "+1+1", '"\'+1+1"'],
  ["a difference", "-2+3", '"\'-2+3"'],
  ["a function of old", "@SUM(A1)", '"\'@SUM(A1)"'],
  ["a formula behind a tab", "\t=1", '"\'\t=1"'],
  ["a formula behind a line break", "\r=1", '"\'\r=1"'],
  ["a formula behind what is not seen", "\u200B=1", '"\'\u200B=1"'],
  ["a formula in full width", "＝1", '"\'＝1"'],
  ["what only contains such a sign", "a=b", '"a=b"'],
  ["nothing", null, '""'],
  ["a number", -3, "-3"],
])("%s", (_, cell, wanted) => {
  expect(csvLine([cell])).toBe(`${wanted}\r\n`);
});

test("cells stand in order", () => {
  expect(csvLine(["a", 1, null, "b"])).toBe('"a",1,"","b"\r\n');
});
