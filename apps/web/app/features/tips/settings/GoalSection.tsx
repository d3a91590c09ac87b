/** The goal of a channel, the goals of before, and what its tips come to. */
import type { Currency } from "@rostrum/contract/money";
import type { Goal, TipTotal } from "@rostrum/contract/tips";
import { useTranslation } from "react-i18next";
import { messageOf } from "../../../lib/api.ts";
import { useLocale } from "../../../lib/locale.tsx";
import { usePolling } from "../../../lib/use-polling.ts";
import { DownloadLink } from "../../../ui/DownloadLink.tsx";
import { Section } from "../../../ui/Card.tsx";
import { Skeleton } from "../../../ui/Skeleton.tsx";
import { LocalTime } from "../../../ui/Time.tsx";
import { formatAmount } from "../amount.ts";
import { GoalDesk } from "../desk/GoalDesk.tsx";
import { Totals } from "../desk/Totals.tsx";
import type { TipsApi } from "../TipButton.tsx";

type Books = Readonly<{ goals: readonly Goal[]; totals: readonly TipTotal[] }>;

const POLL_MS = 30_000;
const SHOWN = 10;

/** Give it a key that changes with the channel. */
export function GoalSection({ api, channelId, currency }: { api: TipsApi; channelId: string; currency: Currency }) {
  const { t } = useTranslation();
  const { data, failure, refresh } = usePolling<Books | null>(
    async (signal) => {
      const [goals, totals] = await Promise.all([
        api.tips.goals(channelId, { signal }),
        api.tips.totals(channelId, {}, { signal }),
      ]);
      return { goals: goals.items, totals: totals.items };
    },
    { initial: null, intervalMs: POLL_MS, atOnce: true },
  );
  return (
    <Section
      id="tip-goal"
      title={t("tips:goal.heading")}
      description={t("tips:goal.text")}
      footer={
        <>
          <span>{t("tips:books.text")}</span>
          <DownloadLink href={`/api/v1/channels/${channelId}/tips.csv`}>{t("tips:desk.csv")}</DownloadLink>
        </>
      }
    >
      {data === null ? (
        failure === null ? (
          <Skeleton className="h-24 w-full" />
        ) : (
          <p role="alert" className="text-sm text-live-text">
            {messageOf(failure, t("error.unknown"))}
          </p>
        )
      ) : (
        <div className="flex flex-col gap-5">
          <GoalDesk
            api={api}
            channelId={channelId}
            currency={currency}
            goal={data.goals.find(({ stoppedAt }) => stoppedAt === null) ?? null}
            mayManage
            onChanged={refresh}
          />
          <Former goals={data.goals} />
          <Totals totals={data.totals} caption={t("tips:totals.ofChannel")} />
        </div>
      )}
    </Section>
  );
}

function Former({ goals }: { goals: readonly Goal[] }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const former = goals.filter(({ stoppedAt }) => stoppedAt !== null).slice(0, SHOWN);
  if (former.length === 0) return null;
  return (
    <section aria-label={t("tips:goal.former")} className="flex flex-col gap-2">
      <h3 className="text-sm font-medium">{t("tips:goal.former")}</h3>
      <ul className="divide-y divide-line text-sm">
        {former.map(({ id, title, raisedMinor, targetMinor, currency, stoppedAt }) => (
          <li key={id} className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 py-1.5">
            <bdi className="min-w-0 wrap-anywhere">{title}</bdi>
            <span className="text-muted tabular">
              {t("tips:goal.raised", {
                raised: formatAmount(raisedMinor, currency, locale),
                target: formatAmount(targetMinor, currency, locale),
              })}
              {stoppedAt === null ? null : (
                <>
                  {" · "}
                  <LocalTime at={stoppedAt} style="date" />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
