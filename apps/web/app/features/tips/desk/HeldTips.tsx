/** Tips whose words wait: shown to everybody, or kept from them. The money has come either way. */
import type { HeldTip } from "@rostrum/contract/tips";
import { Check, Hourglass, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { messageOf } from "../../../lib/api.ts";
import { useLocale } from "../../../lib/locale.tsx";
import type { TopicStore } from "../../../lib/realtime/topic-store.ts";
import { useFollowed, useTopicStore } from "../../../lib/realtime/use-topic.ts";
import { Button } from "../../../ui/Button.tsx";
import { RelativeTime } from "../../../ui/Time.tsx";
import { formatAmount } from "../amount.ts";
import { DemoMark } from "../DemoNote.tsx";
import type { TipsApi } from "../TipButton.tsx";
import { HELD_TIPS, type HeldTips as Held, withBack, without } from "./held-state.ts";

/** What waits, and how many; for those who may moderate. One for the badge and the list: they never differ. */
export function useHeldTips(broadcastId: string): Readonly<{ store: TopicStore<Held>; count: number }> {
  const store = useTopicStore(`moderation:${broadcastId}`, HELD_TIPS);
  return { store, count: useFollowed(store).state.length };
}

/** Nothing while nothing waits. */
export function HeldTips({ api, store }: { api: TipsApi; store: TopicStore<Held> }) {
  const { t } = useTranslation();
  const { state } = useFollowed(store);
  const [failure, setFailure] = useState<string | null>(null);
  const settle = async (held: HeldTip, decision: "show" | "hide"): Promise<void> => {
    setFailure(null);
    store.change((known) => without(known, held.tip.id));
    try {
      await api.tips.settle(held.tip.id, decision);
    } catch (error) {
      store.change((known) => withBack(known, held));
      setFailure(messageOf(error, t("error.unknown")));
    }
  };
  if (state.length === 0 && failure === null) return null;
  return (
    <section
      aria-label={t("tips:held.title")}
      className="overflow-hidden rounded-sm border border-amber-line bg-amber-tint/50"
    >
      <h3 className="flex items-center gap-2 px-3 py-2 text-sm font-medium text-amber-text">
        <Hourglass aria-hidden className="size-4" />
        <span role="status">{t("tips:held.count", { count: state.length })}</span>
      </h3>
      {failure === null ? null : (
        <p role="alert" className="px-3 pb-2 text-sm text-live-text">
          {failure}
        </p>
      )}
      <ul className="max-h-64 divide-y divide-line overflow-y-auto bg-canvas">
        {state.map((held) => (
          <HeldRow key={held.tip.id} held={held} onSettle={(decision) => void settle(held, decision)} />
        ))}
      </ul>
    </section>
  );
}

function HeldRow({ held, onSettle }: { held: HeldTip; onSettle: (decision: "show" | "hide") => void }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const { tip, text, reason } = held;
  const name = tip.anonymous ? t("tips:anonymous") : tip.name;
  return (
    <li className="flex flex-col gap-1.5 px-3 py-2">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
        <span className="font-semibold tabular">{formatAmount(tip.amountMinor, tip.currency, locale)}</span>
        <bdi className="font-medium">{name}</bdi>
        {tip.notice === null ? null : <DemoMark />}
        <RelativeTime at={tip.at} className="text-xs text-faint" />
      </p>
      <bdi dir="auto" className="block max-h-24 overflow-y-auto text-base wrap-anywhere">
        {text}
      </bdi>
      <p className="text-xs text-faint">{reason}</p>
      <div className="flex gap-2">
        <Button size="sm" aria-label={t("tips:held.showOf", { name })} onClick={() => onSettle("show")}>
          <Check aria-hidden />
          {t("tips:held.show")}
        </Button>
        <Button size="sm" variant="ghost" aria-label={t("tips:held.hideOf", { name })} onClick={() => onSettle("hide")}>
          <X aria-hidden />
          {t("tips:held.hide")}
        </Button>
      </div>
    </li>
  );
}
