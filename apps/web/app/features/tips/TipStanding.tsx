/** What the tips of a show come to: its channel's goal, and who gave most. */
import { useTranslation } from "react-i18next";
import { useTopic } from "../../lib/realtime/use-topic.ts";
import { DemoNote } from "./DemoNote.tsx";
import { GoalBar } from "./GoalBar.tsx";
import { Leaderboard } from "./Leaderboard.tsx";
import type { TipsApi } from "./TipButton.tsx";
import { TIPS_REDUCER } from "./tips-state.ts";

/** Nothing while there is neither a goal nor a tip. `token`: a playback token, for who may watch only with one. */
export function TipStanding({ api, broadcastId, token }: { api: TipsApi; broadcastId: string; token?: string }) {
  const { t } = useTranslation();
  const { state } = useTopic(`broadcast:${broadcastId}`, TIPS_REDUCER, token);
  const { known } = state;
  if (known === null) return null;
  const { goal, leaderboard, tips, tipping } = known;
  if (goal === null && tips.length === 0) return null;
  return (
    <section
      aria-labelledby="tips-title"
      className="flex flex-col gap-4 rounded-md border border-line bg-surface p-4 sm:max-w-prose"
    >
      <h2 id="tips-title" className="text-md font-semibold">
        {t("tips:title")}
      </h2>
      {tipping.notice === null ? null : <DemoNote />}
      {goal === null ? null : <GoalBar goal={goal} />}
      {tips.length === 0 ? null : <Leaderboard api={api} broadcastId={broadcastId} ofShow={leaderboard} />}
    </section>
  );
}
