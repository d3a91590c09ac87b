/** /api/v1/channels/:id/members: who works on a channel. */
import { AddMemberBody, ChannelMember, ChannelMembers, UpdateMemberBody } from "@rostrum/contract/channels";
import { Id } from "@rostrum/contract/common";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { addMember, changeMember, dropMember, listMembers } from "./members.ts";

const params = z.object({ id: Id });
const memberParams = z.object({ id: Id, accountId: Id });
const tags = ["channels"];
const refusals = ["unauthenticated", "forbidden", "not_found"] as const;

export function memberRoutes(app: App, ctx: Context): void {
  const security = sessionOrToken("channels");
  app.get(
    "/api/v1/channels/:id/members",
    {
      schema: {
        summary: "Members of a channel, oldest first",
        tags,
        security: sessionOrToken("read"),
        params,
        response: { 200: ChannelMembers, ...errorAnswers(...refusals) },
      },
    },
    async (request) => ({
      items: await listMembers(ctx, await requireAccount(request, "read"), request.params.id),
    }),
  );
  app.post(
    "/api/v1/channels/:id/members",
    {
      schema: {
        summary: "Add a member",
        tags,
        security,
        params,
        body: AddMemberBody,
        response: { 201: ChannelMember, ...errorAnswers(...refusals, "conflict") },
      },
    },
    async (request, reply) => {
      const viewer = await requireAccount(request, "channels");
      return reply.code(201).send(await addMember(ctx, viewer, request.params.id, request.body));
    },
  );
  app.patch(
    "/api/v1/channels/:id/members/:accountId",
    {
      schema: {
        summary: "Give a member another role",
        tags,
        security,
        params: memberParams,
        body: UpdateMemberBody,
        response: { 200: ChannelMember, ...errorAnswers(...refusals, "conflict") },
      },
    },
    async (request) => {
      const { id, accountId } = request.params;
      return changeMember(ctx, await requireAccount(request, "channels"), id, accountId, request.body.role);
    },
  );
  app.delete(
    "/api/v1/channels/:id/members/:accountId",
    {
      schema: {
        summary: "Remove a member; everybody may remove themselves",
        tags,
        security,
        params: memberParams,
        response: { 204: z.undefined(), ...errorAnswers(...refusals, "conflict") },
      },
    },
    async (request, reply) => {
      const { id, accountId } = request.params;
      await dropMember(ctx, await requireAccount(request, "channels"), id, accountId);
      return reply.code(204).send();
    },
  );
}
