/** What came in, what it cost and what went back, out of the ledger. */
import type { TipTotal } from "@rostrum/contract/tips";
import { useTranslation } from "react-i18next";
import { useLocale } from "../../../lib/locale.tsx";
import { formatAmount } from "../amount.ts";
import { DemoMark } from "../DemoNote.tsx";

const COLUMNS = ["grossMinor", "feesMinor", "refundsMinor", "disputesMinor", "netMinor"] as const;

/** Nothing where nothing was given. */
export function Totals({ totals, caption }: { totals: readonly TipTotal[]; caption: string }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  if (totals.length === 0) return null;
  return (
    <div className="flex flex-col gap-3">
      {totals.map((total) => (
        <dl
          key={`${total.currency} ${total.provider}`}
          aria-label={caption}
          className="grid grid-cols-[repeat(auto-fit,minmax(6.5rem,1fr))] gap-x-4 gap-y-2"
        >
          <Figure label={t("tips:totals.tips")} value={new Intl.NumberFormat(locale).format(total.tips)} />
          {COLUMNS.filter((name) => total[name] !== 0 || name === "grossMinor" || name === "netMinor").map((name) => (
            <Figure
              key={name}
              label={t(`tips:totals.${name}`)}
              value={formatAmount(total[name], total.currency, locale)}
            />
          ))}
          {total.notice === null ? null : (
            <div className="flex items-end">
              <DemoMark />
            </div>
          )}
        </dl>
      ))}
    </div>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-faint">{label}</dt>
      <dd className="font-medium tabular">{value}</dd>
    </div>
  );
}
