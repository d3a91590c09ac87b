/** Where a viewer asks. What was begun outlives another tab and a refusal. */
import { ENGAGEMENT_LIMITS } from "@rostrum/contract/engagement";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PictureClock } from "../../lib/picture-clock.ts";
import { Button } from "../../ui/Button.tsx";
import { cn } from "../../ui/cn.ts";
import { inputClass } from "../../ui/Field.tsx";
import { Refusal } from "./Refusal.tsx";
import { SignInLink } from "./SignInLink.tsx";
import { readDraft, saveDraft } from "./tab-memory.ts";
import type { Engagement } from "./use-engagement.ts";
import { useRefusal } from "./use-refusal.ts";

/** From here on the counter is shown. */
const COUNT_FROM = 400;
const box = "flex flex-col gap-2 border-t border-line p-3 pb-[max(12px,env(safe-area-inset-bottom))]";

export function AskForm({ engagement, clock }: { engagement: Engagement; clock: PictureClock | null }) {
  const { t } = useTranslation();
  if (!engagement.isSignedIn) {
    return (
      <div className={cn(box, "flex-row items-center justify-between text-sm text-muted")}>
        <span className="min-w-0">{t("engagement:question.signInText")}</span>
        <SignInLink>{t("engagement:question.signIn")}</SignInLink>
      </div>
    );
  }
  return <Form engagement={engagement} clock={clock} />;
}

function Form({ engagement, clock }: { engagement: Engagement; clock: PictureClock | null }) {
  const { t } = useTranslation();
  const { text, setText, busy, refusal, asked, send, tooLong } = useAsking(engagement, clock);
  return (
    <form className={box} onSubmit={send}>
      <textarea
        rows={2}
        value={text}
        aria-label={t("engagement:question.write")}
        aria-invalid={tooLong || undefined}
        placeholder={t("engagement:question.write")}
        onChange={(event) => setText(event.target.value)}
        className={cn(inputClass, "max-h-40 min-h-14 resize-y py-2 leading-normal")}
      />
      <Refusal text={refusal} />
      <div className="flex items-center justify-between gap-2 text-xs">
        <span role="status" className="min-w-0 text-muted">
          {asked === null
            ? null
            : t(asked === "pending" ? "engagement:question.sentWaits" : "engagement:question.sent")}
        </span>
        <Counter used={lengthOf(text)} />
        <Button type="submit" size="sm" variant="primary" busy={busy !== null} disabled={text.trim() === "" || tooLong}>
          {t("engagement:question.ask")}
        </Button>
      </div>
    </form>
  );
}

function Counter({ used }: { used: number }) {
  const { t } = useTranslation();
  if (used < COUNT_FROM) return null;
  const most = ENGAGEMENT_LIMITS.questionChars;
  return (
    <span className={cn("ml-auto tabular", used > most ? "font-medium text-live-text" : "text-faint")}>
      {t("engagement:question.counter", { used, most })}
    </span>
  );
}

function useAsking({ broadcastId, actions }: Engagement, clock: PictureClock | null) {
  const [text, setTyped] = useState(() => readDraft(broadcastId));
  const [asked, setAsked] = useState<string | null>(null);
  const { busy, refusal, run, clear } = useRefusal();
  const tooLong = lengthOf(text.trim()) > ENGAGEMENT_LIMITS.questionChars;
  const setText = (next: string): void => {
    clear();
    setAsked(null);
    setTyped(next);
    saveDraft(broadcastId, next);
  };
  const ask = async (): Promise<void> => {
    const { state } = await actions.ask(text.trim(), clock?.atMs() ?? null);
    setText("");
    setAsked(state);
  };
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== "" && !tooLong) void run("ask", ask);
  };
  return { text, setText, busy, refusal, asked, send, tooLong };
}

const lengthOf = (text: string): number => Array.from(text).length;
