/** GET /api/v1/channels/:id/audit: who did what on a channel. */
import { type AuditEntry, AuditPage } from "@rostrum/contract/audit";
import { Id, PageQuery } from "@rostrum/contract/common";
import { can } from "@rostrum/contract/permissions";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { requireAccount } from "../../http/auth.ts";
import { errorAnswers } from "../../http/errors.ts";
import type { App } from "../../http/kit.ts";
import { sessionOrToken } from "../../http/openapi.ts";
import { AppError } from "../../lib/app-error.ts";
import { findRole, listChannelAudit } from "./queries.ts";

/** `seq` of the last entry that was shown. */
const Query = PageQuery.extend({
  cursor: z
    .string()
    .regex(/^[0-9]{1,18}$/, "not a cursor")
    .optional(),
});

export async function auditRoutes(app: App, ctx: Context): Promise<void> {
  app.get(
    "/api/v1/channels/:id/audit",
    {
      schema: {
        summary: "Who did what on a channel",
        description: "For owners and admins of the channel. Newest first.",
        tags: ["audit"],
        security: sessionOrToken("read"),
        params: z.object({ id: Id }),
        querystring: Query,
        response: { 200: AuditPage, ...errorAnswers("unauthenticated", "forbidden", "not_found") },
      },
    },
    async (request) => {
      const { accountId } = await requireAccount(request, "read");
      const role = await findRole(ctx.store.db, request.params.id, accountId);
      if (role === null) throw new AppError("not_found", "There is no such channel.");
      if (!can(role, "audit.read")) throw new AppError("forbidden", "Only owners and admins may read the audit log.");
      const { cursor, limit } = request.query;
      const rows = await listChannelAudit(ctx.store.db, request.params.id, { before: cursor, limit: limit + 1 });
      const page = rows.slice(0, limit);
      return { items: page.map(present), nextCursor: rows.length > limit ? (page.at(-1)?.seq ?? null) : null };
    },
  );
}

type Row = Awaited<ReturnType<typeof listChannelAudit>>[number];

function present(row: Row): AuditEntry {
  const { actor_id: id, handle, display_name: displayName } = row;
  return {
    seq: row.seq,
    at: row.at.toISOString(),
    kind: row.actor_kind,
    actor: id === null ? null : { id, handle: handle ?? "", displayName: displayName ?? "" },
    action: row.action,
    target: row.target,
    details: row.details,
  };
}
