/** GET /api/v1/broadcasts/:id/health: the last hour of samples; /health/minutes: the whole show by the minute. */
import { Id } from "@rostrum/contract/common";
import { HealthHistory, HealthMinutes, HealthQuery } from "@rostrum/contract/health";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { followViewers, requireRight } from "../broadcasts/service.ts";
import { healthMinutes } from "./minutes.ts";
import { healthHistory } from "./service.ts";

export async function healthRoutes(app: App, ctx: Context): Promise<void> {
  const closing = new AbortController();
  app.addHook("onClose", async () => closing.abort());
  const figuresOf = followViewers(ctx, closing.signal);
  app.get(
    "/api/v1/broadcasts/:id/health",
    {
      schema: {
        summary: "Health of the source and the viewers, newest last",
        description: "At most an hour, one sample every 5 s; the last one is about now.",
        tags: ["health"],
        security: sessionOrToken("read"),
        params: z.object({ id: Id }),
        querystring: HealthQuery,
        response: { 200: HealthHistory, ...errorAnswers("invalid_input", "unauthenticated", "forbidden", "not_found") },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { row } = await requireRight(ctx, await requireAccount(request, "read"), id, "health.read");
      const samples = await healthHistory(ctx, id, row.state, figuresOf(id));
      const after = Date.parse(request.query.after ?? "");
      return { samples: Number.isNaN(after) ? samples : samples.filter((sample) => Date.parse(sample.at) > after) };
    },
  );
  app.get(
    "/api/v1/broadcasts/:id/health/minutes",
    {
      schema: {
        summary: "Health of a show by the minute, oldest first",
        description: "The whole show, at most a day of it. The running minute is not in it.",
        tags: ["health"],
        security: sessionOrToken("read"),
        params: z.object({ id: Id }),
        response: { 200: HealthMinutes, ...errorAnswers("unauthenticated", "forbidden", "not_found") },
      },
    },
    async (request) => {
      const { id } = request.params;
      await requireRight(ctx, await requireAccount(request, "read"), id, "health.read");
      return { minutes: await healthMinutes(ctx, id) };
    },
  );
}
