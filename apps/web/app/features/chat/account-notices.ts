/** What moderators have told this account, folded from the topic `user:<id>`. Pure. */
import type { OwnBan, UserModerationEvent, Warning } from "@rostrum/contract/moderation";
import type { TopicReducer } from "../../lib/realtime/topic-store.ts";

/** `changes` counts what changes who may write where, told while the page was open. */
export type AccountNoticesState = Readonly<{
  bans: readonly OwnBan[];
  warnings: readonly Warning[];
  changes: number;
  /** The ban that was lifted last by the answer to an appeal, told while the page was open. */
  lifted: OwnBan | null;
}>;

const MOST_WARNINGS = 20;

/** Events of other features on the same topic are passed over. */
export const ACCOUNT_NOTICES: TopicReducer<AccountNoticesState> = {
  initial: { bans: [], warnings: [], changes: 0, lifted: null },
  reset: (snapshot, { changes, lifted }) => {
    const { bans = [], warnings = [] } = snapshot as Partial<AccountNoticesState>;
    return { bans, warnings: warnings.slice(0, MOST_WARNINGS), changes, lifted };
  },
  apply: (state, events) =>
    events.reduce<AccountNoticesState>((known, event) => one(known, event as UserModerationEvent), state),
};

function one(state: AccountNoticesState, event: UserModerationEvent): AccountNoticesState {
  const without = (id: string): readonly OwnBan[] => state.bans.filter((ban) => ban.id !== id);
  switch (event.type) {
    case "user.banned":
      return { ...state, bans: [...without(event.ban.id), event.ban], changes: state.changes + 1 };
    case "user.unbanned":
      return { ...state, bans: without(event.banId), changes: state.changes + 1 };
    case "user.appeal_answered": {
      const bans = [...without(event.ban.id), event.ban];
      const lifted = event.ban.appeal?.state === "lifted" ? event.ban : state.lifted;
      return { ...state, bans, lifted, changes: state.changes + 1 };
    }
    case "user.role_changed":
      return { ...state, changes: state.changes + 1 };
    case "user.warned": {
      const others = state.warnings.filter(({ id }) => id !== event.warning.id);
      return { ...state, warnings: [event.warning, ...others].slice(0, MOST_WARNINGS) };
    }
    default:
      return (event satisfies never, state);
  }
}
