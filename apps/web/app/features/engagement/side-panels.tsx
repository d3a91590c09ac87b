/** What of engagement stands beside the chat of a show. */
import { ChartBarBig, MessageCircleQuestionMark } from "lucide-react";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import type { PictureClock } from "../../lib/picture-clock.ts";
import type { EngagementState } from "./engagement-state.ts";
import { PollPanel } from "./PollPanel.tsx";
import { QuestionPanel } from "./QuestionPanel.tsx";
import type { Engagement } from "./use-engagement.ts";

type SidePanel = Readonly<{
  id: "questions" | "polls";
  label: string;
  icon: ReactNode;
  /** How much of it wants attention. */
  badge: number;
  /** What the badge counts, for screen readers. */
  badgeLabel: string;
  node: ReactNode;
}>;

type Options = Readonly<{
  engagement: Engagement;
  clock: PictureClock | null;
  /** Not over yet. */
  isOnAir: boolean;
  t: TFunction;
}>;

/** What the channel lets its audience do: questions while one may ask or where there are some; polls where there are some. */
export function sidePanels({ engagement, clock, isOnAir, t }: Options): readonly SidePanel[] {
  const { state, isSignedIn } = engagement;
  const { settings } = state;
  const panels: SidePanel[] = [];
  if (settings.questions && (isOnAir || state.questions.length > 0)) {
    const badge = state.questions.filter((question) => question.state === "answering").length;
    panels.push({
      ...{ id: "questions", label: t("engagement:question.title"), badge },
      icon: <MessageCircleQuestionMark aria-hidden />,
      badgeLabel: t("engagement:question.answering"),
      node: <QuestionPanel engagement={engagement} clock={clock} mayAsk={isOnAir} />,
    });
  }
  if (settings.polls && state.polls.length > 0) {
    const badge = openPolls(state, isSignedIn);
    panels.push({
      ...{ id: "polls", label: t("engagement:poll.title"), badge },
      icon: <ChartBarBig aria-hidden />,
      badgeLabel: t("engagement:poll.badge", { count: badge }),
      node: <PollPanel engagement={engagement} />,
    });
  }
  return panels;
}

/** Those that wait for this viewer's vote; for who cannot vote, those that are open. */
function openPolls({ polls, own }: EngagementState, isSignedIn: boolean): number {
  return polls.filter(({ id, state }) => state === "open" && (!isSignedIn || own?.votes[id] === undefined)).length;
}
