/** Topic `health:<id>`: what the crew sees of a show's source and viewers. */
import type { Context } from "../../context.ts";
import type { TopicRules } from "../../http/realtime-rules.ts";
import { AppError } from "../../lib/app-error.ts";
import type { ViewerFigures } from "../../ports/bus-events.ts";
import { requireRight } from "../broadcasts/service.ts";
import { healthHistory } from "./service.ts";

/** Pages that draw an hour ask for it by HTTP. */
const SAMPLES = 12;

/** @param figuresOf of the viewers, all processes together */
export function healthTopic(ctx: Context, figuresOf: (broadcastId: string) => ViewerFigures): TopicRules {
  return {
    async admit({ viewer }, id) {
      if (viewer.kind === "anonymous") throw new AppError("unauthenticated", "Sign in first.");
      await requireRight(ctx, viewer, id, "health.read");
    },
    async snapshot({ viewer }, id) {
      const { row } = await requireRight(ctx, viewer, id, "health.read");
      return { samples: (await healthHistory(ctx, id, row.state, figuresOf(id))).slice(-SAMPLES) };
    },
  };
}
