/** Topic `broadcast:<id>`: the show itself, and what other features add to it. */
import type { BroadcastSnapshot } from "@rostrum/contract/broadcasts";
import type { Context } from "../../context.ts";
import type { SnapshotPart, TopicRules } from "../../http/realtime-rules.ts";
import { amendShow } from "./amend.ts";
import { publicBroadcast } from "./present.ts";
import { sightByToken } from "./service.ts";

/**
 * @param viewersOf how many watch
 * @param parts what other features show beside it, each under names of its own
 */
export function broadcastTopic(
  ctx: Context,
  viewersOf: (broadcastId: string) => number,
  parts: readonly SnapshotPart[],
): TopicRules {
  return {
    async admit({ viewer }, id, token) {
      await sightByToken(ctx, viewer, id, token);
    },
    async snapshot(caller, id, token) {
      const sight = await sightByToken(ctx, caller.viewer, id, token);
      const added = await Promise.all(parts.map((part) => part(caller, id)));
      const state = sight.kind === "public" ? sight.state : sight.row.state;
      const { viewers: _, ...broadcast } = publicBroadcast(sight.row, state, 0);
      const own: BroadcastSnapshot = { state, broadcast, viewers: viewersOf(id) };
      return Object.assign(own, ...added) as unknown;
    },
    amend: amendShow,
  };
}
