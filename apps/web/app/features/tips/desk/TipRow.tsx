/** One paid tip for the crew: who, how much, with which words, and what became of it. */
import type { StaffTip } from "@rostrum/contract/tips";
import { EyeOff, Undo2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocale } from "../../../lib/locale.tsx";
import { Badge } from "../../../ui/Badge.tsx";
import { ConfirmDialog } from "../../../ui/ConfirmDialog.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import { RelativeTime } from "../../../ui/Time.tsx";
import { formatAmount } from "../amount.ts";
import { DemoMark } from "../DemoNote.tsx";
import type { TipsApi } from "../TipButton.tsx";

type Props = { api: TipsApi; tip: StaffTip; mayManage: boolean; onChanged: () => void };
type Asked = "refund" | "hide" | null;

export function TipRow({ api, tip, mayManage, onChanged }: Props) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const [asked, setAsked] = useState<Asked>(null);
  const amount = formatAmount(tip.amountMinor, tip.currency, locale);
  const { name } = tip;
  const isShown = tip.messageState === "shown" && tip.state === "paid";
  return (
    <li className="flex items-start gap-2 py-2">
      <div className="flex min-w-0 flex-1 flex-col gap-0.5">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
          <span className="font-semibold tabular">{amount}</span>
          <bdi className="min-w-0 font-medium wrap-anywhere">{name}</bdi>
          {tip.anonymous ? <Badge>{t("tips:desk.nameless")}</Badge> : null}
          {tip.state === "paid" ? null : <Badge tone="amber">{t(`tips:state.${tip.state}`)}</Badge>}
          {tip.notice === null ? null : <DemoMark />}
          <RelativeTime at={tip.paidAt ?? tip.createdAt} className="text-xs text-faint" />
        </p>
        {tip.message === null ? null : (
          <p className="text-sm text-muted">
            <bdi dir="auto" className="line-clamp-3 wrap-anywhere">
              {tip.message}
            </bdi>
            {isShown ? null : <span className="text-xs text-faint">{t(`tips:words.${tip.messageState}`)}</span>}
          </p>
        )}
      </div>
      {isShown ? (
        <IconButton
          size="sm"
          label={t("tips:desk.hideOf", { name })}
          icon={<EyeOff />}
          onClick={() => setAsked("hide")}
        />
      ) : null}
      {mayManage && tip.state === "paid" ? (
        <IconButton
          size="sm"
          label={t("tips:desk.refundOf", { name, amount })}
          icon={<Undo2 />}
          onClick={() => setAsked("refund")}
        />
      ) : null}
      <ConfirmDialog
        open={asked === "refund"}
        onOpenChange={(isOpen) => setAsked(isOpen ? "refund" : null)}
        title={t("tips:desk.refundTitle", { name, amount })}
        description={t(tip.notice === null ? "tips:desk.refundText" : "tips:desk.refundDemo")}
        action={t("tips:desk.refund")}
        onConfirm={() => api.tips.refund(tip.id).then(onChanged)}
      />
      <ConfirmDialog
        open={asked === "hide"}
        onOpenChange={(isOpen) => setAsked(isOpen ? "hide" : null)}
        title={t("tips:desk.hideTitle", { name })}
        description={<bdi dir="auto">{tip.message}</bdi>}
        action={t("tips:desk.hide")}
        onConfirm={() => api.tips.settle(tip.id, "hide").then(onChanged)}
      />
    </li>
  );
}
