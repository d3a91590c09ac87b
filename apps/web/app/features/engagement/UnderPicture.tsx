/** Everything of engagement that stands on strips below the picture of a show that is on: it covers nothing. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useHydrated } from "../../lib/locale.tsx";
import { AnnouncementBanner } from "./AnnouncementBanner.tsx";
import { CallToAction } from "./CallToAction.tsx";
import { ReactionBar } from "./ReactionBar.tsx";
import { readDismissed, saveDismissed } from "./tab-memory.ts";
import type { Engagement } from "./use-engagement.ts";

export function UnderPicture({ engagement }: { engagement: Engagement }) {
  return (
    <>
      {useHydrated() ? <News engagement={engagement} /> : null}
      <ReactionBar engagement={engagement} />
    </>
  );
}

function News({ engagement }: { engagement: Engagement }) {
  const [dismissed, setDismissed] = useState(readDismissed);
  const dismiss = { dismissed, onDismiss: (id: string) => setDismissed(saveDismissed(id)) };
  return (
    <>
      <NewPoll engagement={engagement} />
      <AnnouncementBanner engagement={engagement} {...dismiss} />
      <CallToAction engagement={engagement} {...dismiss} />
    </>
  );
}

/** For those who do not see the badge. */
function NewPoll({ engagement: { state } }: { engagement: Engagement }) {
  const { t } = useTranslation();
  const newest = state.opened.at(-1);
  const poll = state.polls.find(({ id, state: at }) => id === newest && at === "open");
  return (
    <p role="status" className="sr-only">
      {poll === undefined ? null : (
        <span key={poll.id}>{t("engagement:poll.opened", { question: poll.question })}</span>
      )}
    </p>
  );
}
