/** What waits for a moderator, folded from the topic `moderation:<id>`. Pure. */
import type { ChatStaffEvent, ModeratedChatMessage } from "@rostrum/contract/chat";
import type { TopicReducer } from "../../lib/realtime/topic-store.ts";

export type HoldQueueState = Readonly<{
  held: readonly ModeratedChatMessage[];
  reported: readonly ModeratedChatMessage[];
}>;

/** As many as the server tells at first; what is behind them comes when these are decided. */
const MOST = 200;

const EMPTY: HoldQueueState = { held: [], reported: [] };

/** Events of other features on the same topic are passed over. */
export const HOLD_QUEUE: TopicReducer<HoldQueueState> = {
  initial: EMPTY,
  reset: (snapshot) => {
    const { held = [], reported = [] } = snapshot as Partial<HoldQueueState>;
    return { held, reported: reported.filter(({ state }) => state === "visible") };
  },
  apply: (state, events) => events.reduce<HoldQueueState>((known, event) => one(known, event as ChatStaffEvent), state),
};

function one(state: HoldQueueState, event: ChatStaffEvent): HoldQueueState {
  switch (event.type) {
    case "chat.held":
      return { ...state, held: put(state.held, event.message) };
    case "chat.reported":
      return { ...state, reported: put(state.reported, event.message) };
    case "chat.released":
      return released(state, event.ids);
    default:
      return (event satisfies never, state);
  }
}

function put(list: readonly ModeratedChatMessage[], message: ModeratedChatMessage): readonly ModeratedChatMessage[] {
  const known = list.some(({ id }) => id === message.id);
  return known ? list.map((one) => (one.id === message.id ? message : one)) : [...list, message].slice(-MOST);
}

/** These are decided. */
export function released(state: HoldQueueState, ids: readonly string[]): HoldQueueState {
  const open = ({ id }: ModeratedChatMessage): boolean => !ids.includes(id);
  return { held: state.held.filter(open), reported: state.reported.filter(open) };
}
