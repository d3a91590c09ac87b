/** One question and what the crew can make of it. */
import type { OwnQuestion, Question, UpdateQuestionBody } from "@rostrum/contract/engagement";
import { Check, MessageSquareReply, Mic, Pin, PinOff, RotateCcw, X } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { z } from "zod";
import { messageOf } from "../../lib/api.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { cn } from "../../ui/cn.ts";
import { IconButton } from "../../ui/IconButton.tsx";
import { TextArea } from "../../ui/TextField.tsx";
import { toast } from "../../ui/toast.ts";
import { Answer, QuestionBy } from "./QuestionRow.tsx";
import { Refusal } from "./Refusal.tsx";
import type { Desk } from "./use-desk.ts";
import { useRefusal } from "./use-refusal.ts";

type Body = z.input<typeof UpdateQuestionBody>;
type Step = Body["state"];

const ANSWER_CHARS = 2000;

/** What can be made of a question, in the order in which it is offered. `dismissed` stands at the end of the row. */
const STEPS: Readonly<Record<Question["state"], readonly Step[]>> = {
  pending: ["open"],
  open: ["answering"],
  answering: ["answered", "open"],
  answered: ["open"],
  dismissed: ["open"],
};
const ICONS: Readonly<Record<Step, ReactNode>> = {
  open: <RotateCcw aria-hidden />,
  answering: <Mic aria-hidden />,
  answered: <Check aria-hidden />,
  dismissed: <X aria-hidden />,
};

export function DeskQuestion({ question, desk }: { question: Question | OwnQuestion; desk: Desk }) {
  const { t } = useTranslation();
  const { busy, refusal, run } = useRefusal<Step | "pin">();
  const [isWriting, setWriting] = useState(false);
  const { id, state, text, upvotes, pinned } = question;
  const isPending = state === "pending";
  const settle = (body: Body): Promise<boolean> => run(body.state, () => desk.actions.settle(id, body));
  const fail = (error: unknown): void => void toast.error(messageOf(error, t("error.unknown")));
  const dismiss = async (): Promise<void> => {
    if (!(await settle({ state: "dismissed" })) || isPending) return;
    // Brought back it is open to everybody: one that waited for approval stays away.
    const onClick = (): void => void desk.actions.settle(id, { state: "open" }).catch(fail);
    toast.info(t("engagement:question.gone"), { label: t("engagement:question.undo"), onClick });
  };
  const pin = (): Promise<boolean> => run("pin", () => desk.actions.pin(id, !pinned));
  return (
    <li
      className={cn(
        "flex flex-col gap-2 rounded-md border p-3",
        state === "answering" ? "border-accent-line bg-accent-tint" : isPending ? "border-amber-line" : "border-line",
      )}
    >
      <p dir="auto" className="text-base whitespace-pre-line wrap-anywhere">
        {text}
      </p>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted">
        <QuestionBy question={question} />
        {isPending ? null : (
          <span className="tabular">{t("engagement:question.votes", { count: upvotes, shown: upvotes })}</span>
        )}
        {pinned ? <Badge tone="accent">{t("engagement:question.pinned")}</Badge> : null}
        {"heldFor" in question && question.heldFor !== null ? <Badge tone="amber">{question.heldFor}</Badge> : null}
      </div>
      <Answer question={question} />
      <Refusal text={refusal} />
      <div className="flex flex-wrap items-center gap-1.5">
        {STEPS[state].map((step) => (
          <Button key={step} size="sm" busy={busy === step} onClick={() => void settle({ state: step })}>
            {isPending ? <Check aria-hidden /> : ICONS[step]}
            {t(isPending ? "engagement:question.approve" : `engagement:question.step.${step}`)}
          </Button>
        ))}
        {isWriting ? null : (
          <Button size="sm" variant="ghost" onClick={() => setWriting(true)}>
            <MessageSquareReply aria-hidden />
            {t(state === "answered" ? "engagement:question.editAnswer" : "engagement:question.inText")}
          </Button>
        )}
        <div className="ml-auto flex items-center gap-1.5">
          {isPending ? null : (
            <IconButton
              size="sm"
              label={t(pinned ? "engagement:question.unpin" : "engagement:question.pin")}
              icon={pinned ? <PinOff aria-hidden /> : <Pin aria-hidden />}
              onClick={() => void pin()}
            />
          )}
          <IconButton
            size="sm"
            label={t("engagement:question.dismiss")}
            icon={ICONS.dismissed}
            onClick={() => void dismiss()}
          />
        </div>
      </div>
      {isWriting ? (
        <Writing question={question} busy={busy !== null} onSettle={settle} onClose={() => setWriting(false)} />
      ) : null}
    </li>
  );
}

type WritingProps = Readonly<{
  question: Question;
  busy: boolean;
  onSettle: (body: Body) => Promise<boolean>;
  onClose: () => void;
}>;

/** An answer in text. It is sent with the button: many of them have several lines. */
function Writing({ question, busy, onSettle, onClose }: WritingProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(question.answer?.text ?? "");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await onSettle({ state: "answered", text })) onClose();
  };
  return (
    <form className="flex flex-col gap-2" onSubmit={(event) => void submit(event)}>
      <TextArea
        label={t("engagement:question.answer")}
        rows={3}
        maxLength={ANSWER_CHARS}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="flex justify-end gap-2">
        <Button size="sm" variant="ghost" onClick={onClose}>
          {t("ui.cancel")}
        </Button>
        <Button type="submit" size="sm" variant="primary" busy={busy} disabled={text.trim() === ""}>
          {t("engagement:question.sendAnswer")}
        </Button>
      </div>
    </form>
  );
}
