/** /api/v1/…/tips: giving, and what everybody sees of it. */
import { Id } from "@rostrum/contract/common";
import {
  CreateTipBody,
  Leaderboard,
  LeaderboardQuery,
  OwnTip,
  TipCheckout,
  TipsSnapshot,
} from "@rostrum/contract/tips";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount, viewerOf } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { SESSION_ONLY, sessionOrToken } from "../../http/openapi.ts";
import type { Payments } from "../../ports/payments.ts";
import { sightOf } from "../broadcasts/service.ts";
import { createTip, ownTipOf } from "./asking.ts";
import type { TipParts } from "./parts.ts";
import { paymentRoutes } from "./payment-routes.ts";
import { tipsOf } from "./service.ts";
import { staffTipRoutes } from "./staff-routes.ts";
import { leaderboardOf } from "./standing.ts";

const params = z.object({ id: Id });
const tags = ["tips"];
/** A whole school may sit behind one address; begun tips of one account are limited besides. */
const TIPS_PER_MIN = 120;

/** @param payments where tips are paid */
export async function tipRoutes(app: App, ctx: Context, payments: Payments): Promise<void> {
  const parts: TipParts = { ctx, payments, now: app.kit.now };
  givingRoutes(app, parts);
  publicRoutes(app, parts);
  staffTipRoutes(app, parts);
  await paymentRoutes(app, parts);
}

function givingRoutes(app: App, parts: TipParts): void {
  app.post(
    "/api/v1/broadcasts/:id/tips",
    {
      config: { rateLimit: { max: TIPS_PER_MIN } },
      schema: {
        summary: "Begin a tip",
        description: "It is paid at `checkoutUrl` and shown once it is paid. The same `sendId` gives the same tip.",
        tags,
        security: SESSION_ONLY,
        params,
        body: CreateTipBody,
        response: {
          201: TipCheckout,
          ...errorAnswers("unauthenticated", "forbidden", "not_found", "conflict", "unavailable"),
        },
      },
    },
    async (request, reply) => {
      const giver = { viewer: await requireAccount(request), address: request.ip };
      return reply.code(201).send(await createTip(parts, giver, request.params.id, request.body));
    },
  );
  app.get(
    "/api/v1/tips/:id",
    {
      schema: {
        summary: "What became of a tip, for who gave it",
        tags,
        security: sessionOrToken("read"),
        params,
        response: { 200: OwnTip, ...errorAnswers("unauthenticated", "not_found") },
      },
    },
    async (request) => ownTipOf(parts, await requireAccount(request, "read"), request.params.id),
  );
}

function publicRoutes(app: App, parts: TipParts): void {
  const config = { rateLimit: { max: app.kit.limits.watchPerMin } };
  app.get(
    "/api/v1/broadcasts/:id/tips",
    {
      config,
      schema: {
        summary: "The newest tips of a show, its goal and leaderboard, and whether one may tip",
        tags,
        params,
        response: { 200: TipsSnapshot, ...errorAnswers("forbidden", "not_found") },
      },
    },
    async (request) => {
      const { row } = await sightOf(parts.ctx, await viewerOf(request), request.params.id);
      return tipsOf(parts, row);
    },
  );
  app.get(
    "/api/v1/broadcasts/:id/tips/leaderboard",
    {
      config,
      schema: {
        summary: "Who gave most: to this show, or to its channel in 30 days",
        tags,
        params,
        querystring: LeaderboardQuery,
        response: { 200: Leaderboard, ...errorAnswers("forbidden", "not_found") },
      },
    },
    async (request) => {
      const { row } = await sightOf(parts.ctx, await viewerOf(request), request.params.id);
      return { items: row.kid_mode ? [] : await leaderboardOf(parts, row, request.query.period) };
    },
  );
}
