/** Currencies in which tips are taken. Amounts are whole numbers of the currency's minor unit everywhere; ISO 4217. */
import { z } from "zod";

/** `digits`: decimals of the minor unit. Amounts are multiples of `step`, from `min` to `max`, both inclusive. */
export type CurrencyFacts = Readonly<{ digits: 0 | 2 | 3; step: number; min: number; max: number }>;

const cents = (min: number, max: number): CurrencyFacts => ({ digits: 2, step: 1, min, max });
const whole = (min: number, max: number): CurrencyFacts => ({ digits: 0, step: 1, min, max });
// Card networks settle thousandths in steps of ten.
const mills = (min: number, max: number): CurrencyFacts => ({ digits: 3, step: 10, min, max });

/** The minima are at or above what card payments cost to be accepted at all; the maxima bound a slip of the finger. */
export const CURRENCIES = {
  EUR: cents(50, 100_000),
  USD: cents(50, 100_000),
  GBP: cents(30, 100_000),
  CHF: cents(50, 100_000),
  CAD: cents(50, 150_000),
  AUD: cents(50, 150_000),
  NZD: cents(50, 150_000),
  SGD: cents(50, 150_000),
  HKD: cents(400, 800_000),
  SEK: cents(300, 1_000_000),
  NOK: cents(300, 1_000_000),
  DKK: cents(250, 750_000),
  PLN: cents(200, 400_000),
  CZK: cents(1500, 2_500_000),
  HUF: cents(17_500, 40_000_000),
  RON: cents(200, 500_000),
  BRL: cents(50, 500_000),
  MXN: cents(1000, 2_000_000),
  INR: cents(5000, 10_000_000),
  THB: cents(1000, 3_500_000),
  MYR: cents(200, 450_000),
  AED: cents(200, 400_000),
  JPY: whole(50, 150_000),
  KRW: whole(1000, 1_500_000),
  VND: whole(20_000, 25_000_000),
  CLP: whole(500, 1_000_000),
  KWD: mills(200, 300_000),
  BHD: mills(200, 400_000),
} as const satisfies Record<string, CurrencyFacts>;

export const Currency = z.enum(Object.keys(CURRENCIES) as [keyof typeof CURRENCIES, ...(keyof typeof CURRENCIES)[]]);
export type Currency = z.infer<typeof Currency>;

/** An amount in minor units; what a currency allows is checked by `amountProblem`. */
export const AmountMinor = z.number().int().min(1).max(1_000_000_000);

/** What is wrong with an amount, as a sentence; null when it can be paid. `min` raises the currency's own minimum. */
export function amountProblem(amountMinor: number, currency: Currency, min = 0): string | null {
  const facts = CURRENCIES[currency];
  const least = Math.max(min, facts.min);
  if (!Number.isSafeInteger(amountMinor)) return "The amount must be a whole number of the smallest unit.";
  if (amountMinor < least) return `The least that can be given is ${formatMinor(least, currency)} ${currency}.`;
  if (amountMinor > facts.max) {
    return `The most that can be given at a time is ${formatMinor(facts.max, currency)} ${currency}.`;
  }
  if (amountMinor % facts.step !== 0) {
    return `Amounts in ${currency} go in steps of ${formatMinor(facts.step, currency)}.`;
  }
  return null;
}

/** As a plain decimal, for programs and tables: 1250 EUR is "12.50", 1250 JPY "1250". Negative amounts keep their sign. */
export function formatMinor(amountMinor: number, currency: Currency): string {
  const { digits } = CURRENCIES[currency];
  const text = String(Math.abs(amountMinor)).padStart(digits + 1, "0");
  const sign = amountMinor < 0 ? "-" : "";
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** What somebody typed, with a point or a comma, in minor units; null when it is no amount or has too many decimals. */
export function parseMinor(text: string, currency: Currency): number | null {
  const { digits } = CURRENCIES[currency];
  const match = /^(\d{1,9})(?:[.,](\d{1,3}))?$/.exec(text.trim());
  if (!match) return null;
  const [, units = "", decimals = ""] = match;
  return decimals.length > digits ? null : Number(units + decimals.padEnd(digits, "0"));
}
