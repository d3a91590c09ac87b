/** What the crew manages of engagement: polls, questions, hands, announcements, handouts, and the channel's switches. */
import { Id } from "@rostrum/contract/common";
import {
  AnnounceBody,
  Announcements,
  CreateHandoutBody,
  EngagementSettings,
  Handouts,
  Hands,
  ListQuestionsQuery,
  OwnAnnouncement,
  OwnHandout,
  OwnQuestion,
  OwnQuestionPage,
  QuestionPage,
  UpdateEngagementSettingsBody,
  UpdateHandoutBody,
  UpdateQuestionBody,
} from "@rostrum/contract/engagement";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount, viewerOf } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { announce, announcementsFor, closeAnnouncement } from "./announcements.ts";
import { createHandout, deleteHandout, handoutsFor, updateHandout } from "./handouts.ts";
import { handsFor, lowerHands } from "./hands.ts";
import { pollRoutes } from "./poll-routes.ts";
import { pinQuestion } from "./question-pin.ts";
import { questionsFor, settleQuestion } from "./questions.ts";
import { settingsFor, updateSettings } from "./settings.ts";

const params = z.object({ id: Id });
const ofItem = z.object({ id: Id, itemId: Id });
const tags = ["engagement"];
const security = sessionOrToken("broadcasts");
const refusals = ["unauthenticated", "forbidden", "not_found"] as const;
const removed = { 204: z.undefined(), ...errorAnswers(...refusals) };

export async function engagementRoutes(app: App, ctx: Context): Promise<void> {
  settingsRoutes(app, ctx);
  pollRoutes(app, ctx);
  questionRoutes(app, ctx);
  pinRoutes(app, ctx);
  handRoutes(app, ctx);
  announcementRoutes(app, ctx);
  handoutRoutes(app, ctx);
}

function settingsRoutes(app: App, ctx: Context): void {
  const answered = { 200: EngagementSettings, ...errorAnswers(...refusals) };
  app.get(
    "/api/v1/channels/:id/engagement",
    { schema: { summary: "What a channel's audience may do", tags, security, params, response: answered } },
    async (request) => settingsFor(ctx, await requireAccount(request, "broadcasts"), request.params.id),
  );
  app.patch(
    "/api/v1/channels/:id/engagement",
    {
      schema: {
        summary: "Switch polls, questions, reactions, hands, announcements and handouts on and off",
        tags,
        security,
        params,
        body: UpdateEngagementSettingsBody,
        response: answered,
      },
    },
    async (request) =>
      updateSettings(ctx, await requireAccount(request, "broadcasts"), request.params.id, request.body),
  );
}

function questionRoutes(app: App, ctx: Context): void {
  app.get(
    "/api/v1/broadcasts/:id/questions",
    {
      config: { rateLimit: { max: app.kit.limits.watchPerMin } },
      schema: {
        summary: "Questions of a show",
        description:
          "People ask with the action `question.ask`. Those that are `pending` or `dismissed` are for the crew.",
        tags,
        params,
        querystring: ListQuestionsQuery,
        response: {
          200: z.union([OwnQuestionPage, QuestionPage]),
          ...errorAnswers("invalid_input", "forbidden", "not_found"),
        },
      },
    },
    async (request) => questionsFor(ctx, await viewerOf(request), request.params.id, request.query),
  );
  app.patch(
    "/api/v1/broadcasts/:id/questions/:itemId",
    {
      schema: {
        summary: "Approve, answer or dismiss a question",
        tags,
        security,
        params: ofItem,
        body: UpdateQuestionBody,
        response: { 200: OwnQuestion, ...errorAnswers(...refusals, "conflict") },
      },
    },
    async (request) => {
      const { id, itemId } = request.params;
      return settleQuestion(ctx, await requireAccount(request, "broadcasts"), id, itemId, request.body);
    },
  );
}

function pinRoutes(app: App, ctx: Context): void {
  const url = "/api/v1/broadcasts/:id/questions/:itemId/pin";
  const response = { 200: OwnQuestion, ...errorAnswers(...refusals, "conflict") };
  app.put(
    url,
    {
      schema: {
        summary: "Pin a question on top of the others",
        description: "It takes the place of the one that is there.",
        tags,
        security,
        params: ofItem,
        response,
      },
    },
    async (request) => {
      const { id: broadcastId, itemId: id } = request.params;
      return pinQuestion(ctx, await requireAccount(request, "broadcasts"), { broadcastId, id }, true);
    },
  );
  app.delete(
    url,
    { schema: { summary: "Take a question down from the top", tags, security, params: ofItem, response } },
    async (request) => {
      const { id: broadcastId, itemId: id } = request.params;
      return pinQuestion(ctx, await requireAccount(request, "broadcasts"), { broadcastId, id }, false);
    },
  );
}

