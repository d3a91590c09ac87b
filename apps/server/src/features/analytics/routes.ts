/** /api/v1/broadcasts/:id/analytics: how a show is and was watched, for those who run it. */
import { Analytics, AnalyticsExportQuery, LiveAnalytics } from "@rostrum/contract/analytics";
import { Id } from "@rostrum/contract/common";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { followViewers, requireRight, type ShownRow } from "../broadcasts/service.ts";
import { audienceCsv, timelineCsv } from "./export.ts";
import { liveAnalytics } from "./live.ts";
import { analyticsOf } from "./report.ts";

const params = z.object({ id: Id });
const tags = ["analytics"];
const security = sessionOrToken("read");
const refusals = errorAnswers("unauthenticated", "forbidden", "not_found");

export async function analyticsRoutes(app: App, ctx: Context): Promise<void> {
  const closing = new AbortController();
  app.addHook("onClose", async () => closing.abort());
  const figuresOf = followViewers(ctx, closing.signal);
  app.get(
    "/api/v1/broadcasts/:id/analytics/live",
    {
      schema: {
        summary: "How a show is being watched",
        description: "The time line is the last hour's and about 25 s behind, which is when all players have told.",
        tags,
        security,
        params,
        response: { 200: LiveAnalytics, ...refusals },
      },
    },
    async (request) => {
      const row = await requireShow(ctx, request, request.params.id);
      return liveAnalytics(ctx, row, figuresOf(row.id), app.kit.now());
    },
  );
  app.get(
    "/api/v1/broadcasts/:id/analytics",
    {
      schema: {
        summary: "How a show was watched",
        description: "At most 360 points of time. While the show is on the air: so far.",
        tags,
        security,
        params,
        response: { 200: Analytics, ...refusals },
      },
    },
    async (request) => analyticsOf(ctx, await requireShow(ctx, request, request.params.id), app.kit.now()),
  );
  exportRoute(app, ctx);
}

function exportRoute(app: App, ctx: Context): void {
  app.get(
    "/api/v1/broadcasts/:id/analytics/export",
    {
      schema: {
        summary: "How a show was watched, as a file",
        description: "CSV for spreadsheets, one table a file; JSON has everything.",
        tags,
        security,
        params,
        querystring: AnalyticsExportQuery,
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { file: kind, table } = request.query;
      const analytics = await analyticsOf(ctx, await requireShow(ctx, request, id), app.kit.now());
      const name = kind === "json" ? `analytics-${id}.json` : `analytics-${table}-${id}.csv`;
      void reply
        .header("content-disposition", `attachment; filename="${name}"`)
        .header("x-content-type-options", "nosniff");
      if (kind === "json")
        return reply.type("application/json; charset=utf-8").send(JSON.stringify(analytics, null, 2));
      const text = table === "timeline" ? timelineCsv(analytics) : audienceCsv(analytics);
      return reply.type("text/csv; charset=utf-8").send(text);
    },
  );
}

/** @throws {AppError} unauthenticated, forbidden, not_found */
async function requireShow(ctx: Context, request: FastifyRequest, id: string): Promise<ShownRow> {
  const viewer = await requireAccount(request, "read");
  return (await requireRight(ctx, viewer, id, "analytics.read")).row;
}
