/** One question that everybody sees, with its votes and its answer. */
import type { Question } from "@rostrum/contract/engagement";
import { ArrowBigUp, MessageSquareReply, Mic } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatCount } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { cn } from "../../ui/cn.ts";
import { RelativeTime } from "../../ui/Time.tsx";
import { Refusal } from "./Refusal.tsx";
import type { Engagement } from "./use-engagement.ts";
import { useRefusal } from "./use-refusal.ts";

export function QuestionRow({ question, engagement }: { question: Question; engagement: Engagement }) {
  const { t } = useTranslation();
  const isAnswering = question.state === "answering";
  const { refusal, run } = useRefusal();
  const isOn = engagement.state.own?.upvoted.includes(question.id) ?? false;
  return (
    <li
      className={cn(
        "flex flex-col gap-2 rounded-md border bg-surface p-3",
        isAnswering ? "border-accent-line bg-accent-tint" : "border-line",
      )}
    >
      <div className="flex gap-3">
        <Votes
          question={question}
          isOn={isOn}
          mayVote={engagement.isSignedIn && question.state !== "answered"}
          onVote={() => void run("vote", () => engagement.actions.upvote(question.id, !isOn))}
        />
        <div className="flex min-w-0 flex-1 flex-col gap-1">
          <p dir="auto" className="text-base whitespace-pre-line wrap-anywhere">
            {question.text}
          </p>
          <QuestionBy question={question} />
        </div>
      </div>
      {isAnswering ? (
        <p className="inline-flex items-center gap-1.5 text-sm font-medium text-accent-text">
          <Mic aria-hidden className="size-4" />
          {t("engagement:question.now")}
        </p>
      ) : null}
      <Answer question={question} />
      <Refusal text={refusal} />
    </li>
  );
}

/** Who asked, and when. */
export function QuestionBy({ question: { author, askedAt } }: { question: Question }) {
  const { t } = useTranslation();
  return (
    <p className="flex flex-wrap gap-x-2 text-xs text-muted">
      <bdi className="wrap-anywhere">{author?.displayName ?? t("engagement:question.somebody")}</bdi>
      <RelativeTime at={askedAt} />
    </p>
  );
}

/** What was answered in text. */
export function Answer({ question: { answer, state } }: { question: Question }) {
  const { t } = useTranslation();
  if (state !== "answered") return null;
  if (answer?.text == null) return <p className="text-xs text-muted">{t("engagement:question.answeredLive")}</p>;
  return (
    <div className="flex gap-2 border-l-2 border-accent-line pl-2.5 text-sm">
      <MessageSquareReply aria-hidden className="mt-0.5 size-4 shrink-0 text-icon" />
      <p dir="auto" className="min-w-0 whitespace-pre-line wrap-anywhere">
        <span className="sr-only">{t("engagement:question.answer")} </span>
        {answer.text}
      </p>
    </div>
  );
}

type VotesProps = Readonly<{ question: Question; isOn: boolean; mayVote: boolean; onVote: () => void }>;

function Votes({ question: { text, upvotes }, isOn, mayVote, onVote }: VotesProps) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const shown = formatCount(upvotes, locale);
  const look =
    "flex h-12 w-11 shrink-0 flex-col items-center justify-center rounded-sm border text-sm font-medium tabular";
  const said = t("engagement:question.votes", { count: upvotes, shown });
  if (!mayVote) {
    return (
      <p className={cn(look, "border-transparent text-muted")}>
        <ArrowBigUp aria-hidden className="size-4" />
        <span aria-hidden>{shown}</span>
        <span className="sr-only">{said}</span>
      </p>
    );
  }
  return (
    <button
      type="button"
      aria-pressed={isOn}
      aria-label={`${t("engagement:question.upvote", { text })}, ${said}`}
      onClick={onVote}
      className={cn(
        look,
        "transition-colors hover:bg-hover",
        isOn ? "border-accent-line bg-accent-tint text-accent-text" : "border-control text-muted",
      )}
    >
      <ArrowBigUp aria-hidden className={cn("size-4", isOn && "fill-current")} />
      {shown}
    </button>
  );
}
