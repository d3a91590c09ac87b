/** Amounts as people read and choose them. Pure. */
import { CURRENCIES, type Currency } from "@rostrum/contract/money";
import type { Tipping } from "@rostrum/contract/tips";

/** For instance "€5.00"; digits as the currency has them. */
export function formatAmount(amountMinor: number, currency: Currency, locale: string): string {
  const { digits } = CURRENCIES[currency];
  const options = {
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  } as const;
  return new Intl.NumberFormat(locale, options).format(amountMinor / 10 ** digits);
}

const STEPS = [1, 2.5, 5, 10] as const;

/** Amounts to choose from: round, from about a five-hundredth of the most, none below the least. */
export function presetsOf({ currency, minAmountMinor, maxAmountMinor }: Tipping): number[] {
  const { step } = CURRENCIES[currency];
  const unit = 10 ** Math.floor(Math.log10(maxAmountMinor / 500));
  const base = ([5, 2, 1].find((n) => n * unit <= maxAmountMinor / 500) ?? 1) * unit;
  const least = minAmountMinor > base ? Math.ceil(minAmountMinor / base) * base : base;
  return STEPS.map((factor) => Math.round((least * factor) / step) * step).filter((amount) => amount <= maxAmountMinor);
}

/** How much of `targetMinor` is there, 0 to 1. */
export function partOf(raisedMinor: number, targetMinor: number): number {
  return Math.min(1, Math.max(0, raisedMinor / targetMinor));
}
