/** Invites: links with which one person may make an account. Only the operator makes them. */
import type { CreatedInvite } from "@rostrum/contract/accounts";
import type { AccountViewer } from "../../http/auth.ts";
import type { HttpKit } from "../../http/kit.ts";
import { AppError } from "../../lib/app-error.ts";
import { newId, newSecret, sha256 } from "../../lib/ids.ts";
import { actorOf, audit } from "../audit/service.ts";
import { deleteInvite, insertInvite } from "./queries.ts";

const DAY_MS = 86_400_000;

/** The only answer that carries the token itself. */
export async function createInvite(
  kit: HttpKit,
  viewer: AccountViewer,
  { expiresInDays }: Readonly<{ expiresInDays: number }>,
): Promise<CreatedInvite> {
  const id = newId();
  const token = newSecret(20);
  const nowMs = kit.now();
  const expiresAt = new Date(nowMs + expiresInDays * DAY_MS);
  await kit.ctx.store.db.transaction().execute(async (tx) => {
    await insertInvite(tx, {
      id,
      token_hash: sha256(token),
      created_by: viewer.accountId,
      created_at: new Date(nowMs),
      expires_at: expiresAt,
      used_by: null,
      used_at: null,
    });
    await audit(kit.ctx, actorOf(viewer), { action: "invite.create", target: id }, tx);
  });
  return { id, token, url: `${kit.ctx.publicUrl()}/register?invite=${token}`, expiresAt: expiresAt.toISOString() };
}

/** @throws {AppError} `not_found` also for an invite that was used */
export async function removeInvite(kit: HttpKit, viewer: AccountViewer, id: string): Promise<void> {
  await kit.ctx.store.db.transaction().execute(async (tx) => {
    if (!(await deleteInvite(tx, id))) throw new AppError("not_found", "There is no such unused invite.");
    await audit(kit.ctx, actorOf(viewer), { action: "invite.remove", target: id }, tx);
  });
}
