/** The polls of a show for viewers: those that are open first. Scrolls in what it stands in. */
import { ChartBarBig } from "lucide-react";
import { useTranslation } from "react-i18next";
import { PanelEmpty, PanelFrame } from "./PanelFrame.tsx";
import { PollCard } from "./PollCard.tsx";
import type { Engagement } from "./use-engagement.ts";

export function PollPanel({ engagement }: { engagement: Engagement }) {
  const { t } = useTranslation();
  const { polls } = engagement.state;
  const inOrder = [...polls.filter(({ state }) => state === "open"), ...polls.filter(({ state }) => state !== "open")];
  return (
    <PanelFrame title={t("engagement:poll.title")}>
      {polls.length === 0 ? (
        <PanelEmpty icon={<ChartBarBig aria-hidden />} title={t("engagement:poll.none")}>
          {t("engagement:poll.noneText")}
        </PanelEmpty>
      ) : (
        <div className="flex flex-col gap-3 p-3">
          {inOrder.map((poll) => (
            <PollCard key={poll.id} poll={poll} engagement={engagement} />
          ))}
        </div>
      )}
    </PanelFrame>
  );
}
