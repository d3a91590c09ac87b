/** One poll for a viewer: to vote in, and how it stands. */
import type { Poll } from "@rostrum/contract/engagement";
import { useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatCount } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { barsOf, chosen, isVotable } from "./poll-view.ts";
import { PollBars } from "./PollBars.tsx";
import { PollTimer } from "./PollTimer.tsx";
import { Refusal } from "./Refusal.tsx";
import { SignInLink } from "./SignInLink.tsx";
import { type Engagement, useServerNow } from "./use-engagement.ts";
import { useRefusal } from "./use-refusal.ts";

export function PollCard({ poll, engagement }: { poll: Poll; engagement: Engagement }) {
  const { state, isSignedIn } = engagement;
  const own = state.own?.votes[poll.id] ?? [];
  const isOpen = isVotable(poll, useServerNow(state));
  const [isChanging, setChanging] = useState(false);
  const titleId = useId();
  const card = useRef<HTMLElement>(null);
  // What had the focus goes with it: the next key begins at this poll, not at the top of the page.
  const show = (changing: boolean): void => {
    setChanging(changing);
    card.current?.focus({ preventScroll: true });
  };
  const votes = isOpen && isSignedIn && (own.length === 0 || isChanging);
  return (
    <article
      ref={card}
      tabIndex={-1}
      aria-labelledby={titleId}
      className="outline-none flex flex-col gap-3 rounded-md border border-line bg-surface p-3"
    >
      <Head poll={poll} titleId={titleId} isOpen={isOpen} skewMs={state.skewMs} />
      {votes ? (
        <Ballot poll={poll} own={own} titleId={titleId} engagement={engagement} onDone={() => show(false)} />
      ) : (
        <Standing poll={poll} own={own} isOpen={isOpen} isSignedIn={isSignedIn} onChange={() => show(true)} />
      )}
    </article>
  );
}

type HeadProps = Readonly<{ poll: Poll; titleId: string; isOpen: boolean; skewMs: number }>;

function Head({ poll, titleId, isOpen, skewMs }: HeadProps) {
  const { t } = useTranslation();
  return (
    <header className="flex flex-col gap-1.5">
      <h3 id={titleId} dir="auto" className="text-base font-semibold wrap-anywhere">
        {poll.question}
      </h3>
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-muted">
        <Badge tone={isOpen ? "green" : "neutral"}>
          {t(isOpen ? "engagement:poll.open" : "engagement:poll.closed")}
        </Badge>
        {isOpen && poll.closesAt !== null ? <PollTimer closesAt={poll.closesAt} skewMs={skewMs} /> : null}
        <span>{t(poll.multiple ? "engagement:poll.several" : "engagement:poll.one")}</span>
        <span>{t(poll.named ? "engagement:poll.named" : "engagement:poll.anonymous")}</span>
      </p>
    </header>
  );
}

type BallotProps = Readonly<{
  poll: Poll;
  own: readonly string[];
  titleId: string;
  engagement: Engagement;
  onDone: () => void;
}>;

function Ballot({ poll, own, titleId, engagement, onDone }: BallotProps) {
  const { t } = useTranslation();
  const [choice, setChoice] = useState(own);
  const { busy, refusal, run } = useRefusal();
  const vote = async (): Promise<void> => {
    if (await run("vote", () => engagement.actions.vote(poll.id, choice))) onDone();
  };
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (choice.length > 0) void vote();
      }}
    >
      <fieldset aria-labelledby={titleId} className="flex flex-col gap-1.5">
        {poll.options.map(({ id, text }) => (
          <label
            key={id}
            className="flex min-h-9 touch-target cursor-pointer items-center gap-2.5 rounded-sm border border-control px-2.5 py-1.5 text-base hover:bg-hover has-checked:border-accent-text has-checked:bg-accent-tint"
          >
            <input
              type={poll.multiple ? "checkbox" : "radio"}
              name={`poll-${poll.id}`}
              checked={choice.includes(id)}
              onChange={() => setChoice(chosen(choice, id, poll.multiple))}
              className="size-4 shrink-0"
            />
            <bdi dir="auto" className="min-w-0 wrap-anywhere">
              {text}
            </bdi>
          </label>
        ))}
      </fieldset>
      <Refusal text={refusal} />
      <div className="flex justify-end gap-2">
        {own.length > 0 ? (
          <Button size="sm" variant="ghost" onClick={onDone}>
            {t("ui.cancel")}
          </Button>
        ) : null}
        <Button type="submit" size="sm" variant="primary" busy={busy !== null} disabled={choice.length === 0}>
          {t("engagement:poll.vote")}
        </Button>
      </div>
    </form>
  );
}

type StandingProps = Readonly<{
  poll: Poll;
  own: readonly string[];
  isOpen: boolean;
  isSignedIn: boolean;
  onChange: () => void;
}>;

function Standing({ poll, own, isOpen, isSignedIn, onChange }: StandingProps) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const bars = barsOf(poll, own);
  const voters = poll.outcome?.voters ?? 0;
  return (
    <>
      {bars === null ? <Hidden poll={poll} own={own} /> : <PollBars bars={bars} />}
      <div className="flex flex-wrap items-center justify-between gap-2 text-xs text-muted">
        <span className="tabular">
          {bars === null ? null : t("engagement:poll.voters", { count: voters, shown: formatCount(voters, locale) })}
        </span>
        {isOpen && isSignedIn ? (
          <Button size="sm" variant="ghost" onClick={onChange}>
            {t("engagement:poll.change")}
          </Button>
        ) : null}
        {isOpen && !isSignedIn ? <SignInLink>{t("engagement:poll.signIn")}</SignInLink> : null}
      </div>
    </>
  );
}

/** Counts that are for later. */
function Hidden({ poll, own }: { poll: Poll; own: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <>
      <ul className="flex flex-col gap-1.5 text-base">
        {poll.options.map(({ id, text }) => (
          <li
            key={id}
            className="flex items-baseline justify-between gap-2 rounded-sm border border-line px-2.5 py-1.5"
          >
            <bdi dir="auto" className="min-w-0 wrap-anywhere">
              {text}
            </bdi>
            {own.includes(id) ? <Badge tone="accent">{t("engagement:poll.own")}</Badge> : null}
          </li>
        ))}
      </ul>
      <p className="text-sm text-muted">{t("engagement:poll.later")}</p>
    </>
  );
}
