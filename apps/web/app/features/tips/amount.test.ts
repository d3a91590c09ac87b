import { amountProblem, CURRENCIES, Currency } from "@rostrum/contract/money";
import { expect, test } from "vitest";
import { formatAmount, partOf, presetsOf } from "./amount.ts";

const tipping = (currency: Currency, minAmountMinor: number = CURRENCIES[currency].min) => ({
  ...{ closed: null, currency, minAmountMinor, maxAmountMinor: CURRENCIES[currency].max, notice: null },
});

test.each([
  ["EUR", [200, 500, 1000, 2000]],
  ["JPY", [200, 500, 1000, 2000]],
  ["KWD", [500, 1250, 2500, 5000]],
] as const)("round amounts in %s", (currency, wanted) => {
  expect(presetsOf(tipping(currency))).toEqual(wanted);
});

test("every amount offered can be paid, in every currency and above a channel's minimum", () => {
  for (const currency of Currency.options) {
    for (const min of [CURRENCIES[currency].min, CURRENCIES[currency].max / 7]) {
      const offered = presetsOf(tipping(currency, Math.round(min)));
      expect([currency, offered.length]).not.toEqual([currency, 0]);
      for (const amount of offered) expect([currency, amountProblem(amount, currency, min)]).toEqual([currency, null]);
    }
  }
});

test.each([
  [1250, "EUR", "€12.50"],
  [1250, "JPY", "¥1,250"],
  [1250, "KWD", "KWD\u00A01.250"],
] as const)("%i %s reads %s", (amount, currency, text) => {
  expect(formatAmount(amount, currency, "en")).toBe(text);
});

test.each([
  [0, 100, 0],
  [25, 100, 0.25],
  [250, 100, 1],
  // More went back than came since the goal began.
  [-50, 100, 0],
])("%i of %i fills %f of the bar", (raised, target, part) => {
  expect(partOf(raised, target)).toBe(part);
});
