/** The crew's desks as panels of the control room. */
import type { TFunction } from "i18next";
import { ChartBarBig, Hand, Link2, Megaphone, MessageCircleQuestionMark, UsersRound } from "lucide-react";
import type { ReactNode } from "react";
import { AnnouncementDesk } from "./AnnouncementDesk.tsx";
import { AudienceSwitches } from "./AudienceSwitches.tsx";
import { HandDesk } from "./HandDesk.tsx";
import { HandoutDesk } from "./HandoutDesk.tsx";
import { PollDesk } from "./PollDesk.tsx";
import { QuestionDesk } from "./QuestionDesk.tsx";
import type { Desk } from "./use-desk.ts";
import type { Engagement } from "./use-engagement.ts";

/** `badge`: how much of it waits for the crew. */
type DeskPanel = Readonly<{ id: string; title: string; icon: ReactNode; node: ReactNode; badge: number }>;

type Options = Readonly<{
  desk: Desk;
  engagement: Engagement;
  /** Of the poll as a layer for OBS; null while it is not known. */
  overlayUrl: string | null;
  t: TFunction;
}>;

/** For those who may manage engagement. */
export function deskPanels({ desk, engagement, overlayUrl, t }: Options): readonly DeskPanel[] {
  const { staff, show, api, channelId } = desk;
  const waiting = staff.pending.length + show.questions.filter(({ state }) => state === "open").length;
  return [
    {
      ...{ id: "questions", title: t("engagement:question.title"), badge: waiting },
      icon: <MessageCircleQuestionMark aria-hidden />,
      node: <QuestionDesk desk={desk} />,
    },
    {
      ...{ id: "polls", title: t("engagement:poll.title"), badge: 0 },
      icon: <ChartBarBig aria-hidden />,
      node: <PollDesk desk={desk} overlayUrl={overlayUrl} />,
    },
    {
      ...{ id: "hands", title: t("engagement:hand.title"), badge: staff.hands.length },
      icon: <Hand aria-hidden />,
      node: <HandDesk desk={desk} />,
    },
    {
      ...{ id: "announcements", title: t("engagement:announcement.title"), badge: 0 },
      icon: <Megaphone aria-hidden />,
      node: <AnnouncementDesk desk={desk} />,
    },
    {
      ...{ id: "handouts", title: t("engagement:handout.title"), badge: 0 },
      icon: <Link2 aria-hidden />,
      node: <HandoutDesk desk={desk} />,
    },
    {
      ...{ id: "interaction", title: t("engagement:settings.title"), badge: 0 },
      icon: <UsersRound aria-hidden />,
      node: (
        <AudienceSwitches
          api={api}
          channelId={channelId}
          settings={show.settings}
          onSaved={(settings) => engagement.change((state) => ({ ...state, settings }))}
        />
      ),
    },
  ];
}
