/** The questions of a show for viewers: what is being answered, what is asked, and a field to ask in. */
import type { Question } from "@rostrum/contract/engagement";
import { MessageCircleQuestionMark } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PictureClock } from "../../lib/picture-clock.ts";
import { SegmentedControl } from "../../ui/SegmentedControl.tsx";
import { AskForm } from "./AskForm.tsx";
import { PanelEmpty, PanelFrame } from "./PanelFrame.tsx";
import { type QuestionSort, sorted } from "./question-order.ts";
import { QuestionRow } from "./QuestionRow.tsx";
import type { Engagement } from "./use-engagement.ts";
import { WaitingQuestions } from "./WaitingQuestions.tsx";

/** @param mayAsk false once the show is over */
export function QuestionPanel(props: { engagement: Engagement; clock: PictureClock | null; mayAsk: boolean }) {
  const { engagement, clock, mayAsk } = props;
  const { t } = useTranslation();
  const [sort, setSort] = useState<QuestionSort>("votes");
  const { questions, own } = engagement.state;
  const lists = useMemo(() => sorted(questions, sort, true), [questions, sort]);
  const isEmpty = questions.length === 0 && (own?.waiting.length ?? 0) === 0;
  const rows = (list: readonly Question[]) =>
    list.map((question) => <QuestionRow key={question.id} question={question} engagement={engagement} />);
  return (
    <PanelFrame
      title={t("engagement:question.title")}
      footer={mayAsk ? <AskForm engagement={engagement} clock={clock} /> : null}
    >
      {isEmpty ? (
        <PanelEmpty icon={<MessageCircleQuestionMark aria-hidden />} title={t("engagement:question.none")}>
          {t(mayAsk ? "engagement:question.noneText" : "engagement:question.noneLeft")}
        </PanelEmpty>
      ) : (
        <div className="flex flex-col gap-4 p-3">
          <Group label={t("engagement:question.pinned")} rows={rows(lists.pinned)} />
          <Group label={t("engagement:question.answering")} rows={rows(lists.answering)} />
          <WaitingQuestions engagement={engagement} />
          {lists.open.length > 1 ? (
            <SegmentedControl
              label={t("engagement:question.sort")}
              value={sort}
              onValueChange={setSort}
              options={[
                { value: "votes", label: t("engagement:question.byVotes") },
                { value: "newest", label: t("engagement:question.byTime") },
              ]}
            />
          ) : null}
          <Group label={t("engagement:question.open")} rows={rows(lists.open)} />
          <Group label={t("engagement:question.answered")} rows={rows(lists.answered)} />
        </div>
      )}
    </PanelFrame>
  );
}

function Group({ label, rows }: { label: string; rows: readonly React.ReactElement[] }) {
  if (rows.length === 0) return null;
  return (
    <section aria-label={label} className="flex flex-col gap-2">
      <h3 className="text-xs font-semibold text-muted">{label}</h3>
      <ul className="flex flex-col gap-2">{rows}</ul>
    </section>
  );
}
