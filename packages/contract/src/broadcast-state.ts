/** The life of a broadcast as one pure function. DESIGN §1. */
import { z } from "zod";

export const BroadcastState = z.enum(["draft", "scheduled", "preview", "live", "interrupted", "ended", "archived"]);
export type BroadcastState = z.infer<typeof BroadcastState>;

/**
 * What can happen to a broadcast.
 * - `schedule` / `unschedule`: `startAt` was set or removed
 * - `preview`, `go_live`, `end`: a person asked for it
 * - `source_connected` / `source_lost`: the media plane saw the first or lost the last source
 * - `window_expired`: the reconnect window ran out
 * - `archived`: the recording is playable
 */
export type BroadcastEvent =
  | { readonly type: "schedule" | "unschedule" | "preview" | "go_live" | "end" }
  | { readonly type: "source_connected"; readonly autoLive: boolean }
  | { readonly type: "source_lost" | "window_expired" | "archived" };

/** What the decision needs to know beside the state. */
export type BroadcastFacts = Readonly<{ state: BroadcastState; hasSource: boolean; startAt: Date | null }>;

export type Transition =
  | { readonly ok: true; readonly state: BroadcastState; readonly changed: boolean }
  | { readonly ok: false; readonly reason: string };

const to = (facts: BroadcastFacts, state: BroadcastState): Transition => ({
  ok: true,
  state,
  changed: facts.state !== state,
});
const refuse = (reason: string): Transition => ({ ok: false, reason });
const isOver = (state: BroadcastState): boolean => state === "ended" || state === "archived";
const beforeShow = (state: BroadcastState): boolean => state === "draft" || state === "scheduled";

/** The state after `event`, or a sentence that says why it is refused. Asking for the state one is in is no error. */
export function transition(facts: BroadcastFacts, event: BroadcastEvent): Transition {
  const { state, hasSource } = facts;
  const waiting: BroadcastState = facts.startAt === null ? "draft" : "scheduled";
  if (isOver(state) && event.type === "end") return to(facts, state);
  if (isOver(state) && event.type !== "archived") return refuse(`The broadcast is over (${state}); start a new one.`);
  switch (event.type) {
    case "schedule":
      return beforeShow(state) ? to(facts, "scheduled") : refuse("A broadcast that has a source cannot be scheduled.");
    case "unschedule":
      return beforeShow(state) ? to(facts, "draft") : refuse("A broadcast that has a source cannot be unscheduled.");
    case "preview":
      if (state === "live" || state === "interrupted") return refuse("A live broadcast cannot go back to preview.");
      return hasSource ? to(facts, "preview") : refuse("Connect an encoder or start the test signal first.");
    case "go_live":
      if (state === "live" || state === "interrupted") return to(facts, state);
      return hasSource ? to(facts, "live") : refuse("Connect an encoder or start the test signal first.");
    case "end":
      if (beforeShow(state)) return refuse("The broadcast has not begun; delete it instead.");
      return to(facts, "ended");
    case "source_connected":
      if (state === "interrupted" || state === "live") return to(facts, "live");
      return to(facts, event.autoLive ? "live" : "preview");
    case "source_lost":
      if (state === "live" || state === "interrupted") return to(facts, "interrupted");
      return to(facts, waiting);
    case "window_expired":
      return state === "interrupted"
        ? to(facts, "ended")
        : refuse("Only an interrupted broadcast can run out of its window.");
    case "archived":
      return isOver(state) ? to(facts, "archived") : refuse("Only an ended broadcast can be archived.");
    default:
      return event satisfies never;
  }
}
