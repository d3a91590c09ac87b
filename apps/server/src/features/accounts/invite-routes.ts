/** /invites: for the operator of the installation. */
import { CreatedInvite, CreateInviteBody, InvitePage } from "@rostrum/contract/accounts";
import { Id, PageQuery } from "@rostrum/contract/common";
import { z } from "zod";
import { requireOwner } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { SESSION_ONLY } from "../../http/openapi.ts";
import { decodeCursor, pageOfRows } from "../../lib/cursor.ts";
import { createInvite, removeInvite } from "./invites.ts";
import { inviteOf } from "./present.ts";
import { listInvites } from "./queries.ts";

const about = { tags: ["instance"], security: SESSION_ONLY };
const refusals = errorAnswers("unauthenticated", "forbidden");

export function inviteRoutes(app: App): void {
  const { kit } = app;
  app.get(
    "/api/v1/invites",
    { schema: { ...about, summary: "Invites", querystring: PageQuery, response: { 200: InvitePage, ...refusals } } },
    async (request) => {
      await requireOwner(request);
      const { cursor, limit } = request.query;
      const before = cursor === undefined ? undefined : String(decodeCursor(cursor, "s")[0]);
      const rows = await listInvites(kit.ctx.store.db, { before, limit: limit + 1 });
      return pageOfRows(rows, limit, (row) => [row.id], inviteOf);
    },
  );
  app.post(
    "/api/v1/invites",
    {
      schema: {
        ...about,
        summary: "Invite one person",
        description: "The answer is the only one that carries the link.",
        body: CreateInviteBody,
        response: { 201: CreatedInvite, ...refusals },
      },
    },
    async (request, reply) => {
      const viewer = await requireOwner(request);
      return reply.code(201).send(await createInvite(kit, viewer, request.body));
    },
  );
  app.delete(
    "/api/v1/invites/:id",
    {
      schema: {
        ...about,
        summary: "Withdraw an invite that nobody has used",
        params: z.object({ id: Id }),
        response: { 204: z.void(), ...refusals, ...errorAnswers("not_found") },
      },
    },
    async (request, reply) => {
      await removeInvite(kit, await requireOwner(request), request.params.id);
      return reply.code(204).send();
    },
  );
}
