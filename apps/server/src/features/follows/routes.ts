/** /api/v1/channels/:id/follow and /api/v1/me/follows. */
import { Id, PageQuery } from "@rostrum/contract/common";
import { Follow, FollowBody, FollowedPage } from "@rostrum/contract/follows";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { follow, followedBy, followOf, unfollow } from "./service.ts";

const params = z.object({ id: Id });
const tags = ["follows"];
/** Begun and ended again and again it would be told to the channel each time. */
const CHANGES_PER_MIN = 60;

export async function followRoutes(app: App, ctx: Context): Promise<void> {
  const url = "/api/v1/channels/:id/follow";
  const config = { rateLimit: { max: CHANGES_PER_MIN } };
  app.get(
    url,
    {
      schema: {
        summary: "Whether the caller follows the channel",
        ...{ tags, security: sessionOrToken("read"), params },
        response: { 200: Follow, ...errorAnswers("unauthenticated", "not_found") },
      },
    },
    async (request) => followOf(ctx, await requireAccount(request, "read"), request.params.id),
  );
  app.put(
    url,
    {
      config,
      schema: {
        summary: "Follow a channel, or change what one wishes to hear of it",
        ...{ tags, security: sessionOrToken("channels"), params, body: FollowBody },
        response: { 200: Follow, ...errorAnswers("unauthenticated", "forbidden", "not_found", "conflict") },
      },
    },
    async (request) => follow(ctx, await requireAccount(request, "channels"), request.params.id, request.body),
  );
  app.delete(
    url,
    {
      config,
      schema: {
        summary: "Follow a channel no longer",
        ...{ tags, security: sessionOrToken("channels"), params },
        response: { 204: z.undefined(), ...errorAnswers("unauthenticated", "forbidden") },
      },
    },
    async (request, reply) => {
      await unfollow(ctx, await requireAccount(request, "channels"), request.params.id);
      return reply.code(204).send();
    },
  );
  app.get(
    "/api/v1/me/follows",
    {
      schema: {
        summary: "The channels that the caller follows",
        ...{ tags, security: sessionOrToken("read"), querystring: PageQuery },
        response: { 200: FollowedPage, ...errorAnswers("unauthenticated") },
      },
    },
    async (request) => followedBy(ctx, await requireAccount(request, "read"), request.query),
  );
}
