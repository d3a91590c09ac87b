/** /api/v1/broadcasts/:id/polls. */
import { Readable } from "node:stream";
import { Id } from "@rostrum/contract/common";
import { CreatePollBody, OwnPoll, PollExportQuery, Polls, UpdatePollBody } from "@rostrum/contract/engagement";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount, viewerOf } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { exportPoll } from "./poll-csv.ts";
import { closePoll, createPoll, deletePoll, editPoll, openPoll, pollsFor } from "./polls.ts";

const ofShow = z.object({ id: Id });
const params = z.object({ id: Id, pollId: Id });
const tags = ["engagement"];
const security = sessionOrToken("broadcasts");
const refusals = ["unauthenticated", "forbidden", "not_found", "conflict"] as const;
const answered = { 200: OwnPoll, ...errorAnswers(...refusals) };

export function pollRoutes(app: App, ctx: Context): void {
  listRoute(app, ctx);
  writeRoutes(app, ctx);
  stateRoutes(app, ctx);
  exportRoute(app, ctx);
}

function listRoute(app: App, ctx: Context): void {
  app.get(
    "/api/v1/broadcasts/:id/polls",
    {
      config: { rateLimit: { max: app.kit.limits.watchPerMin } },
      schema: {
        summary: "Polls of a show, newest first",
        description:
          "Drafts, and the counts of a poll whose results are shown `after` it, are for the crew until it is closed.",
        tags,
        params: ofShow,
        response: { 200: Polls, ...errorAnswers("forbidden", "not_found") },
      },
    },
    async (request) => ({ items: await pollsFor(ctx, await viewerOf(request), request.params.id) }),
  );
}

function writeRoutes(app: App, ctx: Context): void {
  app.post(
    "/api/v1/broadcasts/:id/polls",
    {
      schema: {
        summary: "Write a poll",
        description: "It is a draft until it is opened. People vote with the action `poll.vote`.",
        tags,
        security,
        params: ofShow,
        body: CreatePollBody,
        response: { 201: OwnPoll, ...errorAnswers(...refusals) },
      },
    },
    async (request, reply) => {
      const viewer = await requireAccount(request, "broadcasts");
      return reply.code(201).send(await createPoll(ctx, viewer, request.params.id, request.body));
    },
  );
  app.patch(
    "/api/v1/broadcasts/:id/polls/:pollId",
    {
      schema: {
        summary: "Edit a draft, or change when the results of an open poll are shown",
        tags,
        security,
        params,
        body: UpdatePollBody,
        response: answered,
      },
    },
    async (request) => {
      const { id, pollId } = request.params;
      return editPoll(ctx, await requireAccount(request, "broadcasts"), id, pollId, request.body);
    },
  );
  app.delete(
    "/api/v1/broadcasts/:id/polls/:pollId",
    {
      schema: {
        summary: "Delete a poll with its votes",
        tags,
        security,
        params,
        response: { 204: z.undefined(), ...errorAnswers("unauthenticated", "forbidden", "not_found") },
      },
    },
    async (request, reply) => {
      const { id, pollId } = request.params;
      await deletePoll(ctx, await requireAccount(request, "broadcasts"), id, pollId);
      return reply.code(204).send();
    },
  );
}

function stateRoutes(app: App, ctx: Context): void {
  app.post(
    "/api/v1/broadcasts/:id/polls/:pollId/open",
    { schema: { summary: "Let people vote", tags, security, params, response: answered } },
    async (request) => {
      const { id, pollId } = request.params;
      return openPoll(ctx, await requireAccount(request, "broadcasts"), id, pollId);
    },
  );
  app.post(
    "/api/v1/broadcasts/:id/polls/:pollId/close",
    { schema: { summary: "End a poll", tags, security, params, response: answered } },
    async (request) => {
      const { id, pollId } = request.params;
      return closePoll(ctx, await requireAccount(request, "broadcasts"), id, pollId);
    },
  );
}

function exportRoute(app: App, ctx: Context): void {
  app.get(
    "/api/v1/broadcasts/:id/polls/:pollId/results.csv",
    {
      schema: {
        summary: "A poll as CSV",
        description: "How many voted for each option, or, of a poll with names, who voted for what.",
        tags,
        security,
        params,
        querystring: PollExportQuery,
      },
    },
    async (request, reply) => {
      const { id: broadcastId, pollId } = request.params;
      const viewer = await requireAccount(request, "broadcasts");
      const lines = await exportPoll(ctx, viewer, { broadcastId, pollId }, request.query.by);
      return reply
        .header("cache-control", "private, no-store")
        .header("x-content-type-options", "nosniff")
        .header("content-disposition", `attachment; filename="poll-${pollId}.csv"`)
        .type("text/csv; charset=utf-8")
        .send(Readable.from(lines));
    },
  );
}
