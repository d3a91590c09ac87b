/** Tips for those who run a show: what waits, the goal, what came, and what it comes to. */
import type { ChannelRole } from "@rostrum/contract/permissions";
import { can } from "@rostrum/contract/permissions";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { messageOf } from "../../../lib/api.ts";
import type { TopicStore } from "../../../lib/realtime/topic-store.ts";
import { useFollowed, useTopicStore } from "../../../lib/realtime/use-topic.ts";
import { DownloadLink } from "../../../ui/DownloadLink.tsx";
import { CopyButton } from "../../../ui/CopyField.tsx";
import { Skeleton } from "../../../ui/Skeleton.tsx";
import { DemoNote } from "../DemoNote.tsx";
import type { TipsApi } from "../TipButton.tsx";
import { TIPS_REDUCER, type TipsState } from "../tips-state.ts";
import { GoalDesk } from "./GoalDesk.tsx";
import type { HeldTips as Held } from "./held-state.ts";
import { HeldTips } from "./HeldTips.tsx";
import { TipRow } from "./TipRow.tsx";
import { Totals } from "./Totals.tsx";
import { useStaffTips } from "./use-staff-tips.ts";

type Props = Readonly<{
  api: TipsApi;
  broadcastId: string;
  channelId: string;
  role: ChannelRole;
  /** Of `useHeldTips`. */
  held: TopicStore<Held>;
  /** Of the layer for OBS; null while it is not known. */
  overlayUrl: string | null;
}>;

/** Give it a key that changes with the show. Who may not read tips sees only what waits for a moderator. */
export function TipsDesk(props: Props) {
  const { api, broadcastId, channelId, role, overlayUrl } = props;
  const { t } = useTranslation();
  const store = useTopicStore(`broadcast:${broadcastId}`, TIPS_REDUCER);
  const { state, phase, refusal } = useFollowed(store);
  const { known } = state;
  if (phase === "refused") {
    return <p className="text-sm text-muted">{refusal?.message}</p>;
  }
  if (known === null) return phase === "ready" ? null : <Skeleton className="h-24 w-full" />;
  const mayManage = can(role, "tips.manage");
  return (
    <div className="flex flex-col gap-4">
      {known.tipping.notice === null ? null : <DemoNote />}
      <HeldTips api={api} store={props.held} />
      {known.tipping.closed === null ? null : (
        <p className="flex flex-wrap gap-x-2 text-sm text-muted">
          {known.tipping.closed}
          {mayManage ? (
            <Link to={`/channels/${channelId}/settings#tips`} className="rounded-sm text-accent-text hover:underline">
              {t("tips:desk.settings")}
            </Link>
          ) : null}
        </p>
      )}
      <GoalDesk
        api={api}
        channelId={channelId}
        currency={known.tipping.currency}
        goal={known.goal}
        mayManage={mayManage}
        // A show that is not on the air is not told of it.
        onChanged={(goal) => store.change((now) => withGoal(now, goal))}
      />
      {can(role, "tips.read") ? <Given {...props} mark={known} mayManage={mayManage} /> : null}
      <div className="flex flex-wrap items-center gap-2 border-t border-line pt-3">
        {overlayUrl === null ? null : (
          <span role="group" aria-label={t("tips:desk.overlay")}>
            <CopyButton size="sm" label={t("tips:desk.overlay")} value={overlayUrl} />
          </span>
        )}
        {can(role, "tips.read") ? (
          <DownloadLink size="sm" href={`/api/v1/channels/${channelId}/tips.csv?broadcastId=${broadcastId}`}>
            {t("tips:desk.csv")}
          </DownloadLink>
        ) : null}
      </div>
    </div>
  );
}

function withGoal(state: TipsState, goal: NonNullable<TipsState["known"]>["goal"]): TipsState {
  return state.known === null ? state : { ...state, known: { ...state.known, goal } };
}

/** `mark` changes whenever something was told. */
function Given({ api, broadcastId, channelId, mark, mayManage }: Props & { mark: unknown; mayManage: boolean }) {
  const { t } = useTranslation();
  const { data, failure, refresh } = useStaffTips(api, { channelId, broadcastId }, mark);
  if (data === null) {
    if (failure === null) return <Skeleton className="h-16 w-full" />;
    return (
      <p role="alert" className="text-sm text-live-text">
        {messageOf(failure, t("error.unknown"))}
      </p>
    );
  }
  return (
    <>
      <Totals totals={data.totals} caption={t("tips:totals.ofShow")} />
      {data.tips.length === 0 ? (
        <p className="text-sm text-muted">{t("tips:desk.none")}</p>
      ) : (
        <ul aria-label={t("tips:desk.list")} className="-my-2 divide-y divide-line">
          {data.tips.map((tip) => (
            <TipRow key={tip.id} api={api} tip={tip} mayManage={mayManage} onChanged={refresh} />
          ))}
        </ul>
      )}
    </>
  );
}
