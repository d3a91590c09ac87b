/** One's own questions that others do not see: those that wait for the crew, and those that it did not take up. */
import type { Question } from "@rostrum/contract/engagement";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/Badge.tsx";
import { IconButton } from "../../ui/IconButton.tsx";
import type { Engagement } from "./use-engagement.ts";

export function WaitingQuestions({ engagement }: { engagement: Engagement }) {
  const { t } = useTranslation();
  const waiting = engagement.state.own?.waiting ?? [];
  if (waiting.length === 0) return null;
  return (
    <section aria-label={t("engagement:question.own")} className="flex flex-col gap-2">
      <h3 className="text-xs font-semibold text-muted">{t("engagement:question.own")}</h3>
      <ul className="flex flex-col gap-2">
        {waiting.map((question) => (
          <Row key={question.id} question={question} onForget={() => engagement.actions.forget(question.id)} />
        ))}
      </ul>
    </section>
  );
}

function Row({ question: { text, state }, onForget }: { question: Question; onForget: () => void }) {
  const { t } = useTranslation();
  const isDismissed = state === "dismissed";
  return (
    <li className="flex items-start gap-2 rounded-md border border-dashed border-line-strong p-3">
      <div className="flex min-w-0 flex-1 flex-col items-start gap-1.5">
        <p dir="auto" className="text-base whitespace-pre-line wrap-anywhere">
          {text}
        </p>
        <span role="status">
          <Badge tone={isDismissed ? "neutral" : "amber"}>
            {t(isDismissed ? "engagement:question.dismissed" : "engagement:question.pending")}
          </Badge>
        </span>
      </div>
      {isDismissed ? (
        <IconButton size="sm" label={t("engagement:question.forget")} icon={<X aria-hidden />} onClick={onForget} />
      ) : null}
    </li>
  );
}
