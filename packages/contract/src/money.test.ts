import { expect, test } from "vitest";
import { amountProblem, CURRENCIES, Currency, formatMinor, parseMinor } from "./money.ts";

test("the limits of every currency can be paid, and read back as they are written", () => {
  for (const currency of Currency.options) {
    const { min, max, step } = CURRENCIES[currency];
    for (const amount of [min, max]) {
      expect([currency, amountProblem(amount, currency)]).toEqual([currency, null]);
      expect([currency, parseMinor(formatMinor(amount, currency), currency)]).toEqual([currency, amount]);
    }
    expect([currency, amountProblem(min - step, currency)]).toEqual([currency, expect.stringContaining("least")]);
    expect([currency, amountProblem(max + step, currency)]).toEqual([currency, expect.stringContaining("most")]);
  }
});

test.each([
  [1250, "EUR", "12.50"],
  [5, "EUR", "0.05"],
  [-5, "EUR", "-0.05"],
  [0, "EUR", "0.00"],
  [1250, "JPY", "1250"],
  [1250, "KWD", "1.250"],
] as const)("%i %s is %s", (amount, currency, text) => {
  expect(formatMinor(amount, currency)).toBe(text);
});

test.each([
  ["12", "EUR", 1200],
  [" 12,5 ", "EUR", 1250],
  ["12.50", "EUR", 1250],
  ["12.505", "EUR", null],
  ["500", "JPY", 500],
  ["500.5", "JPY", null],
  ["1.25", "KWD", 1250],
  ["1,000.00", "EUR", null],
  ["-5", "EUR", null],
  ["1e3", "EUR", null],
  ["", "EUR", null],
  ["9999999999", "EUR", null],
] as const)("%j in %s is %j", (text, currency, amount) => {
  expect(parseMinor(text, currency)).toBe(amount);
});

test("a channel's minimum counts when it is higher, and steps must fit", () => {
  expect(amountProblem(100, "EUR", 200)).toBe("The least that can be given is 2.00 EUR.");
  expect(amountProblem(100, "EUR", 20)).toBeNull();
  expect(amountProblem(1255, "KWD")).toBe("Amounts in KWD go in steps of 0.010.");
  expect(amountProblem(100.5, "EUR")).toContain("whole number");
});
