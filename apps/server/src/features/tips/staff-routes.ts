/** What a channel's crew asks about tips, and sets. */
import { Id } from "@rostrum/contract/common";
import {
  CreateGoalBody,
  Goal,
  Goals,
  HeldTip,
  ListTipsQuery,
  SettleTipBody,
  TipPage,
  TipSettingsAnswer,
  TipTotals,
  TipTotalsQuery,
  UpdateTipSettingsBody,
} from "@rostrum/contract/tips";
import { z } from "zod";
import { requireAccount } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { SESSION_ONLY, sessionOrToken } from "../../http/openapi.ts";
import { requirePermission } from "../channels/service.ts";
import { goalsOf, startGoal, stopGoal } from "./goals.ts";
import type { TipParts } from "./parts.ts";
import { noticeOf } from "./present.ts";
import { changeSettings, settingsOf } from "./settings.ts";
import { heldTips, refundTip, settleWords, tipsOfChannel, tipsTable } from "./staff.ts";
import { totalsOf } from "./standing.ts";

const params = z.object({ id: Id });
const tags = ["tips"];
const csv = { description: "CSV", content: { "text/csv": { schema: z.unknown() } } };
const refusals = ["unauthenticated", "forbidden", "not_found"] as const;
const reading = { tags, params, security: sessionOrToken("read") };
const writing = { tags, params, security: sessionOrToken("channels") };

export function staffTipRoutes(app: App, parts: TipParts): void {
  listRoutes(app, parts);
  settingsRoutes(app, parts);
  goalRoutes(app, parts);
  oneTipRoutes(app, parts);
}

function listRoutes(app: App, parts: TipParts): void {
  app.get(
    "/api/v1/channels/:id/tips",
    {
      schema: {
        summary: "Tips of a channel, newest first",
        ...reading,
        querystring: ListTipsQuery,
        response: { 200: TipPage, ...errorAnswers(...refusals) },
      },
    },
    async (request) => tipsOfChannel(parts, await requireAccount(request, "read"), request.params.id, request.query),
  );
  app.get(
    "/api/v1/channels/:id/tips.csv",
    {
      schema: {
        summary: "Tips of a channel as a table",
        ...reading,
        querystring: ListTipsQuery.omit({ cursor: true, limit: true }),
        response: { 200: csv, ...errorAnswers(...refusals) },
      },
    },
    async (request, reply) => {
      const viewer = await requireAccount(request, "read");
      const table = await tipsTable(parts, viewer, request.params.id, request.query);
      return reply
        .header("content-disposition", `attachment; filename="tips-${request.params.id}.csv"`)
        .header("x-content-type-options", "nosniff")
        .type("text/csv; charset=utf-8")
        .send(table);
    },
  );
  app.get(
    "/api/v1/channels/:id/tips/totals",
    {
      schema: {
        summary: "What came in, what was kept and what went back, by currency",
        ...reading,
        querystring: TipTotalsQuery,
        response: { 200: TipTotals, ...errorAnswers(...refusals) },
      },
    },
    async (request) => {
      const { ctx } = parts;
      await requirePermission(ctx, await requireAccount(request, "read"), request.params.id, "tips.read");
      return { items: await totalsOf(ctx.store.db, request.params.id, request.query) };
    },
  );
}

function settingsRoutes(app: App, parts: TipParts): void {
  const { ctx, payments } = parts;
  // Who takes payments; where its page is only tried out, the notice says so.
  const about = { provider: payments.stage === null ? "stripe" : "demo", notice: noticeOf(payments.provider) } as const;
  const url = "/api/v1/channels/:id/tip-settings";
  app.get(
    url,
    {
      schema: {
        summary: "Whether and how a channel takes tips",
        ...reading,
        response: { 200: TipSettingsAnswer, ...errorAnswers(...refusals) },
      },
    },
    async (request) => {
      await requirePermission(ctx, await requireAccount(request, "read"), request.params.id, "tips.read");
      return { ...(await settingsOf(ctx.store.db, request.params.id)), ...about };
    },
  );
  app.patch(
    url,
    {
      schema: {
        summary: "Change whether and how a channel takes tips",
        ...writing,
        body: UpdateTipSettingsBody,
        response: { 200: TipSettingsAnswer, ...errorAnswers(...refusals) },
      },
    },
    async (request) => {
      const viewer = await requireAccount(request, "channels");
      return { ...(await changeSettings(parts, viewer, request.params.id, request.body)), ...about };
    },
  );
}

function goalRoutes(app: App, parts: TipParts): void {
  const url = "/api/v1/channels/:id/tip-goals";
  app.get(
    url,
    { schema: { summary: "Goals, newest first", ...reading, response: { 200: Goals, ...errorAnswers(...refusals) } } },
    async (request) => ({
      items: await goalsOf(parts, await requireAccount(request, "read"), request.params.id),
    }),
  );
  app.post(
    url,
    {
      schema: {
        summary: "Start a goal",
        description: "In the channel's currency; it counts from now on. One runs at a time.",
        ...writing,
        body: CreateGoalBody,
        response: { 201: Goal, ...errorAnswers(...refusals, "conflict") },
      },
    },
    async (request, reply) => {
      const viewer = await requireAccount(request, "channels");
      return reply.code(201).send(await startGoal(parts, viewer, request.params.id, request.body));
    },
  );
  app.post(
    "/api/v1/tip-goals/:id/stop",
    { schema: { summary: "Stop a goal", ...writing, response: { 200: Goal, ...errorAnswers(...refusals) } } },
    async (request) => stopGoal(parts, await requireAccount(request, "channels"), request.params.id),
  );
}

function oneTipRoutes(app: App, parts: TipParts): void {
  app.get(
    "/api/v1/broadcasts/:id/tips/held",
    {
      schema: {
        summary: "Paid tips whose words wait for a moderator, oldest first",
        ...reading,
        response: { 200: z.object({ items: z.array(HeldTip) }), ...errorAnswers(...refusals) },
      },
    },
    async (request) => ({ items: await heldTips(parts, await requireAccount(request, "read"), request.params.id) }),
  );
  app.post(
    "/api/v1/tips/:id/words",
    {
      schema: {
        summary: "Show or hide the words of a tip",
        tags,
        params,
        security: sessionOrToken("broadcasts"),
        body: SettleTipBody,
        response: { 204: z.undefined(), ...errorAnswers(...refusals, "conflict") },
      },
    },
    async (request, reply) => {
      await settleWords(parts, await requireAccount(request, "broadcasts"), request.params.id, request.body);
      return reply.code(204).send();
    },
  );
  app.post(
    "/api/v1/tips/:id/refund",
    {
      schema: {
        summary: "Give a tip back, all of it",
        description: "Resolves when the provider has accepted it; the tip is `refunded` when the money has gone.",
        tags,
        params,
        security: SESSION_ONLY,
        response: { 202: z.undefined(), ...errorAnswers(...refusals, "conflict", "unavailable") },
      },
    },
    async (request, reply) => {
      await refundTip(parts, await requireAccount(request), request.params.id);
      return reply.code(202).send();
    },
  );
}