function handRoutes(app: App, ctx: Context): void {
  app.get(
    "/api/v1/broadcasts/:id/hands",
    {
      schema: {
        summary: "Raised hands, in their order",
        tags,
        security,
        params,
        response: { 200: Hands, ...errorAnswers(...refusals) },
      },
    },
    async (request) => ({
      items: await handsFor(ctx, await requireAccount(request, "broadcasts"), request.params.id),
    }),
  );
  app.delete(
    "/api/v1/broadcasts/:id/hands",
    { schema: { summary: "Lower all hands", tags, security, params, response: removed } },
    async (request, reply) => {
      await lowerHands(ctx, await requireAccount(request, "broadcasts"), request.params.id);
      return reply.code(204).send();
    },
  );
  app.delete(
    "/api/v1/broadcasts/:id/hands/:itemId",
    { schema: { summary: "Lower a hand", tags, security, params: ofItem, response: removed } },
    async (request, reply) => {
      await lowerHands(ctx, await requireAccount(request, "broadcasts"), request.params.id, request.params.itemId);
      return reply.code(204).send();
    },
  );
}

function announcementRoutes(app: App, ctx: Context): void {
  app.get(
    "/api/v1/broadcasts/:id/announcements",
    {
      schema: {
        summary: "Announcements of a show, newest first",
        tags,
        security,
        params,
        response: { 200: Announcements, ...errorAnswers(...refusals) },
      },
    },
    async (request) => ({
      items: await announcementsFor(ctx, await requireAccount(request, "broadcasts"), request.params.id),
    }),
  );
  app.post(
    "/api/v1/broadcasts/:id/announcements",
    {
      schema: {
        summary: "Show an announcement",
        description: "It takes the place of the one that is shown.",
        tags,
        security,
        params,
        body: AnnounceBody,
        response: { 201: OwnAnnouncement, ...errorAnswers(...refusals, "conflict") },
      },
    },
    async (request, reply) => {
      const viewer = await requireAccount(request, "broadcasts");
      return reply.code(201).send(await announce(ctx, viewer, request.params.id, request.body));
    },
  );
  app.post(
    "/api/v1/broadcasts/:id/announcements/:itemId/close",
    { schema: { summary: "Close an announcement", tags, security, params: ofItem, response: removed } },
    async (request, reply) => {
      const { id, itemId } = request.params;
      await closeAnnouncement(ctx, await requireAccount(request, "broadcasts"), id, itemId);
      return reply.code(204).send();
    },
  );
}

function handoutRoutes(app: App, ctx: Context): void {
  app.get(
    "/api/v1/broadcasts/:id/handouts",
    {
      config: { rateLimit: { max: app.kit.limits.watchPerMin } },
      schema: {
        summary: "Handouts and call-to-action cards of a show",
        tags,
        params,
        response: { 200: Handouts, ...errorAnswers("forbidden", "not_found") },
      },
    },
    async (request) => ({ items: await handoutsFor(ctx, await viewerOf(request), request.params.id) }),
  );
  app.post(
    "/api/v1/broadcasts/:id/handouts",
    {
      schema: {
        summary: "Add a link or a call-to-action card",
        tags,
        security,
        params,
        body: CreateHandoutBody,
        response: { 201: OwnHandout, ...errorAnswers(...refusals, "conflict") },
      },
    },
    async (request, reply) => {
      const viewer = await requireAccount(request, "broadcasts");
      return reply.code(201).send(await createHandout(ctx, viewer, request.params.id, request.body));
    },
  );
  app.patch(
    "/api/v1/broadcasts/:id/handouts/:itemId",
    {
      schema: {
        summary: "Change, show or hide a handout",
        tags,
        security,
        params: ofItem,
        body: UpdateHandoutBody,
        response: { 200: OwnHandout, ...errorAnswers(...refusals) },
      },
    },
    async (request) => {
      const { id, itemId } = request.params;
      return updateHandout(ctx, await requireAccount(request, "broadcasts"), id, itemId, request.body);
    },
  );
  app.delete(
    "/api/v1/broadcasts/:id/handouts/:itemId",
    { schema: { summary: "Delete a handout", tags, security, params: ofItem, response: removed } },
    async (request, reply) => {
      const { id, itemId } = request.params;
      await deleteHandout(ctx, await requireAccount(request, "broadcasts"), id, itemId);
      return reply.code(204).send();
    },
  );
}
