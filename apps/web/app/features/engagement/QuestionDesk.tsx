/** The crew's questions: those that wait for approval, the queue, what is being answered, and what was. */
import type { OwnQuestion, Question } from "@rostrum/contract/engagement";
import { MessageCircleQuestionMark } from "lucide-react";
import { type ReactElement, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { SegmentedControl } from "../../ui/SegmentedControl.tsx";
import { DeskEmpty, DeskFrame } from "./DeskFrame.tsx";
import { DeskQuestion } from "./DeskQuestion.tsx";
import { type QuestionSort, sorted } from "./question-order.ts";
import type { Desk } from "./use-desk.ts";

export function QuestionDesk({ desk }: { desk: Desk }) {
  const { t } = useTranslation();
  const [sort, setSort] = useState<QuestionSort>("votes");
  const { pending } = desk.staff;
  const { questions, settings } = desk.show;
  // The pinned one stays where it stands: what was pressed keeps the focus.
  const lists = useMemo(() => sorted(questions, sort, false), [questions, sort]);
  const rows = (list: readonly (Question | OwnQuestion)[]) =>
    list.map((question) => <DeskQuestion key={question.id} question={question} desk={desk} />);
  const isEmpty = pending.length === 0 && questions.length === 0;
  return (
    <DeskFrame
      actions={
        lists.open.length < 2 ? null : (
          <SegmentedControl
            label={t("engagement:question.sort")}
            value={sort}
            onValueChange={setSort}
            options={[
              { value: "votes", label: t("engagement:question.byVotes") },
              { value: "newest", label: t("engagement:question.byTime") },
            ]}
          />
        )
      }
    >
      {isEmpty ? (
        <DeskEmpty icon={<MessageCircleQuestionMark aria-hidden />}>
          {t(settings.questions ? "engagement:question.deskEmpty" : "engagement:question.deskOff")}
        </DeskEmpty>
      ) : null}
      <Group label={t("engagement:question.answering")} rows={rows(lists.answering)} />
      <Group label={t("engagement:question.toApprove")} rows={rows(pending)} />
      <Group label={t("engagement:question.open")} rows={rows(lists.open)} />
      <Answered rows={rows(lists.answered)} />
    </DeskFrame>
  );
}

function Group({ label, rows }: { label: string; rows: readonly ReactElement[] }) {
  const { t } = useTranslation();
  if (rows.length === 0) return null;
  return (
    <section aria-label={label} className="flex flex-col gap-2">
      <h3 className="text-xs font-semibold text-muted">
        {t("engagement:question.group", { label, count: rows.length })}
      </h3>
      <ul className="flex flex-col gap-2">{rows}</ul>
    </section>
  );
}

/** Done: folded away. */
function Answered({ rows }: { rows: readonly ReactElement[] }) {
  const { t } = useTranslation();
  if (rows.length === 0) return null;
  return (
    <details className="flex flex-col gap-2">
      <summary className="touch-target rounded-sm py-1 text-xs font-semibold text-muted">
        {t("engagement:question.group", { label: t("engagement:question.answered"), count: rows.length })}
      </summary>
      <ul className="mt-2 flex flex-col gap-2">{rows}</ul>
    </details>
  );
}
