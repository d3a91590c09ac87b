/** What a producer can do next with a broadcast, and what its clock shows. Pure. */
import { type BroadcastEvent, type BroadcastState, transition } from "@rostrum/contract/broadcast-state";
import type { OwnBroadcast } from "@rostrum/contract/broadcasts";

export type ActionName = "preview" | "live" | "end";

/** The facts that decide. */
export type ActionFacts = Pick<OwnBroadcast, "state" | "hasSource" | "startAt">;

/** The one big button. `blocked`: it waits for a source. `none`: the show is over. */
export type NextAction = { readonly kind: "none" } | { readonly kind: ActionName; readonly blocked: boolean };

const EVENTS: Record<ActionName, BroadcastEvent> = {
  preview: { type: "preview" },
  live: { type: "go_live" },
  end: { type: "end" },
};

/** Preview, then Go live, then End. */
export function nextAction(facts: ActionFacts): NextAction {
  switch (facts.state) {
    case "draft":
    case "scheduled":
      return facts.hasSource ? { kind: "preview", blocked: false } : { kind: "live", blocked: true };
    case "preview":
      return { kind: "live", blocked: false };
    case "live":
    case "interrupted":
      return { kind: "end", blocked: false };
    case "ended":
    case "archived":
      return { kind: "none" };
    default:
      return facts.state satisfies never;
  }
}

/** The state that the server will answer with when it does not refuse. */
export function stateAfter(facts: ActionFacts, action: ActionName): BroadcastState {
  const startAt = facts.startAt === null ? null : new Date(facts.startAt);
  const next = transition({ state: facts.state, hasSource: facts.hasSource, startAt }, EVENTS[action]);
  return next.ok ? next.state : facts.state;
}

/** `since` runs up, `until` runs down, `length` stands still (ms). Instants are RFC 3339. */
export type Clock =
  | { readonly kind: "since" | "until"; readonly at: string }
  | { readonly kind: "length"; readonly ms: number };

/** Null where there is nothing to count. Interrupted: until the reconnect window closes. */
export function clockOf(
  broadcast: Pick<OwnBroadcast, "state" | "startAt" | "liveAt" | "endedAt" | "interruptedAt" | "reconnectWindowSec">,
): Clock | null {
  const { state, startAt, liveAt, endedAt, interruptedAt, reconnectWindowSec } = broadcast;
  switch (state) {
    case "draft":
    case "preview":
      return null;
    case "scheduled":
      return startAt === null ? null : { kind: "until", at: startAt };
    case "live":
      return liveAt === null ? null : { kind: "since", at: liveAt };
    case "interrupted":
      if (interruptedAt === null) return null;
      return { kind: "until", at: new Date(Date.parse(interruptedAt) + reconnectWindowSec * 1000).toISOString() };
    case "ended":
    case "archived":
      return liveAt === null || endedAt === null
        ? null
        : { kind: "length", ms: Date.parse(endedAt) - Date.parse(liveAt) };
    default:
      return state satisfies never;
  }
}
